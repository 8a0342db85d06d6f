import { seededRandom } from "@throughline/stats";
import fc from "fast-check";
import { expect, test } from "vitest";
import { type Design, designOf, type Observation } from "./design.ts";
import { type Evidence, NO_EVIDENCE, observed } from "./evidence.ts";
import { measuredReading } from "./measured.ts";
import type { Analysis, AnalysisPlan } from "./plan.ts";
import { pooled } from "./pooled.ts";
import { readingOf } from "./reading.ts";

const LOSS: Analysis = {
  name: "loss",
  role: "OBJECTIVE",
  source: { kind: "EXPRESSION", expression: "actual" },
  bounds: { least: 0, most: 1 },
  lowerIsBetter: true,
  minEffect: 0.1,
  labelDelayMs: 1,
  horizonObservations: 0,
};
const PLAN: AnalysisPlan = {
  isPaired: false,
  alpha: 0.05,
  power: 0.9,
  analyses: [LOSS],
  steps: [{ weightBasisPoints: 5_000, leastDurationMs: 0, leastObservations: 0, needsApproval: false }],
};

const DESIGN = designOf(LOSS, PLAN);

/** Predictions of both arms, the candidate's worse by so much. */
function observations(count: number, worsening: number, seed: number): readonly Observation[] {
  const random = seededRandom(seed);
  return Array.from({ length: count }, (): Observation => {
    const isCandidate = random() < 0.5;
    const value = random() < 0.3 + (isCandidate ? worsening : 0) ? 1 : 0;
    return { kind: "arm", isCandidate, share: 0.5, value };
  });
}

const seenOf = (given: readonly Observation[], design: Design = DESIGN): Evidence =>
  given.reduce((evidence, it) => observed(evidence, it, design), NO_EVIDENCE);

/** Parts of three routers, all tuned by the pilot of the first. */
function threeParts(given: readonly Observation[]): readonly Evidence[] {
  const own = (router: number) => given.filter((_, i) => i % 3 === router);
  const first = seenOf(own(0));
  const design = { ...DESIGN, rho: first.rho };
  return [first, seenOf(own(1), design), seenOf(own(2), design)];
}

test("the parts of three routers have every observation, in any order, and one pilot", () => {
  const given = observations(3_000, 0.2, 1);
  const parts = threeParts(given);
  const together = pooled(parts, DESIGN);
  expect(together.sums.candidate.count + together.sums.baseline.count).toBe(3_000);
  expect(together.pilotCount).toBe(DESIGN.pilotCount);
  const alone = readingOf(seenOf(given), DESIGN);
  const reading = readingOf(together, DESIGN);
  expect(reading.candidateMean).toBeCloseTo(alone.candidateMean, 12);
  expect(reading).toMatchObject({ verdict: "ABORT", candidateCount: alone.candidateCount });
  expect(Math.abs(reading.low - alone.low)).toBeLessThan(0.02);
  expect(readingOf(pooled([...parts].reverse(), DESIGN), DESIGN).low).toBeCloseTo(reading.low, 10);
});

test("one part alone is given back, with what it showed at an earlier moment", () => {
  const part = seenOf([...observations(1_500, 0.3, 2), ...observations(100, -0.3, 3)]);
  expect(pooled([part, NO_EVIDENCE], DESIGN)).toBe(part);
  expect(pooled([], DESIGN)).toBe(NO_EVIDENCE);
});

test("parts that are tuned otherwise wait until they are told anew", () => {
  const [first, second] = threeParts(observations(3_000, 0, 4)) as [Evidence, Evidence];
  expect(pooled([first, { ...second, rho: 2 * second.rho }], DESIGN)).toBe(first);
});

test("an abort never stands beside an interval in which equal arms are, whatever comes after it", () => {
  fc.assert(
    fc.property(fc.nat(10_000), fc.integer({ min: 1, max: 400 }), (seed, more) => {
      let evidence = seenOf(observations(2_000, 0.2, seed));
      fc.pre(evidence.worse !== undefined);
      evidence = observations(more, -0.6, seed + 1).reduce((seen, it) => observed(seen, it, DESIGN), evidence);
      const { verdict, low, high, logEValue, alpha } = readingOf(evidence, DESIGN);
      expect(verdict).toBe("ABORT");
      expect(low).toBeGreaterThan(0);
      expect(high).toBeGreaterThanOrEqual(low);
      expect(logEValue).toBeGreaterThanOrEqual(-Math.log(alpha / 2));
    }),
    { numRuns: 30 },
  );
});

test.each<readonly [candidate: number | undefined, baseline: number | undefined, missingMs: number, verdict: string]>([
  [5, 4.5, 0, "PROMOTE"],
  [5, 3.5, 0, "ABORT"],
  [11, 11, 0, "ABORT"],
  [undefined, 4, 0, "CONTINUE"],
  [4, undefined, 119_999, "CONTINUE"],
  [4, undefined, 120_000, "INCONCLUSIVE"],
])(
  "a measurement of %s beside %s, missing for %s ms, comes to one verdict",
  (candidate, baseline, missingMs, verdict) => {
    const depth: Analysis = {
      ...LOSS,
      role: "GUARDRAIL",
      source: { kind: "PROMETHEUS", query: "depth" },
      bounds: { least: 0, most: 10 },
      minEffect: 1,
      labelDelayMs: 0,
    };
    const asked = { candidateQuery: "depth", baselineQuery: "depth", timeMs: 1_000_000, candidate, baseline };
    const missingSinceMs = missingMs > 0 ? 1_000_000 - missingMs : undefined;
    expect(measuredReading(depth, { ...asked, missingSinceMs }).verdict).toBe(verdict);
  },
);
