/**
 * How many calls may be at work at the same time, by how late the event loop is. As long as it is in time there is no limit;
 * once it was late twice in a row there is one, a tenth below what was at work, and a tenth less with each late look; it grows
 * again, a little with each look in time, until it is gone. So the loop stays about as late as LATE_MS, and what is let in is
 * answered while its callers still wait. (Additive increase and multiplicative decrease on the standing queue's delay, as
 * Nichols and Jacobson's CoDel judges queues: a delay that does not go away counts, a single one does not.)
 */
export interface LoadLimit {
  /** A look at the loop, every LOOK_MS or later: by how much it was late, and how many calls are at work. */
  look(lateMs: number, atWork: number): void;
  /** Calls that may be at work; infinite while the loop keeps up. */
  most(): number;
  /** How late the loop was at the last look. */
  lateMs(): number;
}

/** Time between two looks. */
export const LOOK_MS = 10;

/** A loop that is late by more is overloaded: a call passes through it two or three times. */
const LATE_MS = 40;
const LESS = 0.9;
const MORE = 1.05;
/** So many calls are always let in: fewer of them would not fill a turn of the loop. */
const LEAST = 128;
/** A limit that has grown so much is none. */
const GONE = 1 << 16;

export function loadLimit(): LoadLimit {
  let most = Number.POSITIVE_INFINITY;
  let late = 0;
  return {
    look(lateMs, atWork) {
      const isLateAgain = lateMs > LATE_MS && late > LATE_MS;
      late = lateMs;
      if (isLateAgain) most = Math.max(LEAST, Math.floor(LESS * Math.min(most, atWork)));
      else if (lateMs <= LATE_MS) most = most > GONE ? Number.POSITIVE_INFINITY : Math.ceil(MORE * most);
    },
    most: () => most,
    lateMs: () => late,
  };
}
