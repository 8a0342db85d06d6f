import { setImmediate as nextTurn } from "node:timers/promises";
import { digestOfBytes } from "@throughline/kernel";
import { expect, test } from "vitest";
import type { RowAnswer } from "./added-columns.ts";
import { type AnsweringRows, answerRows, type Failure } from "./answer-rows.ts";
import type { BatchRow } from "./batch-columns.ts";
import { batchTally, LEFT_OUT } from "./batch-tally.ts";

const ROW_DIGEST = digestOfBytes("row");
const answerTo = (row: BatchRow): RowAnswer => ({ score: Number(row.entity["row"]), rowDigest: ROW_DIGEST });
const never = new AbortController().signal;

interface Given extends Partial<AnsweringRows> {
  readonly count: number;
}

async function answered({ count, ...parts }: Given): Promise<readonly RowAnswer[]> {
  const answers: RowAnswer[] = [];
  const rows = {
    count,
    at: (row: number): BatchRow => ({ entity: { row }, asOfNs: 0n }),
    answered(row: number, it: RowAnswer): void {
      answers[row] = it;
    },
  };
  const usual: AnsweringRows = {
    callers: { giveWay: () => nextTurn() },
    answer: async (row) => answerTo(row),
    answerTogether: async (all) => all.map(answerTo),
    failureOf: (error) => error as Failure,
    tally: batchTally(),
    retryMs: 1,
  };
  await answerRows({ ...usual, ...parts }, rows, never);
  return answers;
}

const scoresOf = (answers: readonly RowAnswer[]) => answers.map((it) => ("score" in it ? it.score : it.problem));
const upTo = (count: number): readonly number[] => Array.from({ length: count }, (_, i) => i);

test("rows are answered together, and those that are left out alone", async () => {
  const alone: BatchRow[] = [];
  const tally = batchTally();
  const answers = await answered({
    count: 100,
    tally,
    answerTogether: async (all) => all.map((it) => (Number(it.entity["row"]) % 10 === 3 ? undefined : answerTo(it))),
    answer: async (row) => {
      alone.push(row);
      return answerTo(row);
    },
  });
  expect(scoresOf(answers)).toEqual(upTo(100));
  expect(alone.map((it) => it.entity["row"])).toEqual(upTo(100).filter((it) => it % 10 === 3));
  expect([tally.together(), [...tally.alone()]]).toEqual([90, [[LEFT_OUT, 10]]]);
});

test("a group that fails as a whole is answered row by row, each with what is wrong with it", async () => {
  const refused: Failure = { kind: "row", reason: "INPUTS_REFUSED" };
  const tally = batchTally();
  const answers = await answered({
    count: 70,
    tally,
    answerTogether: async () => Promise.reject(refused),
    answer: async (row) => (row.entity["row"] === 69 ? Promise.reject(refused) : answerTo(row)),
  });
  expect(scoresOf(answers)).toEqual([...upTo(69), "INPUTS_REFUSED"]);
  expect([tally.together(), [...tally.alone()]]).toEqual([0, [["INPUTS_REFUSED", 70]]]);
});

test("a row that ends the process has that for its problem, and those who were beside it have their scores", async () => {
  const crashed: Failure = { kind: "model", reason: "MODEL_CRASHED" };
  const inside = new Set<BatchRow>();
  /** One process: all that are in it when a row ends it are lost with it. */
  const run = async (rows: readonly BatchRow[]): Promise<void> => {
    for (const it of rows) inside.add(it);
    await nextTurn();
    const isDying = [...inside].some((it) => it.entity["row"] === 11);
    await nextTurn();
    for (const it of rows) inside.delete(it);
    if (isDying) throw crashed;
  };
  const answers = await answered({
    count: 32,
    async answerTogether(rows) {
      await run(rows);
      return rows.map(answerTo);
    },
    async answer(row) {
      await run([row]);
      return answerTo(row);
    },
  });
  expect(scoresOf(answers)).toEqual(upTo(32).map((it) => (it === 11 ? "MODEL_CRASHED" : it)));
});

test("a failure of the whole batch ends it", async () => {
  const lost: Failure = { kind: "batch", reason: "NOT_FOUND" };
  const answering = answered({
    count: 64,
    answerTogether: async () => Promise.reject(lost),
    answer: () => Promise.reject(lost),
  });
  await expect(answering).rejects.toBe(lost);
});
