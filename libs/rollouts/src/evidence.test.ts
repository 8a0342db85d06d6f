import { seededRandom } from "@throughline/stats";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { designOf, type Observation, plannedHorizon } from "./design.ts";
import { type Evidence, NO_EVIDENCE, observed } from "./evidence.ts";
import { countedValue, metricOf } from "./metric.ts";
import type { Analysis, AnalysisPlan } from "./plan.ts";
import { analysisProblems } from "./problems.ts";
import { readingOf } from "./reading.ts";

const LOSS: Analysis = {
  name: "loss",
  role: "OBJECTIVE",
  source: { kind: "EXPRESSION", expression: "(score - actual) * (score - actual)" },
  bounds: { least: 0, most: 1 },
  lowerIsBetter: true,
  minEffect: 0.1,
  labelDelayMs: 1_000,
  horizonObservations: 0,
};

const planOf = (analyses: readonly Analysis[], isPaired = false): AnalysisPlan => ({
  isPaired,
  alpha: 0.05,
  power: 0.9,
  analyses,
  steps: [{ weightBasisPoints: 5_000, leastDurationMs: 0, leastObservations: 0, needsApproval: false }],
});

/** Observations of two arms with these means, of values that are 0 or 1. */
function arms(means: { readonly candidate: number; readonly baseline: number }, count: number): readonly Observation[] {
  const random = seededRandom(7);
  return Array.from({ length: count }, () => {
    const isCandidate = random() < 0.5;
    const value = random() < (isCandidate ? means.candidate : means.baseline) ? 1 : 0;
    return { kind: "arm", isCandidate, share: 0.5, value };
  });
}

const all = (observations: readonly Observation[], analysis: Analysis, plan = planOf([analysis])): Evidence =>
  observations.reduce((seen, it) => observed(seen, it, designOf(analysis, plan)), NO_EVIDENCE);

const verdictOf = (observations: readonly Observation[], analysis: Analysis) =>
  readingOf(all(observations, analysis), designOf(analysis, planOf([analysis]))).verdict;

describe("evidence", () => {
  test("a candidate that is worse is aborted, one that is not is promoted, whichever direction is better", () => {
    const [worse, better] = [
      arms({ candidate: 0.6, baseline: 0.2 }, 800),
      arms({ candidate: 0.2, baseline: 0.6 }, 800),
    ];
    expect([worse, better].map((it) => verdictOf(it, LOSS))).toEqual(["ABORT", "PROMOTE"]);
    const gain = { ...LOSS, lowerIsBetter: false };
    expect([worse, better].map((it) => verdictOf(it, gain))).toEqual(["PROMOTE", "ABORT"]);
  });

  test("at its horizon an objective that shows neither is inconclusive, and a guardrail goes on", () => {
    const equal = arms({ candidate: 0.3, baseline: 0.3 }, 400);
    const short = { ...LOSS, minEffect: 0.01, horizonObservations: 100 };
    expect(verdictOf(equal, short)).toBe("INCONCLUSIVE");
    expect(verdictOf(equal, { ...short, role: "GUARDRAIL" })).toBe("CONTINUE");
    expect(verdictOf(equal, { ...short, horizonObservations: 10_000 })).toBe("CONTINUE");
  });

  test.each([
    ["the candidate", true, 0.5, 500, 1_000],
    ["the candidate, by the horizon found", true, 0.5, 0, 6_000],
    ["the baseline", false, 0.5, 500, 2_500],
    ["the baseline, by the horizon found", false, 0.5, 0, 6_000],
    ["the baseline, which has nearly all requests", false, 0.01, 50, 6_000],
  ])(
    "of one arm alone nothing is shown, and in the end it is inconclusive: %s",
    (_, isCandidate, share, horizon, count) => {
      const random = seededRandom(3);
      const alone = Array.from({ length: count }, (): Observation => {
        const value = random() < 0.6 ? 1 : 0;
        return { kind: "arm", isCandidate, share, value };
      });
      const analysis = { ...LOSS, horizonObservations: horizon };
      const readingAt = (seen: number) =>
        readingOf(all(alone.slice(0, seen), analysis), designOf(analysis, planOf([analysis])));
      // The other arm may only be slow to come: so many of the one are not yet so many of both.
      expect(readingAt(150).verdict).toBe("CONTINUE");
      const reading = readingAt(count);
      expect(reading.verdict).toBe("INCONCLUSIVE");
      expect([reading.low, reading.high]).toEqual([Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY]);
      expect([reading.logEValue, isCandidate ? reading.baselineMean : reading.candidateMean]).toEqual([NaN, NaN]);
    },
  );

  test("what was seen is kept as JSON anywhere and goes on as if nothing had been", () => {
    const seen = arms({ candidate: 0.4, baseline: 0.3 }, 300);
    const design = designOf(LOSS, planOf([LOSS]));
    fc.assert(
      fc.property(fc.uniqueArray(fc.nat(300), { maxLength: 5 }), (cuts) => {
        const ends = [...cuts.sort((a, b) => a - b), seen.length];
        let evidence = NO_EVIDENCE;
        let start = 0;
        for (const end of ends) {
          evidence = JSON.parse(JSON.stringify(evidence)) as Evidence;
          for (const it of seen.slice(start, end)) evidence = observed(evidence, it, design);
          start = end;
        }
        expect(evidence).toEqual(all(seen, LOSS));
      }),
      { numRuns: 10 },
    );
  });

  test("alpha is split over the analyses and their sides, and is told whole for both sides", () => {
    const plan = planOf([LOSS, { ...LOSS, name: "b" }, { ...LOSS, name: "c" }, { ...LOSS, name: "d" }]);
    const design = designOf(LOSS, plan);
    expect(design.alpha).toBeCloseTo(0.05 / 8, 15);
    expect(readingOf(NO_EVIDENCE, design)).toMatchObject({ alpha: 0.0125, verdict: "CONTINUE", low: -Infinity });
  });

  test("the horizon that is planned with a spread is the one that is read from it", () => {
    const plan = planOf([LOSS]);
    const variances = { candidate: 0.21, baseline: 0.21 };
    const planned = plannedHorizon(LOSS, plan, variances);
    const read = readingOf(all(arms({ candidate: 0.3, baseline: 0.3 }, 5_000), LOSS), designOf(LOSS, plan));
    expect(read.horizonObservations / planned).toBeGreaterThan(0.9);
    expect(read.horizonObservations / planned).toBeLessThan(1.1);
  });

  test("a quarter of the effect takes about sixteen times as long, and pairs of independent values as long as arms", () => {
    const variances = { candidate: 1, baseline: 1 };
    const [wide, narrow] = [0.4, 0.1].map((minEffect) =>
      plannedHorizon({ ...LOSS, minEffect, bounds: { least: -50, most: 50 } }, planOf([LOSS]), variances),
    ) as [number, number];
    expect(narrow / wide).toBeGreaterThan(4);
    const { bounds: _, ...unbounded } = LOSS;
    const [few, many] = [0.4, 0.1].map((minEffect) =>
      plannedHorizon({ ...unbounded, minEffect }, planOf([LOSS]), variances),
    );
    expect(((many ?? 0) - 110) / ((few ?? 0) - 110)).toBeCloseTo(16, -1);
  });
});

describe("metrics", () => {
  const outcome = { score: 0.75, latencyMs: 12, isFailure: false };
  const failure = { score: Number.NaN, latencyMs: Number.NaN, isFailure: true };

  test("values are computed from outcomes, clipped to the bounds, and replaced where feedback is missing", () => {
    const metric = metricOf(LOSS.source);
    expect(countedValue(LOSS, metric, { ...outcome, actual: 0 })).toBe(0.5625);
    expect(countedValue(LOSS, metric, { ...outcome, actual: 5 })).toBe(1);
    expect(countedValue(LOSS, metric, outcome)).toBeUndefined();
    expect(countedValue({ ...LOSS, missingValue: 0.2 }, metric, outcome)).toBe(0.2);
    expect(countedValue({ ...LOSS, missingValue: 0.2 }, metric, failure)).toBeUndefined();
    const errors = metricOf({ kind: "ERROR" });
    expect([outcome, failure].map((it) => errors.value(it))).toEqual([0, 1]);
    expect(metricOf({ kind: "LATENCY_MS" }).value(failure)).toBeUndefined();
    const covered = metricOf({ kind: "INTERVAL_COVERED" });
    expect([{ ...outcome, isCovered: true }, outcome].map((it) => covered.value(it))).toEqual([1, undefined]);
    const anomalies = metricOf({ kind: "ANOMALY" });
    const seen = [true, false].map((isAnomalous) => ({ ...outcome, isAnomalous }));
    expect([...seen, failure].map((it) => anomalies.value(it))).toEqual([1, 0, undefined]);
  });

  test("an expression over the score alone needs no feedback, and waits for none", () => {
    const drift: Analysis = {
      ...LOSS,
      source: { kind: "EXPRESSION", expression: "score > 0.7 ? 1.0 : 0.0" },
      labelDelayMs: 0,
    };
    expect(analysisProblems(drift, "a")).toEqual([]);
    const metric = metricOf(drift.source);
    expect([metric.needsLabel, metricOf(LOSS.source).needsLabel]).toEqual([false, true]);
    expect([outcome, { ...outcome, score: 0.2 }, failure].map((it) => metric.value(it))).toEqual([1, 0, undefined]);
    expect(analysisProblems({ ...drift, missingValue: 0 }, "a").map((it) => it.path)).toEqual(["a.missing_value"]);
  });

  test("an expression may name each score of an answer with several, and has no value where one is missing", () => {
    const expression = "-math.log(actual == 2.0 ? score_2 : actual == 1.0 ? score_1 : score_0)";
    const metric = metricOf({ kind: "EXPRESSION", expression });
    expect([metric.needsLabel, metric.needsScores, metricOf(LOSS.source).needsScores]).toEqual([true, true, false]);
    const scores = [0.5, 0.25, 0.25];
    expect(metric.value({ ...outcome, scores, actual: 2 })).toBeCloseTo(Math.log(4), 12);
    expect(metric.value({ ...outcome, scores, actual: 0 })).toBeCloseTo(Math.log(2), 12);
    expect(metric.value({ ...outcome, scores: [0.5], actual: 1 })).toBeUndefined();
    expect(metric.value({ ...outcome, actual: 0 })).toBeUndefined();
    const drift = metricOf({ kind: "EXPRESSION", expression: "score_1" });
    expect([drift.needsLabel, drift.value({ ...outcome, scores })]).toEqual([false, 0.25]);
  });

  test("everything that is wrong with an analysis is said at once, each with its path", () => {
    const wrong: Analysis = {
      ...LOSS,
      source: { kind: "EXPRESSION", expression: "score + nothing" },
      minEffect: 2,
      labelDelayMs: 0,
      missingValue: 3,
    };
    const problems = analysisProblems(wrong, "analyses[2]");
    expect(problems.map((it) => it.path)).toEqual([
      "analyses[2].min_effect",
      "analyses[2].missing_value",
      "analyses[2].expression",
      "analyses[2].label_delay",
    ]);
    expect(problems[2]?.description).toContain("nothing");
    expect(analysisProblems(LOSS, "analyses[0]")).toEqual([]);
    const slow = { ...LOSS, source: { kind: "LATENCY_MS" } as const, lowerIsBetter: false, labelDelayMs: 0 };
    expect(analysisProblems(slow, "a").map((it) => it.path)).toEqual(["a.latency_ms"]);
    expect(analysisProblems({ ...slow, source: { kind: "ANOMALY" } }, "a").map((it) => it.path)).toEqual(["a.anomaly"]);
    const asked = { ...slow, source: { kind: "PROMETHEUS", query: "up" } as const };
    expect(analysisProblems(asked, "a").map((it) => it.path)).toEqual(["a.prometheus"]);
  });
});
