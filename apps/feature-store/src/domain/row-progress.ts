import type { Clock } from "@throughline/kernel";
import type { Segment } from "./segment.ts";

/** The share that is done, and what to tell of it. `next` rows are done, and `more` are about to be. */
export type TellRows = (next: number, more: number) => readonly [share: number, message: string];

/** Tells how far the rows of some segments are, and how many of them come online in a second since it began at `from`. */
export function rowProgress(clock: Clock, segments: readonly Segment[], from: number): TellRows {
  const rowCount = segments.reduce((sum, it) => sum + it.rowCount, 0);
  const startMs = clock.now();
  return (next, more) => {
    const [rows, spentMs] = [next - from, clock.now() - startMs];
    const rate = rows > 0 && spentMs > 0 ? `, ${Math.round((rows * 1_000) / spentMs)} a second` : "";
    return [next / Math.max(rowCount, next + more), `${next} of ${rowCount} rows online${rate}`];
  };
}
