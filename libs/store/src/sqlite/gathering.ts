/** How long the writes of one turn wait for those of the next ones, in milliseconds: as long as a score of calls take. */
const WAIT_MS_MAX = 2;

/** Knows which writes are worth waiting for. */
export interface Gathering {
  /** Asked at the end of each turn of the event loop in which some writes wait: whether to let another turn go by. */
  goesOn(waiting: number): boolean;
  /** So many writes were committed. */
  ended(group: number): void;
}

/**
 * Callers whose writes were committed together are answered together and come again one after the other, some in this turn of the event loop and some
 * in the next, and in halves they would pay for two commits. So a group waits as long as each turn brings more of it. One caller alone, after whom nobody
 * came the last time, waits for nothing.
 */
export function gathering(nowMs: () => number): Gathering {
  let last = 1;
  let seen = 0;
  let beganMs = 0;
  return {
    goesOn(waiting) {
      if (last === 1 || waiting === seen) return false;
      const now = nowMs();
      if (seen === 0) beganMs = now;
      seen = waiting;
      return now - beganMs < WAIT_MS_MAX;
    },
    ended(group) {
      last = group;
      seen = 0;
    },
  };
}
