import { banditPolicy } from "@throughline/bandits";
import { canonicalRowBytes } from "@throughline/kernel";
import type { Analysis } from "@throughline/rollouts";
import { seededRandom } from "@throughline/stats";
import { expect, test } from "vitest";
import { analyst } from "./domain/analysis/analyst.ts";
import { concluded } from "./domain/analysis/conclude.ts";
import type { ObservedRollout } from "./domain/analysis/observed-rollout.ts";
import { replayDecision } from "./domain/analysis/replay.ts";
import { openFeedback } from "./testing-feedback.ts";

const D = "projects/p/deployments/d";
const [NEW, OLD] = ["projects/p/releases/new", "projects/p/releases/old"];
const START_MS = 1_000_000;
const DELAY_MS = 100;

const LOSS: Analysis = {
  name: "loss",
  role: "OBJECTIVE",
  source: { kind: "EXPRESSION", expression: "actual" },
  lowerIsBetter: true,
  bounds: { least: 0, most: 1 },
  minEffect: 0.2,
  labelDelayMs: DELAY_MS,
  horizonObservations: 0,
};
const ROLLOUT: ObservedRollout = {
  name: `${D}/rollouts/1`,
  deployment: D,
  candidate: NEW,
  baseline: OLD,
  etag: "1",
  startMs: START_MS,
  step: 0,
  plan: {
    isPaired: false,
    alpha: 0.05,
    power: 0.9,
    analyses: [LOSS],
    steps: [],
    bandit: {
      policy: "LINEAR_THOMPSON",
      epsilon: 0,
      reward: "reward",
      contextFields: ["hour"],
      labelDelayMs: DELAY_MS,
      leastIntervalMs: 10,
      arms: [OLD, NEW].map((release) => ({ release, floorBasisPoints: 100 })),
    },
  },
  timeline: [{ timeMs: START_MS, share: 0.01 }],
  arms: { shares: [OLD, NEW].map((release) => ({ release, weightBasisPoints: 5_000 })), sinceMs: START_MS },
  isUnderWay: true,
  isRunning: true,
  decisionCount: 0,
};

test("a bandit with a context learns from the log what a replay and a router that starts anew learn", async () => {
  const { clock, log, feedback } = await openFeedback({ startMs: START_MS, segmentBytesMax: 20_000 });
  const parts = { log, feedback, baselines: async () => undefined };
  const random = seededRandom(3);
  const bandit = banditPolicy({ arms: [OLD, NEW], policy: { kind: "linear_thompson", context: ["hour"] } });
  let learnt = bandit.empty;
  // By hand: increments are (chosen - share) (value - expected), with the share of each request.
  for (let i = 0; i < 400; i++) {
    clock.timeMs = START_MS + i;
    const hour = Math.floor(24 * random());
    const ofNew = Math.round(1 + (98 * hour) / 24) / 100;
    const release = random() < ofNew ? NEW : OLD;
    const propensity = release === NEW ? ofNew : 1 - ofNew;
    const facts = { release, digest: "d", features: [], viewVersions: {}, path: [], thresholds: {}, propensity };
    const entity = i % 50 === 0 ? { hour: "no number" } : { hour: BigInt(hour) };
    const times = { asOfNs: 0n, timeMs: clock.timeMs, latencyUs: 1_500 };
    const row = { score: 0.5, vector: [], vectorBytes: canonicalRowBytes([]), entity, ...times };
    const { id } = await log.append(D, { facts, ...row });
    if (random() < 0.5) continue;
    const reward = (release === NEW ? hour : 24 - hour) + random();
    await parts.feedback.send(D, [{ id, actual: hour < 12 ? 0 : 1, reward }]);
    learnt = bandit.update(learnt, { arm: release, reward, context: [i % 50 === 0 ? 0 : hour] });
  }
  clock.timeMs += 1_000;
  const conclude = async () => {
    const part = await analyst(parts, "router").part(ROLLOUT, { knownByMs: clock.now(), tunings: [] });
    return concluded(ROLLOUT, { parts: [part], measurements: new Map(), knownByMs: clock.now() });
  };
  const conclusion = await conclude();
  expect(conclusion.learnt).toEqual(learnt);
  expect(conclusion.armShares.map((it) => it.release)).toEqual([OLD, NEW]);
  expect(conclusion.reason).toContain("in the mean context");
  // Both answer the same, and the hour decides what happens: only with the shares of each request is there no difference.
  expect(conclusion.evidence[0]).toMatchObject({ verdict: "CONTINUE" });
  expect(conclusion.evidence[0]?.low).toBeLessThan(0);
  expect(conclusion.evidence[0]?.high).toBeGreaterThan(0);
  expect(await conclude()).toEqual(conclusion);
  const told = { ...ROLLOUT, arms: { shares: conclusion.armShares, sinceMs: START_MS, learnt } };
  const again = await analyst(parts, "router").part(told, { knownByMs: clock.now(), tunings: [] });
  const silent = concluded(told, { parts: [again], measurements: new Map(), knownByMs: clock.now() });
  expect(silent).toMatchObject({ armShares: [] });
  expect(silent.learnt).toBeUndefined();
  const registry = { decision: async () => ({ ...conclusion, rollout: ROLLOUT }) };
  expect((await replayDecision({ ...parts, router: "router", registry }, "d")).differences).toEqual([]);
  const falsified = { decision: async () => ({ ...conclusion, learnt: bandit.empty, rollout: ROLLOUT }) };
  const { differences } = await replayDecision({ ...parts, router: "router", registry: falsified }, "d");
  expect(differences.map((it) => it.field)).toEqual([OLD, NEW].map((it) => `arm_rewards[${it}]`));
});
