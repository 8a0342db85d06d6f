import { setTimeout as delay } from "node:timers/promises";
import type { Callers } from "../callers.ts";
import type { RowAnswer } from "./added-columns.ts";
import type { BatchRow } from "./batch-columns.ts";

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
  readonly failureOf: (error: unknown) => Failure;
  /** First pause before asking again what was away; it doubles up to a minute. */
  readonly retryMs: number;
}

/**
 * Rows that begin in one turn of the event loop: enough for the model and the feature store to take them together, and few beside the
 * callers, who wait until it is over. So many of such groups are under way, so that one is at the model while another is made.
 */
const [GROUP_ROWS, GROUPS] = [16, 2];
/** A row that ends the model's process so often has that for an answer. */
const MODEL_TRIES = 3;
const RETRY_MS_MAX = 60_000;

/** Answers rows. Fails as soon as one of them fails for the whole batch; what is away is waited for. */
export async function answerRows(parts: AnsweringRows, rows: BatchRows, signal: AbortSignal): Promise<void> {
  const failed = new AbortController();
  const either = AbortSignal.any([signal, failed.signal]);
  let next = 0;
  const answerAt = async (row: number): Promise<void> => {
    rows.answered(row, await answerRow(parts, rows.at(row), either));
  };
  const group = async (): Promise<void> => {
    while (next < rows.count) {
      await parts.callers.giveWay();
      either.throwIfAborted();
      const from = next;
      next = Math.min(rows.count, from + GROUP_ROWS);
      await Promise.all(Array.from({ length: next - from }, (_, i) => answerAt(from + i)));
    }
  };
  const fail = (error: unknown): never => {
    failed.abort(error);
    throw error;
  };
  await Promise.all(Array.from({ length: GROUPS }, () => group().catch(fail)));
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
