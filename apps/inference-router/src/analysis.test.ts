import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { canonicalRowBytes, systemClock, timeOrderedIds } from "@throughline/kernel";
import type { Analysis } from "@throughline/rollouts";
import { seededRandom } from "@throughline/stats";
import { openStore } from "@throughline/store";
import { afterAll, describe, expect, test } from "vitest";
import { analyst, partAgain } from "./domain/analysis/analyst.ts";
import { concluded } from "./domain/analysis/conclude.ts";
import type { Conclusion, ObservedRollout, RecordedDecision } from "./domain/analysis/observed-rollout.ts";
import { replayDecision } from "./domain/analysis/replay.ts";
import { feedback } from "./domain/feedback.ts";
import { FEEDBACK_AGE_MS_MAX } from "./domain/feedback-age.ts";
import { type OpenedLog, openPredictionLog } from "./log/open-log.ts";
import { feedbackStore } from "./store/feedback-store.ts";

const root = mkdtempSync(join(tmpdir(), "throughline-analysis-"));
const closings: (() => Promise<void>)[] = [];
afterAll(async () => {
  for (const it of closings) await it();
  rmSync(root, { recursive: true, force: true });
});

const DEPLOYMENT = "projects/p/deployments/d";
const [CANDIDATE, BASELINE] = ["projects/p/releases/new", "projects/p/releases/old"];
const START_MS = 1_000_000;
const DELAY_MS = 200;

const LOSS: Analysis = {
  name: "loss",
  role: "OBJECTIVE",
  source: { kind: "EXPRESSION", expression: "score > 0.5 ? 1.0 - actual : actual" },
  bounds: { least: 0, most: 1 },
  lowerIsBetter: true,
  minEffect: 0.2,
  labelDelayMs: DELAY_MS,
  horizonObservations: 0,
};
const ERRORS: Analysis = { ...LOSS, name: "errors", role: "GUARDRAIL", source: { kind: "ERROR" }, labelDelayMs: 0 };

const ROLLOUT: ObservedRollout = {
  name: `${DEPLOYMENT}/rollouts/1`,
  deployment: DEPLOYMENT,
  candidate: CANDIDATE,
  baseline: BASELINE,
  plan: {
    isPaired: false,
    alpha: 0.05,
    power: 0.9,
    analyses: [LOSS, ERRORS],
    steps: [2_000, 5_000].map((weightBasisPoints) => ({
      weightBasisPoints,
      leastDurationMs: 300,
      leastObservations: 0,
      needsApproval: false,
    })),
  },
  etag: "1",
  startMs: START_MS,
  step: 0,
  timeline: [{ timeMs: START_MS, share: 0.2 }],
  isUnderWay: true,
  isRunning: true,
  decisionCount: 0,
};
const SECOND: ObservedRollout = {
  ...ROLLOUT,
  step: 1,
  timeline: [...ROLLOUT.timeline, { timeMs: START_MS + 400, share: 0.5 }],
};

let count = 0;

/** A router's log and feedback with a clock of its own. */
async function place() {
  const dir = join(root, String(count++));
  const store = await openStore(`sqlite://${dir}.db`);
  const clock = { timeMs: START_MS, now: () => clock.timeMs };
  const openLog = (): Promise<OpenedLog> =>
    openPredictionLog({
      dir,
      newId: timeOrderedIds(systemClock),
      sync: false,
      segmentBytesMax: 20_000,
      pendingBytesMax: 10_000_000,
    });
  let log = await openLog();
  const feedbackOn = (opened: OpenedLog) =>
    feedback({
      store: feedbackStore(store),
      log: opened,
      clock,
      onChange: () => {},
      onOutcome: async () => undefined,
    });
  let given = feedbackOn(log);
  closings.push(async () => {
    await log.close();
    await store.close();
  });
  const random = seededRandom(5);
  return {
    clock,
    parts: () => ({ log, feedback: given, baselines: async () => undefined }),
    /** Stops and starts the router. */
    async restart(): Promise<void> {
      await log.close();
      log = await openLog();
      given = feedbackOn(log);
    },
    /** Predictions of both arms, one each millisecond, with feedback soon for seven in ten of them. */
    async predict(span: {
      readonly fromMs: number;
      readonly count: number;
      readonly share: number;
      readonly isWorse?: boolean;
    }) {
      const known: { id: string; actual: number }[] = [];
      for (let i = 0; i < span.count; i++) {
        clock.timeMs = START_MS + span.fromMs + i;
        const isCandidate = random() < span.share;
        const actual = random() < 0.4 ? 1 : 0;
        const isRight = random() < (isCandidate && span.isWorse ? 0.3 : 0.8);
        const score = isRight === (actual === 1) ? 0.9 : 0.1;
        const { id } = await log.append(DEPLOYMENT, entryOf(isCandidate ? CANDIDATE : BASELINE, score, clock.now()));
        if (random() < 0.7) known.push({ id, actual });
      }
      if (known.length > 0) await given.send(DEPLOYMENT, known);
    },
  };
}

const entryOf = (release: string, score: number, timeMs: number) => ({
  facts: { release, digest: "d", features: [], viewVersions: {}, path: [], thresholds: {} },
  score,
  vector: [],
  vectorBytes: canonicalRowBytes([]),
  entity: {},
  asOfNs: 0n,
  timeMs,
  latencyUs: 1_500,
});

const ROUTER = "router-1";

/** A router that leads alone. */
function alone(parts: Parameters<typeof analyst>[0]) {
  const looking = analyst(parts, ROUTER);
  return {
    async conclude(rollout: ObservedRollout, knownByMs: number): Promise<Conclusion> {
      const part = await looking.part(rollout, { knownByMs, tunings: [] });
      return concluded(rollout, { parts: [part], measurements: new Map(), knownByMs });
    },
  };
}

const decisionOf = (rollout: ObservedRollout, conclusion: Conclusion): RecordedDecision => ({ ...conclusion, rollout });

describe("an analyst", () => {
  test("that starts anew after a restart comes to the same as one that looked all the time, and so does a replay", async () => {
    const { clock, parts, predict, restart } = await place();
    const first = alone(parts());
    const concluded: RecordedDecision[] = [];
    for (let fromMs = 0; fromMs < 900; fromMs += 50) {
      await predict({ fromMs, count: 50, share: fromMs < 400 ? 0.2 : 0.5 });
      // The observer hears of the second step 100 ms after it began, and has to take back what it took since.
      const rollout = fromMs < 500 ? ROLLOUT : SECOND;
      concluded.push(decisionOf(rollout, await first.conclude(rollout, clock.now())));
    }
    clock.timeMs += 50;
    const last = await first.conclude(SECOND, clock.now());
    await restart();
    expect(await alone(parts()).conclude(SECOND, clock.now())).toEqual(last);
    const [loss, errors] = last.evidence;
    // Until the candidate's first answer nothing counts, nor that.
    const before = 900 - (errors?.candidateCount ?? 0) - (errors?.baselineCount ?? 0);
    expect(before).toBeGreaterThan(0);
    expect(before).toBeLessThan(50);
    expect((loss?.candidateCount ?? 0) + (loss?.baselineCount ?? 0) + (loss?.missingCount ?? 0)).toBe(749 - before);
    expect(loss?.waitingCount).toBe(151);
    expect(last.verdict).toBe("PROMOTE");
    for (const it of concluded.filter(({ knownByMs }) => knownByMs < START_MS + 400 || knownByMs >= START_MS + 500)) {
      const { differences } = await replayDecision(
        { ...parts(), router: ROUTER, registry: { decision: async () => it } },
        ROLLOUT.name,
      );
      expect(differences).toEqual([]);
    }
  });

  test("counts feedback by the label delay alone: what comes later changes nothing, a correction in time does", async () => {
    const { clock, parts } = await place();
    const { log, feedback: given } = parts();
    await log.append(DEPLOYMENT, entryOf(CANDIDATE, 0.9, clock.now()));
    const append = async (score: number) => (await log.append(DEPLOYMENT, entryOf(BASELINE, score, clock.now()))).id;
    const [right, corrected, late] = [await append(0.9), await append(0.9), await append(0.9)];
    await given.send(DEPLOYMENT, [
      { id: right, actual: 1 },
      { id: corrected, actual: 1 },
    ]);
    clock.timeMs = START_MS + DELAY_MS;
    await given.send(DEPLOYMENT, [{ id: corrected, actual: 0 }]);
    clock.timeMs += 1;
    await given.send(DEPLOYMENT, [
      { id: late, actual: 0 },
      { id: right, actual: 0 },
    ]);
    const seen = await alone(parts()).conclude(ROLLOUT, clock.now());
    expect(seen.evidence[0]).toMatchObject({ baselineCount: 2, baselineMean: 0.5, missingCount: 1, waitingCount: 0 });
    clock.timeMs += 10_000;
    const [part] = seen.parts;
    expect(part && (await partAgain(parts(), ROLLOUT, part))).toEqual(part);
  });

  test("takes the reward of the feedback where an expression names it, and a correction of it alone is a revision", async () => {
    const { clock, parts } = await place();
    const { log, feedback: given } = parts();
    await log.append(DEPLOYMENT, entryOf(CANDIDATE, 0.9, clock.now()));
    const ids: string[] = [];
    for (let i = 0; i < 3; i++) ids.push((await log.append(DEPLOYMENT, entryOf(BASELINE, 0.9, clock.now()))).id);
    const [worth, corrected, silent] = ids as [string, string, string];
    const first = [
      { id: worth, actual: 0, reward: 5 },
      { id: corrected, actual: 0, reward: 1 },
      { id: silent, actual: 0 },
    ];
    expect(await given.send(DEPLOYMENT, first)).toMatchObject({ newCount: 3 });
    expect(await given.send(DEPLOYMENT, first)).toMatchObject({ unchangedCount: 3 });
    const correction = [{ id: corrected, actual: 0, reward: 2 }];
    expect(await given.send(DEPLOYMENT, correction)).toMatchObject({ correctedCount: 1 });
    const [newest] = await given.newest(DEPLOYMENT, [corrected]);
    expect(newest).toMatchObject({ actual: 0, reward: 2, revision: 2 });
    await expect(
      given.send(DEPLOYMENT, [{ id: worth, actual: 0, reward: Number.POSITIVE_INFINITY }]),
    ).rejects.toMatchObject({ reason: "INVALID_FIELD" });
    clock.timeMs += 1_000;
    const { bounds: _, ...unbounded } = LOSS;
    const analyses = [{ ...unbounded, source: { kind: "EXPRESSION", expression: "reward * 2.0" } } as const];
    const { evidence } = await alone(parts()).conclude(
      { ...ROLLOUT, plan: { ...ROLLOUT.plan, analyses } },
      clock.now(),
    );
    expect(evidence[0]).toMatchObject({ baselineCount: 2, baselineMean: 7, missingCount: 1 });
  });

  test("aborts a candidate that is worse, and the replay of a falsified decision names what differs", async () => {
    const { clock, parts, predict } = await place();
    for (let fromMs = 0; fromMs < 700; fromMs += 100) await predict({ fromMs, count: 100, share: 0.5, isWorse: true });
    clock.timeMs += 1_000;
    const rollout = { ...ROLLOUT, timeline: [{ timeMs: START_MS, share: 0.5 }] };
    const conclusion = await alone(parts()).conclude(rollout, clock.now());
    expect(conclusion).toMatchObject({ verdict: "ABORT", evidence: [{ verdict: "ABORT" }, { verdict: "PROMOTE" }] });
    expect(conclusion.reason).toContain("loss says ABORT");
    const [loss, errors] = conclusion.evidence;
    const falsified = {
      ...conclusion,
      verdict: "PROMOTE",
      evidence: [{ ...loss, candidateMean: 0.1 }, errors],
    } as Conclusion;
    const registry = { decision: async () => decisionOf(rollout, falsified) };
    const { differences, verdict } = await replayDecision({ ...parts(), router: ROUTER, registry }, rollout.name);
    expect(verdict).toBe("ABORT");
    expect(differences.map((it) => it.field)).toEqual(["verdict", "evidence[loss].candidate_mean"]);
  });

  test("takes failures of both arms, and neither other releases, nor what was before, nor mirrors of a node", async () => {
    const { clock, parts } = await place();
    const { log } = parts();
    const noted = [CANDIDATE, BASELINE, "projects/p/releases/other"];
    await log.append(DEPLOYMENT, entryOf(CANDIDATE, 0.5, START_MS - 1));
    await log.append(DEPLOYMENT, entryOf(CANDIDATE, 0.5, START_MS));
    const { id } = await log.append(DEPLOYMENT, entryOf(BASELINE, 0.5, START_MS));
    for (const it of noted) log.noteFailure(DEPLOYMENT, { facts: entryOf(it, 0, 0).facts, timeMs: START_MS + 1 });
    const shadow = {
      primary: id,
      node: "",
      scores: [0.25],
      failure: "",
      asOfNs: 0n,
      timeMs: START_MS + 2,
      latencyUs: 9,
    };
    const { facts } = entryOf(CANDIDATE, 0, 0);
    await log.appendShadow(DEPLOYMENT, { ...shadow, facts });
    await log.appendShadow(DEPLOYMENT, { ...shadow, facts, node: "mirror" });
    await log.appendShadow(DEPLOYMENT, { ...shadow, facts, scores: [], failure: "MODEL_UNAVAILABLE" });
    clock.timeMs = START_MS + 1_000;
    const arms = await alone(parts()).conclude(ROLLOUT, clock.now());
    expect(arms.evidence[1]).toMatchObject({
      candidateCount: 1,
      candidateMean: 1,
      baselineCount: 2,
      baselineMean: 0.5,
    });
    const paired = { ...ROLLOUT, plan: { ...ROLLOUT.plan, isPaired: true } };
    const pairs = await alone(parts()).conclude(paired, clock.now());
    expect(pairs.evidence[1]).toMatchObject({ candidateCount: 2, candidateMean: 0.5, baselineMean: 0 });
    expect(pairs.evidence[0]).toMatchObject({ candidateCount: 0, missingCount: 1, method: "paired-betting" });
  });
});

test("counts answers with missing features, outliers and absent nodes as anomalies, and scores without feedback", async () => {
  const { clock, parts } = await place();
  const { log } = parts();
  await log.append(DEPLOYMENT, entryOf(CANDIDATE, 0.5, START_MS));
  const usual = entryOf(CANDIDATE, 0.75, START_MS);
  const vectorBytes = canonicalRowBytes([1.5]);
  const nothing = { choices: [], absent: [], verdicts: [], enriched: [], isRefused: false };
  const trace = { ...nothing, path: ["gate", "m"], scores: [0.75] };
  const verdicts = [{ node: "gate", score: 9, limit: 3, isOutlier: true }];
  const entries = [
    usual,
    { ...usual, vectorBytes, vector: [{ value: 1.5, status: "stale" as const }] },
    { ...usual, vectorBytes, vector: [{ value: 1.5, status: "present" as const }] },
    { ...usual, trace },
    { ...usual, trace: { ...trace, verdicts } },
    { ...usual, trace: { ...trace, absent: [{ node: "m", reason: "NODE_DEADLINE" }] } },
    entryOf(BASELINE, 0.25, START_MS),
  ];
  for (const it of entries) await log.append(DEPLOYMENT, it);
  const anomalies: Analysis = { ...ERRORS, name: "anomalies", source: { kind: "ANOMALY" } };
  const drift: Analysis = { ...ERRORS, name: "drift", source: { kind: "EXPRESSION", expression: "score" } };
  clock.timeMs = START_MS + 1_000;
  const rollout = { ...ROLLOUT, plan: { ...ROLLOUT.plan, analyses: [anomalies, drift] } };
  const { evidence } = await alone(parts()).conclude(rollout, clock.now());
  expect(evidence).toMatchObject([
    { candidateCount: 6, candidateMean: 0.5, baselineCount: 1, baselineMean: 0 },
    { candidateCount: 6, candidateMean: 0.75, baselineCount: 1, baselineMean: 0.25 },
  ]);
});

test("compares answers with several scores by expressions over each, of both arms and of pairs", async () => {
  const { clock, parts } = await place();
  const { log, feedback: given } = parts();
  await log.append(DEPLOYMENT, entryOf(CANDIDATE, 0.5, START_MS));
  const of = (release: string, scores: readonly number[]) => ({
    ...entryOf(release, scores[0] ?? Number.NaN, START_MS),
    trace: { path: ["m"], scores, choices: [], absent: [], verdicts: [], enriched: [], isRefused: false },
  });
  const [{ id }] = await Promise.all([
    log.append(DEPLOYMENT, of(CANDIDATE, [0.25, 0.5, 0.25])),
    log.append(DEPLOYMENT, of(BASELINE, [0.5, 0.125, 0.375])),
  ]);
  const { facts } = entryOf(CANDIDATE, 0, 0);
  const mirror = { facts, primary: id, node: "", failure: "", asOfNs: 0n, timeMs: START_MS, latencyUs: 1 };
  await log.appendShadow(DEPLOYMENT, { ...mirror, scores: [0, 1, 0] });
  await given.send(DEPLOYMENT, [{ id, actual: 1 }]);
  const right: Analysis = { ...LOSS, source: { kind: "EXPRESSION", expression: "actual == 1.0 ? score_1 : score_0" } };
  const drift: Analysis = { ...ERRORS, name: "drift", source: { kind: "EXPRESSION", expression: "score_1 + score_2" } };
  clock.timeMs = START_MS + 1_000;
  const rollout = { ...ROLLOUT, plan: { ...ROLLOUT.plan, analyses: [right, drift] } };
  expect((await alone(parts()).conclude(rollout, clock.now())).evidence).toMatchObject([
    { candidateCount: 1, candidateMean: 0.5, baselineCount: 0 },
    { candidateCount: 1, candidateMean: 0.75, baselineCount: 1, baselineMean: 0.5 },
  ]);
  const paired = { ...rollout, plan: { ...rollout.plan, isPaired: true } };
  expect((await alone(parts()).conclude(paired, clock.now())).evidence).toMatchObject([
    { candidateCount: 1, candidateMean: 1, baselineMean: 0.5 },
    { candidateCount: 1, candidateMean: 1, baselineMean: 0.75 },
  ]);
});

test("feedback and corrections are taken for 30 days, all or nothing, and not later", async () => {
  const { clock, parts } = await place();
  const { log, feedback: given } = parts();
  const [old, known] = (await Promise.all(
    [0, 1].map(async () => (await log.append(DEPLOYMENT, entryOf(BASELINE, 0.5, START_MS))).id),
  )) as [string, string];
  clock.timeMs = START_MS + FEEDBACK_AGE_MS_MAX;
  await given.send(DEPLOYMENT, [{ id: known, actual: 1 }]);
  clock.timeMs += 1;
  const { id: fresh } = await log.append(DEPLOYMENT, entryOf(BASELINE, 0.5, clock.now()));
  for (const late of [old, known]) {
    const feedbackOf = [fresh, late].map((id) => ({ id, actual: 0 }));
    await expect(given.send(DEPLOYMENT, feedbackOf)).rejects.toMatchObject({
      reason: "FEEDBACK_TOO_LATE",
      metadata: { predictions: `${DEPLOYMENT}/predictions/${late}` },
    });
  }
  const newest = await given.newest(DEPLOYMENT, [old, known, fresh]);
  expect(newest.map((it) => it?.actual)).toEqual([undefined, 1, undefined]);
});
