import { digestOfBytes } from "@throughline/kernel";
import fc from "fast-check";
import { expect, test } from "vitest";
import type { RowAnswer } from "./added-columns.ts";
import { keptAnswers } from "./kept-answers.ts";

const scored = { score: fc.double({ noNaN: true }), rowDigest: fc.string().map(digestOfBytes) };
const answer: fc.Arbitrary<RowAnswer> = fc.oneof(
  fc.record(scored),
  fc.record({ ...scored, scores: fc.array(fc.double({ noNaN: true })) }),
  fc.record({ ...scored, interval: fc.record({ low: fc.double(), high: fc.double() }) }),
  fc.record({ ...scored, labels: fc.array(fc.string()) }),
  fc.record({ problem: fc.string() }),
);

test("answers come back as they were set, in whatever order that was", () => {
  fc.assert(
    fc.property(fc.array(answer), (answers) => {
      const kept = keptAnswers(answers.length);
      answers
        .map((it, row) => [row, it] as const)
        .reverse()
        .forEach(([row, it]) => void kept.set(row, it));
      expect(answers.map((_, row) => kept.at(row))).toEqual(answers);
    }),
  );
});
