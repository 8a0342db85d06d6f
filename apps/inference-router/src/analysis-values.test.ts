import { calibrating } from "@throughline/conformal";
import { canonicalRowBytes, digestOfBytes } from "@throughline/kernel";
import type { Analysis } from "@throughline/rollouts";
import { seededRandom } from "@throughline/stats";
import { expect, test } from "vitest";
import { analyst } from "./domain/analysis/analyst.ts";
import { concluded } from "./domain/analysis/conclude.ts";
import type { ObservedRollout } from "./domain/analysis/observed-rollout.ts";
import { replayDecision } from "./domain/analysis/replay.ts";
import { openFeedback } from "./testing-feedback.ts";

const DEPLOYMENT = "projects/p/deployments/d";
const [CANDIDATE, BASELINE] = ["projects/p/releases/new", "projects/p/releases/old"];
const [START_MS, DELAY_MS, ROWS] = [1_000_000, 10_000, 2_000];

const LATENCY: Analysis = {
  name: "latency",
  role: "OBJECTIVE",
  source: { kind: "LATENCY_MS" },
  lowerIsBetter: true,
  minEffect: 10,
  labelDelayMs: 0,
  horizonObservations: 0,
};
const COVERAGE: Analysis = {
  ...LATENCY,
  name: "coverage",
  source: { kind: "INTERVAL_COVERED" },
  bounds: { least: 0, most: 1 },
  lowerIsBetter: false,
  minEffect: 0.25,
  labelDelayMs: DELAY_MS,
};

const rolloutOf = (analyses: readonly Analysis[]): ObservedRollout => ({
  name: `${DEPLOYMENT}/rollouts/1`,
  deployment: DEPLOYMENT,
  candidate: CANDIDATE,
  baseline: BASELINE,
  plan: {
    isPaired: false,
    alpha: 0.05,
    power: 0.9,
    analyses,
    steps: [{ weightBasisPoints: 5_000, leastDurationMs: 0, leastObservations: 0, needsApproval: false }],
  },
  etag: "1",
  startMs: START_MS,
  step: 0,
  timeline: [{ timeMs: START_MS, share: 0.5 }],
  isUnderWay: true,
  isRunning: true,
  decisionCount: 0,
});

/** What a release says of its answers, with intervals of 0.91 of the half width; without one of it, with none. */
function factsOf(release: string, halfWidth: number | undefined) {
  const facts = { release, digest: "d", features: [], viewVersions: {}, path: [], thresholds: {} };
  if (halfWidth === undefined) return facts;
  const widths = { labels: [], isRandomized: false, allowsEmpty: false, penalty: 0, penaltyRank: 0, columnCount: 1 };
  const score = { ...widths, method: "ABSOLUTE_RESIDUAL" as const };
  const work = calibrating({ alpha: 0.1, groupField: "", groupRowsLeast: 0, score });
  for (let i = 1; i <= 100; i++) work.add({ predictions: [0], actual: (halfWidth * i) / 100, group: "", uniform: 0 });
  return { ...facts, calibration: work.finish(digestOfBytes("rows")) };
}

/** What an arm is like: how long its answers take at least, and how wide their intervals are. */
interface Arm {
  readonly leastUs: number;
  readonly halfWidth?: number;
}

/** Answers of two arms by chance, each told to be up to 1 off; what was seen of them, and what an analyst makes of it. */
async function compared(arms: { readonly candidate: Arm; readonly baseline: Arm }, analyses: readonly Analysis[]) {
  const { clock, log, feedback } = await openFeedback({ startMs: START_MS, segmentBytesMax: 1_000_000 });
  const random = seededRandom(11);
  const facts = {
    candidate: factsOf(CANDIDATE, arms.candidate.halfWidth),
    baseline: factsOf(BASELINE, arms.baseline.halfWidth),
  };
  const told: { id: string; actual: number }[] = [];
  const seen: { arm: "candidate" | "baseline"; latencyMs: number; off: number }[] = [];
  for (let i = 0; i < ROWS; i++) {
    clock.timeMs = START_MS + i;
    const arm = random() < 0.5 ? "candidate" : "baseline";
    // A tail as latencies have it: their standard deviation is their mean.
    const latencyUs = arms[arm].leastUs + Math.round(-8_000 * Math.log(1 - random()));
    const off = 2 * random() - 1;
    const vector = { vector: [], vectorBytes: canonicalRowBytes([]), entity: {} };
    const answer = { score: 5, asOfNs: 0n, timeMs: clock.timeMs, latencyUs };
    const { id } = await log.append(DEPLOYMENT, { ...answer, ...vector, facts: facts[arm] });
    // A failure has neither latency nor interval, whatever there is of it.
    if (i % 50 === 0) log.noteFailure(DEPLOYMENT, { facts: facts.candidate, timeMs: clock.timeMs });
    told.push({ id, actual: 5 + off });
    seen.push({ arm, latencyMs: latencyUs / 1_000, off: Math.abs(off) });
  }
  for (let at = 0; at < told.length; at += 500) await feedback.send(DEPLOYMENT, told.slice(at, at + 500));
  clock.timeMs += DELAY_MS + 1;
  // Nothing counts until the candidate has answered, nor that answer.
  const counted = seen.slice(seen.findIndex((it) => it.arm === "candidate") + 1);
  const meanOf = (of: "candidate" | "baseline", value: (it: (typeof seen)[number]) => number): number => {
    const values = counted.filter((it) => it.arm === of).map(value);
    return values.reduce((sum, it) => sum + it, 0) / values.length;
  };
  const parts = { log, feedback, baselines: async () => undefined };
  const rollout = rolloutOf(analyses);
  const knownByMs = clock.now();
  const part = await analyst(parts, "router").part(rollout, { knownByMs, tunings: [] });
  const conclusion = concluded(rollout, { parts: [part], measurements: new Map(), knownByMs });
  const registry = { decision: async () => ({ ...conclusion, rollout }) };
  const { differences } = await replayDecision({ ...parts, router: "router", registry }, rollout.name);
  expect(differences).toEqual([]);
  return { ...conclusion, meanOf };
}

test.each([
  ["30 ms slower", 30_000, "ABORT"],
  ["as quick", 0, "PROMOTE"],
] as const)("a candidate that is %s is judged by the latencies of its answers", async (_, slowerUs, verdict) => {
  const arms = { candidate: { leastUs: 2_000 + slowerUs }, baseline: { leastUs: 2_000 } };
  const { verdict: found, evidence, meanOf } = await compared(arms, [LATENCY]);
  const [latency] = evidence;
  expect([found, latency?.method]).toEqual([verdict, "mixture"]);
  expect(latency?.candidateMean).toBeCloseTo(
    meanOf("candidate", (it) => it.latencyMs),
    9,
  );
  expect(latency?.baselineMean).toBeCloseTo(
    meanOf("baseline", (it) => it.latencyMs),
    9,
  );
  expect(latency?.low).toBeLessThan(slowerUs / 1_000);
  expect(latency?.high).toBeGreaterThan(slowerUs / 1_000);
  if (verdict === "ABORT") expect(latency?.low).toBeGreaterThan(0);
  else expect(latency?.high).toBeLessThan(LATENCY.minEffect);
});

test.each([
  ["cover half as much", 0.5, "ABORT"],
  ["cover as much", 1, "PROMOTE"],
] as const)("a candidate whose intervals %s is judged by what they held", async (_, halfWidth, verdict) => {
  const arms = { candidate: { leastUs: 0, halfWidth }, baseline: { leastUs: 0, halfWidth: 1 } };
  const { verdict: found, evidence, meanOf } = await compared(arms, [COVERAGE]);
  const [coverage] = evidence;
  expect([found, coverage?.method, coverage?.missingCount]).toEqual([verdict, "betting", 0]);
  const candidate = meanOf("candidate", (it) => (it.off <= 0.91 * halfWidth ? 1 : 0));
  expect(candidate).toBeCloseTo(0.91 * halfWidth, 1);
  expect(coverage?.candidateMean).toBeCloseTo(candidate, 9);
  expect(coverage?.baselineMean).toBeCloseTo(
    meanOf("baseline", (it) => (it.off <= 0.91 ? 1 : 0)),
    9,
  );
  expect(coverage?.low).toBeLessThan(0.91 * halfWidth - 0.91);
  expect(coverage?.high).toBeGreaterThan(0.91 * halfWidth - 0.91);
});

test("answers without an interval have no coverage, are told as missing, and are no ground for a verdict", async () => {
  const arms = { candidate: { leastUs: 0, halfWidth: 1 }, baseline: { leastUs: 0 } };
  const { verdict, evidence } = await compared(arms, [COVERAGE]);
  expect([verdict, evidence[0]?.baselineCount]).toEqual(["INCONCLUSIVE", 0]);
  expect([evidence[0]?.low, evidence[0]?.high]).toEqual([Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY]);
  const { candidateCount = 0, missingCount = 0 } = evidence[0] ?? {};
  expect(candidateCount).toBeGreaterThan(900);
  expect(candidateCount + missingCount).toBeGreaterThan(ROWS - 20);
});
