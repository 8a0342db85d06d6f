import { digestOfBytes } from "@throughline/kernel";
import { expect, test } from "vitest";
import { keptAnswers } from "./kept-answers.ts";
import { writtenRows } from "./written-rows.ts";

test("the rows of a part come in their order, and give way before each few hundred of them", async () => {
  const answers = keptAnswers(1_100);
  const rowDigest = digestOfBytes("row");
  for (let row = 0; row < answers.count; row++)
    answers.set(row, row === 600 ? { problem: "REFUSED" } : { score: row / 3, rowDigest });
  const added = [{ value: (it: object) => ("score" in it ? Number(it.score) : null) }];
  const made: (number | null)[] = [];
  const gaveWayAt: number[] = [];
  const giveWay = async () => void gaveWayAt.push(made.length);
  for await (const [score] of writtenRows(answers, added, { giveWay })) made.push(score as number | null);
  expect(made).toEqual(Array.from({ length: 1_100 }, (_, row) => (row === 600 ? null : row / 3)));
  expect(gaveWayAt).toEqual([0, 512, 1_024]);
});
