import type { Server } from "node:net";
import { setImmediate as nextTurn } from "node:timers/promises";

/** Callers who go on coming do not hold up a stop for longer. */
const WAITING_MS_MAX = 1_000;

/**
 * Lets in the connections that were made before a server closes, and resolves when no other is waiting, or after `graceMs`, a second at
 * the most. The system resets those that a closing server has not taken, with the requests in them, and a turn of the event loop takes
 * one: a server with much to do has many of them outside.
 */
export async function acceptWaiting(server: Server, graceMs: number): Promise<void> {
  let isQuiet = false;
  const onConnection = (): void => {
    isQuiet = false;
  };
  server.on("connection", onConnection);
  const endMs = performance.now() + Math.min(graceMs, WAITING_MS_MAX);
  while (!isQuiet && performance.now() < endMs) {
    isQuiet = true;
    // Two, since the one that is going on may be past the place where connections are taken.
    await nextTurn();
    await nextTurn();
  }
  server.off("connection", onConnection);
}
