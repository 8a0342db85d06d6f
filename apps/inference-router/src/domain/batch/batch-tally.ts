/** How rows of batches were answered since the process began. */
export interface BatchTally {
  /** Counts rows; `alone` says why they were not answered together with others. */
  count(rows: number, alone?: string): void;
  /** Rows that had one read of their features and one run with others. */
  together(): number;
  /** Rows that were answered by themselves, by why. */
  alone(): ReadonlyMap<string, number>;
}

/** Why a row is answered alone where nothing failed: its release answers no rows together, or the row has no score that way. */
export const LEFT_OUT = "LEFT_OUT";

export function batchTally(): BatchTally {
  let together = 0;
  const alone = new Map<string, number>();
  return {
    count(rows, why) {
      if (why === undefined) together += rows;
      else alone.set(why, (alone.get(why) ?? 0) + rows);
    },
    together: () => together,
    alone: () => alone,
  };
}
