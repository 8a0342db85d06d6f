/**
 * A process of the crash sweep: opens tracking and registry on the data of a lane, compares what is there with what was
 * acknowledged, and writes until it is killed. Its orders come as one line on standard input, so that it can be loaded
 * before it is needed; what it does it tells on the third pipe.
 */
import { flushCompileCache } from "node:module";
import { createInterface } from "node:readline";
import { check } from "./check/check.ts";
import type { Orders } from "./lines.ts";
import { write } from "./load/load.ts";
import { openPen } from "./pen.ts";
import { openServices } from "./services.ts";

/** Writes of a process have numbers of its own. */
const WRITES_PER_LIFE = 1_000_000;

async function live({ place, life, seed, cells, whole, retries }: Orders): Promise<void> {
  const pen = openPen(3, life * WRITES_PER_LIFE);
  try {
    const onBug = (cause: unknown): void =>
      pen.tell({ line: "problem", what: `internal error: ${cause instanceof Error ? cause.stack : String(cause)}` });
    const services = await openServices(place, { environment: {}, onBug });
    pen.tell({ line: "open" });
    await check(services, { cells, whole, pen });
    pen.tell({ line: "checked", cells: cells.length });
    // Processes that are killed leave no cache of their code for the next by themselves.
    if (life === 1) flushCompileCache();
    await write({ services, pen, life, cells }, { seed, retries });
  } catch (error) {
    pen.tell({ line: "problem", what: error instanceof Error ? (error.stack ?? error.message) : String(error) });
    process.exit(1);
  }
}

for await (const line of createInterface({ input: process.stdin })) {
  await live(JSON.parse(line) as Orders);
}
