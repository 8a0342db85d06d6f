import { setTimeout as delay, setImmediate as nextTurn } from "node:timers/promises";
import type { RowAnswer } from "./added-columns.ts";
import type { BatchRow } from "./batch-columns.ts";

/** What a failure means: for the row alone, for now, for a run of the model, or for the whole batch. */
export type FailureKind = "row" | "away" | "model" | "batch";

export interface Failure {
  readonly kind: FailureKind;
  /** A stable reason. */
  readonly reason: string;
}

export interface AnsweringRows {
  readonly answer: (row: BatchRow, signal: AbortSignal) => Promise<RowAnswer>;
  readonly failureOf: (error: unknown) => Failure;
  /** First pause before asking again what was away; it doubles up to a minute. */
  readonly retryMs: number;
}

/** Rows that are under way at once: enough to fill the model's batches, and few beside the callers that wait. */
const UNDER_WAY = 64;
/** A row that ends the model's process so often has that for an answer. */
const MODEL_TRIES = 3;
const RETRY_MS_MAX = 60_000;

/** Answers rows, in their order. Fails as soon as one of them fails for the whole batch; what is away is waited for. */
export async function answerRows(
  parts: AnsweringRows,
  rows: readonly BatchRow[],
  signal: AbortSignal,
): Promise<readonly RowAnswer[]> {
  const answers: RowAnswer[] = [];
  const failed = new AbortController();
  const either = AbortSignal.any([signal, failed.signal]);
  let next = 0;
  const worker = async (): Promise<void> => {
    while (next < rows.length) {
      either.throwIfAborted();
      const place = next++;
      answers[place] = await answerRow(parts, rows[place] as BatchRow, either);
      // Requests that came in meanwhile have their turn.
      await nextTurn();
    }
  };
  await Promise.all(
    Array.from({ length: Math.min(UNDER_WAY, rows.length) }, () =>
      worker().catch((error: unknown) => {
        failed.abort(error);
        throw error;
      }),
    ),
  );
  return answers;
}

async function answerRow(parts: AnsweringRows, row: BatchRow, signal: AbortSignal): Promise<RowAnswer> {
  for (let tries = 1; ; tries++) {
    try {
      return await untilThere(parts, () => parts.answer(row, signal), signal);
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
