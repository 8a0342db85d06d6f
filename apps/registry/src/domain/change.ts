/** Who changed something, why and when. */
export interface Change {
  readonly actor: string;
  readonly reason: string;
  /** In milliseconds since 1970-01-01 UTC. */
  readonly timeMs: number;
}

/** A change within a history. Revisions are dense from 1. */
export interface NumberedChange extends Change {
  readonly revision: number;
}

/** One page of a list. `next` is absent on the last. */
export interface ListPage<T> {
  readonly items: readonly T[];
  readonly next?: string;
}

/** Where a list goes on, and how much of it to read. */
export interface PageRequest {
  readonly after?: string;
  readonly limit: number;
}

/**
 * The time of a change. Never before the change that it follows, whatever the clock does, since what was current at an
 * instant is found by time.
 */
export const changeTime = (nowMs: number, previousMs = 0): number => Math.max(nowMs, previousMs);
