/**
 * How many calls may be at work at the same time. As long as the event loop is in time, twice as many as there were at the last look, but
 * no less than BURST: what comes in one turn of the loop must be no more than can be answered in time, however quickly it is read. Once the
 * loop was late twice in a row, a tenth less than what was at work, and a tenth less with each late look; it grows again, a little with each
 * look in time. So the loop stays at most about as late as LATE_MS, and what is let in is answered while its callers still wait. (Additive
 * increase and multiplicative decrease on the standing queue's delay, as Nichols and Jacobson's CoDel judges queues: a delay that does not
 * go away counts, a single one does not.) While a loop without a moment left turns calls away, fewer and fewer are let in, down to ENOUGH: what is at work is more to
 * carry along for the collector, and makes nobody's answer come sooner. Where calls wait for slow models any number of them may, as long as the loop has time for them: calls that
 * take 100 ms and come 15,000 times a second are 1,500 at work.
 */
export interface LoadLimit {
  /** A look at the loop, every LOOK_MS or later. */
  look(seen: LoopSeen): void;
  /** Calls that may be at work. */
  most(): number;
  /** True while fewer are let in than a loop that keeps up would take. */
  isLess(): boolean;
  /** How late the loop was at the last look. */
  lateMs(): number;
}

export interface LoopSeen {
  /** By how much the look was late. */
  readonly lateMs: number;
  /** The share of the time since the last look that the loop was busy. */
  readonly busyShare: number;
  /** Calls at work. */
  readonly atWork: number;
  /** True if some were refused since the last look. */
  readonly isRefusing: boolean;
}

/** Time between two looks. */
export const LOOK_MS = 10;

/** A loop that is late by more is overloaded: a call passes through it two or three times. */
const LATE_MS = 40;
const LESS = 0.9;
const MORE = 1.05;
/** So many calls are always let in: fewer of them would not fill a turn of the loop. */
const LEAST = 128;
/** So many calls at work keep a loop busy that does nothing else. */
const ENOUGH = 192;
/** A loop that is busier takes only a little more at a time. */
const BUSY_SHARE = 0.7;
/** A loop that is busier has no time for more. */
const FULL_SHARE = 0.95;
/** So many calls may come at once while the loop keeps up: what it does in a few hundredths of a second, and no more than a model's queue takes. */
const BURST = 512;

export function loadLimit(): LoadLimit {
  let most = BURST;
  let late = 0;
  return {
    look({ lateMs, busyShare, atWork, isRefusing }) {
      const isLateAgain = lateMs > LATE_MS && late > LATE_MS;
      const isBusy = busyShare > BUSY_SHARE;
      late = lateMs;
      if (isLateAgain) most = Math.max(LEAST, Math.floor(LESS * Math.min(most, atWork)));
      else if (busyShare > FULL_SHARE && isRefusing) most = Math.min(most, Math.max(ENOUGH, Math.floor(LESS * most)));
      else if (lateMs <= LATE_MS && most < BURST) most = Math.min(BURST, Math.ceil(MORE * most));
      else if (lateMs <= LATE_MS && !isBusy) most = Math.max(BURST, 2 * atWork);
      else if (lateMs <= LATE_MS && isRefusing) most = Math.max(most, Math.ceil(MORE * atWork));
    },
    most: () => most,
    isLess: () => most < BURST,
    lateMs: () => late,
  };
}
