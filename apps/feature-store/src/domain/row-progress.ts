import type { Clock } from "@throughline/kernel";

/** How much is done of something that is counted. */
export interface CountedWork {
  /** In the plural, such as `rows`. */
  readonly unit: string;
  readonly done: number;
  readonly total: number;
  /** Undefined, as the time that is left, until something is known of it. */
  readonly perSecond?: number;
  readonly leftMs?: number;
}

/** Whom long-running work tells how far it is. */
export interface Told {
  /** `share` is from 0 to 1. */
  progress(share: number, message: string, work?: CountedWork): void;
}

/** What is told of rows, which are counted from some moment on. */
export type TellRows = (done: number) => readonly [words: string, work: CountedWork];

/** Tells how many of some rows are done, how many of them in a second since it began at `from`, and how long the others take so. */
export function rowProgress(clock: Clock, total: number, from = 0): TellRows {
  const startMs = clock.now();
  return (done) => {
    const spentMs = clock.now() - startMs;
    const counted = { unit: "rows", done, total };
    if (done <= from || spentMs <= 0) return [`${done} of ${total} rows`, counted];
    const perSecond = ((done - from) * 1_000) / spentMs;
    const leftMs = Math.max(0, Math.round(((total - done) * 1_000) / perSecond));
    const rate = `${Math.round(perSecond)} a second, ${leftText(leftMs)} left`;
    return [`${done} of ${total} rows, ${rate}`, { ...counted, perSecond, leftMs }];
  };
}

const MINUTE_S = 60;

function leftText(leftMs: number): string {
  const seconds = Math.ceil(leftMs / 1_000);
  return seconds < 2 * MINUTE_S ? `${seconds} s` : `${Math.ceil(seconds / MINUTE_S)} min`;
}

/** A part of an operation in which each row is done once. */
export interface RowsPart {
  /** Shares of the operation, between which it lies. */
  readonly from: number;
  readonly to: number;
  /** What happens to the rows, such as `reading`. */
  readonly what: string;
  readonly rowCount: number;
}

/** Tells of such a part how far it is, for a call that knows the share alone. */
export function tellPart(clock: Clock, run: Told, part: RowsPart): (share: number) => void {
  const { from, to, what, rowCount } = part;
  const told = rowProgress(clock, rowCount);
  const tell = (share: number): void => {
    const [words, work] = told(Math.round(share * rowCount));
    run.progress(from + share * (to - from), `${what}: ${words}`, work);
  };
  tell(0);
  return tell;
}
