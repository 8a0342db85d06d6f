import { flushCompileCache } from "node:module";
import { createInterface } from "node:readline";
import type { Orders } from "./lines.ts";
import { openPen, type Pen } from "./pen.ts";

/** Writes of a process have numbers of its own. */
const WRITES_PER_LIFE = 1_000_000;

/** What a process of a sweep does with its orders. Each tells by the pen what is not as it must be. */
export interface Living<S> {
  open(orders: Orders, pen: Pen): Promise<S>;
  /** Compares what is there with what was acknowledged. */
  check(services: S, orders: Orders, pen: Pen): Promise<void>;
  /** Writes until the process is killed. */
  write(services: S, orders: Orders, pen: Pen): Promise<never>;
}

/** Waits for orders, which come as one line on standard input, and lives by them. What it does it tells on the third pipe. */
export async function live<S>(living: Living<S>): Promise<void> {
  for await (const line of createInterface({ input: process.stdin })) await liveBy(JSON.parse(line) as Orders, living);
}

async function liveBy<S>(orders: Orders, living: Living<S>): Promise<void> {
  const pen = openPen(3, orders.life * WRITES_PER_LIFE);
  try {
    const services = await living.open(orders, pen);
    pen.tell({ line: "open" });
    await living.check(services, orders, pen);
    pen.tell({ line: "checked", cells: orders.cells.length });
    // Processes that are killed leave no cache of their code for the next by themselves.
    if (orders.life === 1) flushCompileCache();
    await living.write(services, orders, pen);
  } catch (error) {
    pen.tell({ line: "problem", what: error instanceof Error ? (error.stack ?? error.message) : String(error) });
    // An exit waits for threads, and one that writes to LMDB waits for this one. The signal's default waits for nobody.
    process.kill(process.pid, "SIGTERM");
  }
}

/** Tells the cause of an internal error. */
export const bugTo =
  (pen: Pen) =>
  (cause: unknown): void =>
    pen.tell({ line: "problem", what: `internal error: ${cause instanceof Error ? cause.stack : String(cause)}` });
