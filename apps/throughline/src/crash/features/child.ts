/**
 * A process of the sweep of features: opens tracking and the feature store on the data of a lane, compares what is there
 * with what was acknowledged, and ingests, materialises, compacts and reverts until it is killed.
 */
import { bugTo, live } from "../live.ts";
import { check } from "./check.ts";
import { write } from "./load.ts";
import { openServices } from "./services.ts";

await live({
  open: (orders, pen) =>
    openServices(orders.place, {
      isSwept: isSwept(orders.life),
      onBug: bugTo(pen),
      onProblem: (what) => pen.tell({ line: "problem", what }),
    }),
  check: (services, orders, pen) => check(services, { orders, pen, isSwept: isSwept(orders.life) }),
  write: (services, orders, pen) => write({ services, pen, orders }),
});

/** Every other process meets what the one before it left. */
function isSwept(life: number): boolean {
  return life % 2 === 0;
}
