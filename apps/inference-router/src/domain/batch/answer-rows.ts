import { setTimeout as delay } from "node:timers/promises";
import type { Callers } from "../callers.ts";
import type { RowAnswer } from "./added-columns.ts";
import type { BatchRow } from "./batch-columns.ts";
import { type BatchTally, LEFT_OUT } from "./batch-tally.ts";

/** What a failure means: for the row alone, for now, for a run of the model, or for the whole batch. */
export type FailureKind = "row" | "away" | "model" | "batch";

export interface Failure {
  readonly kind: FailureKind;
  /** A stable reason. */
  readonly reason: string;
}

/** Rows that are made of what was read when it is their turn, and where their answers go. */
export interface BatchRows {
  readonly count: number;
  readonly at: (row: number) => BatchRow;
  readonly answered: (row: number, answer: RowAnswer) => void;
}

export interface AnsweringRows {
  /** Those who wait for answers of their own come first. */
  readonly callers: Pick<Callers, "giveWay">;
  readonly answer: (row: BatchRow, signal: AbortSignal) => Promise<RowAnswer>;
  /** Answers several at once. What it leaves out, and all of them if it fails, is answered alone, by which it is told what is wrong. */
  readonly answerTogether: (
    rows: readonly BatchRow[],
    signal: AbortSignal,
  ) => Promise<readonly (RowAnswer | undefined)[]>;
  readonly failureOf: (error: unknown) => Failure;
  /** Told of rows that are answered together, and of those that are not. */
  readonly tally: Pick<BatchTally, "count">;
  /** First pause before asking again what was away; it doubles up to a minute. */
  readonly retryMs: number;
}

/**
 * Rows that begin in one turn of the event loop: enough for the model and the feature store to take them together, and few beside the
 * callers, who wait until it is over. So many of such groups are under way, so that one is at the model while another is made.
 */
const [GROUP_ROWS, GROUPS] = [32, 2];
/** A row that ends the model's process so often has that for an answer. */
const MODEL_TRIES = 3;
const RETRY_MS_MAX = 60_000;

/** Answers rows. Fails as soon as one of them fails for the whole batch; what is away is waited for. */
export async function answerRows(parts: AnsweringRows, rows: BatchRows, signal: AbortSignal): Promise<void> {
  const failed = new AbortController();
  const either = AbortSignal.any([signal, failed.signal]);
  const working: Working = { ...parts, oneByOne: oneByOne() };
  let next = 0;
  const group = async (): Promise<void> => {
    while (next < rows.count) {
      await parts.callers.giveWay();
      either.throwIfAborted();
      const from = next;
      next = Math.min(rows.count, from + GROUP_ROWS);
      await answerGroup(working, { rows, from, to: next }, either);
    }
  };
  const fail = (error: unknown): never => {
    failed.abort(error);
    throw error;
  };
  await Promise.all(Array.from({ length: GROUPS }, () => group().catch(fail)));
}

interface Working extends AnsweringRows {
  /** Does work when that of all before is done. */
  readonly oneByOne: <T>(work: () => Promise<T>) => Promise<T>;
}

function oneByOne(): Working["oneByOne"] {
  let last: Promise<unknown> = Promise.resolve();
  return (work) => {
    const mine = last.then(work);
    last = mine.catch(() => {});
    return mine;
  };
}

interface Group {
  readonly rows: BatchRows;
  readonly from: number;
  readonly to: number;
}

async function answerGroup(parts: Working, { rows, from, to }: Group, signal: AbortSignal): Promise<void> {
  const asked = Array.from({ length: to - from }, (_, i) => rows.at(from + i));
  let why = LEFT_OUT;
  const answers = await parts.answerTogether(asked, signal).catch((error: unknown) => {
    why = parts.failureOf(error).reason;
    return [];
  });
  signal.throwIfAborted();
  const together = answers.filter((it) => it !== undefined).length;
  if (together > 0) parts.tally.count(together);
  if (together < asked.length) parts.tally.count(asked.length - together, why);
  const alone = asked.map(async (row, i) => {
    const answer = answers[i] ?? (await answerRow(parts, row, signal));
    rows.answered(from + i, answer);
  });
  await Promise.all(alone);
}

/** A row whose process died may have been beside the one that ended it: from then on it is asked when no other one is that was. */
async function answerRow(parts: Working, row: BatchRow, signal: AbortSignal): Promise<RowAnswer> {
  const ask = () => untilThere(parts, () => parts.answer(row, signal), signal);
  for (let tries = 1; ; tries++) {
    try {
      return await (tries === 1 ? ask() : parts.oneByOne(ask));
    } catch (error) {
      signal.throwIfAborted();
      const { kind, reason } = parts.failureOf(error);
      if (kind === "batch") throw error;
      if (kind === "row" || tries >= MODEL_TRIES) return { problem: reason };
    }
  }
}

/** Does work again and again while what it needs is away. */
export async function untilThere<T>(
  { failureOf, retryMs }: Pick<AnsweringRows, "failureOf" | "retryMs">,
  work: () => Promise<T>,
  signal: AbortSignal,
): Promise<T> {
  for (let pauseMs = retryMs; ; pauseMs = Math.min(pauseMs * 2, RETRY_MS_MAX)) {
    try {
      return await work();
    } catch (error) {
      signal.throwIfAborted();
      if (failureOf(error).kind !== "away") throw error;
    }
    await delay(pauseMs, undefined, { signal });
  }
}
