import { setTimeout as delay } from "node:timers/promises";

const ATTEMPTS_MAX = 30;
const PAUSE_MS = 1_000;

/**
 * Writes how an operation ended, again and again while the storage fails: without its end it would run until the service starts
 * anew, and whoever watches it would wait for that. Not while the service stops, whose next start ends it as interrupted.
 */
export async function writeEnd(write: () => Promise<void>, isStopping: () => boolean): Promise<void> {
  for (let left = ATTEMPTS_MAX; ; left--) {
    try {
      return await write();
    } catch (error) {
      if (left === 0 || isStopping()) throw error;
      await delay(PAUSE_MS);
    }
  }
}
