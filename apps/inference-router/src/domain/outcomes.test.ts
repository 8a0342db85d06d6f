import { auc, aucInterval } from "@throughline/stats";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { type Outcome, outcomeTally } from "./outcomes.ts";

const outcome = fc.record({
  score: fc.integer({ min: 0, max: 1_000 }).map((it) => it / 1_000),
  actual: fc.constantFrom(0, 1),
});
const expectClose = (actual: number, expected: number): void => {
  if (Number.isNaN(expected)) expect(actual).toBeNaN();
  else expect(actual).toBeCloseTo(expected, 10);
};
const tallyOf = (outcomes: readonly Outcome[]) => {
  const tally = outcomeTally();
  for (const it of outcomes) tally.add(it);
  return tally;
};

describe("the outcomes of a release", () => {
  test("give AUC and DeLong's interval as they are computed from the outcomes one by one", () => {
    fc.assert(
      fc.property(fc.array(outcome, { minLength: 1, maxLength: 200 }), (outcomes) => {
        const scores = outcomes.map((it) => it.score);
        const labels = outcomes.map((it) => it.actual);
        const metrics = tallyOf(outcomes).metrics();
        expectClose(metrics.auc, auc(scores, labels));
        const positives = labels.filter((it) => it === 1).length;
        if (Math.min(positives, labels.length - positives) < 2) {
          expect(metrics.aucInterval).toBeUndefined();
          return;
        }
        const interval = aucInterval(scores, labels);
        expect(metrics.aucInterval?.low).toBeCloseTo(interval.low, 10);
        expect(metrics.aucInterval?.high).toBeCloseTo(interval.high, 10);
      }),
    );
  });

  test("are the same after a correction as if the right value had come first", () => {
    fc.assert(
      fc.property(fc.array(outcome, { minLength: 4 }), outcome, (others, corrected) => {
        const tally = tallyOf([...others, corrected]);
        tally.remove(corrected);
        const right = { ...corrected, actual: 1 - corrected.actual };
        tally.add(right);
        const [after, expected] = [tally.metrics(), tallyOf([...others, right]).metrics()];
        expectClose(after.auc, expected.auc);
        expectClose(after.brier, expected.brier);
        expectClose(after.logLoss, expected.logLoss);
        expectClose(after.meanActual, expected.meanActual);
      }),
    );
  });

  test("have no AUC while only one class was seen, and none of a regression", () => {
    expect(tallyOf([{ score: 0.3, actual: 1 }]).metrics().auc).toBeNaN();
    expect(tallyOf([{ score: 17, actual: 20 }]).metrics()).toMatchObject({ count: 1, meanActual: 20, auc: Number.NaN });
    expect(outcomeTally().metrics().meanActual).toBeNaN();
  });
});
