/**
 * A process of the crash sweep: opens tracking and registry on the data of a lane, compares what is there with what was
 * acknowledged, and writes until it is killed.
 */
import { check } from "./check/check.ts";
import { bugTo, live } from "./live.ts";
import { write } from "./load/load.ts";
import { openServices } from "./services.ts";

await live({
  open: ({ place }, pen) => openServices(place, { environment: {}, onBug: bugTo(pen) }),
  check: (services, { cells, whole }, pen) => check(services, { cells, whole, pen }),
  write: (services, { life, cells, seed, retries }, pen) => write({ services, pen, life, cells }, { seed, retries }),
});
