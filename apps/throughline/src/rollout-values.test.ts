import { CalibrationMethod } from "@throughline/contracts/throughline/registry/v1/calibration_service_pb";
import { Strategy } from "@throughline/contracts/throughline/registry/v1/deployment_pb";
import type { Release } from "@throughline/contracts/throughline/registry/v1/release_pb";
import { type RolloutDecision, RolloutState, Verdict } from "@throughline/contracts/throughline/registry/v1/rollout_pb";
import { AnalysisRole } from "@throughline/contracts/throughline/registry/v1/rollout_plan_pb";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type PlatformForTests, platformForTests } from "./testing-platform.ts";
import { deploy, registerModel } from "./testing-shop.ts";

const PATIENCE = { timeout: 180_000, interval: 50 };
const TIMEOUT_MS = 600_000;

let platform: PlatformForTests;
beforeAll(async () => {
  platform = await platformForTests();
}, TIMEOUT_MS);
afterAll(() => platform?.stop());

/** A release of a model that takes rows of three numbers as they come. */
async function releaseOf(fixture: "answers_a" | "slow", calibrationDigest = ""): Promise<Release> {
  const { parent, releases } = platform.connection;
  const { name: modelVersion } = await registerModel(platform.connection, { id: fixture.replace("_", "-"), fixture });
  const value = { inputTensor: "input", outputTensor: "score" };
  const graph = { nodes: [{ name: "score", kind: { case: "model" as const, value } }], outputNode: "score" };
  const manifest = { models: { score: { modelVersion } }, graph, calibrationDigest };
  const { release } = await releases.createRelease({ parent, manifest });
  return release ?? expect.unreachable();
}

/** The digest of a calibration whose intervals reach nine tenths of a width to either side. */
async function calibrated(width: number): Promise<string> {
  const rows = Array.from({ length: 99 }, (_, i) => ({ predictions: [0], actual: (width * (i + 1)) / 100 }));
  const { calibration } = await platform.connection.calibrations.createCalibration({
    parent: platform.connection.parent,
    settings: { method: CalibrationMethod.ABSOLUTE_RESIDUAL, alpha: 0.1 },
    source: { case: "rows", value: { rows } },
  });
  return calibration?.digest ?? expect.unreachable();
}

type Source = { case: "latencyMs"; value: object } | { case: "intervalCovered"; value: object };

interface Judged {
  readonly source: Source;
  readonly lowerIsBetter: boolean;
  readonly minEffect: number;
  readonly bounds?: { readonly least: number; readonly most: number };
  readonly labelDelay?: { readonly seconds: bigint };
}

async function begin(deployment: string, candidate: Release, judged: Judged): Promise<string> {
  const plan = {
    steps: [{ weightBasisPoints: 5_000 }],
    analyses: [{ name: "values", role: AnalysisRole.OBJECTIVE, ...judged }],
  };
  const rollout = { candidate: candidate.name, strategy: Strategy.CANARY, plan };
  return (await platform.connection.rollouts.createRollout({ parent: deployment, rollout })).rollout?.name ?? "";
}

/** Asks for predictions, a few at a time, and says what happened, until the rollout is over. Gives the decision that ended it. */
async function decided(
  deployment: string,
  rollout: string,
  { row, actualOf }: { readonly row: readonly number[]; readonly actualOf: (i: number) => number },
): Promise<RolloutDecision> {
  const { openInference, inference, rollouts } = platform.connection;
  const contents = [new Uint8Array(Float32Array.from(row).buffer)];
  const modelName = deployment.slice(deployment.lastIndexOf("/") + 1);
  const inputs = [{ name: "input", datatype: "FP32", shape: [1n, 3n] }];
  let count = 0;
  const more = async (): Promise<boolean> => {
    const asked = Array.from({ length: 20 }, () =>
      openInference.modelInfer({ modelName, inputs, rawInputContents: contents }),
    );
    const feedback = (await Promise.all(asked)).map(({ parameters }) => ({
      prediction: String(parameters["prediction"]?.parameterChoice.value),
      actual: actualOf(count++),
    }));
    await inference.sendFeedback({ deployment, feedback });
    return ((await rollouts.getRollout({ name: rollout })).rollout?.state ?? 0) >= RolloutState.PROMOTED;
  };
  await expect.poll(more, PATIENCE).toBe(true);
  const [decision] = (await rollouts.listDecisions({ parent: rollout, effectiveOnly: true })).decisions;
  expect((await inference.replayDecision({ decision: decision?.name ?? "" })).differences).toEqual([]);
  return decision ?? expect.unreachable();
}

/** The median latency of a release's answers, as the router counts it. */
async function medianMs(deployment: string, { name }: Release): Promise<number> {
  const { releases } = await platform.connection.inference.getDeploymentMetrics({ deployment });
  return releases.find((it) => it.release === name)?.latencyMsP50 ?? Number.NaN;
}

test(
  "a canary that takes longer is aborted by the latencies of its answers",
  async () => {
    const [quick, slow] = [await releaseOf("answers_a"), await releaseOf("slow")];
    const deployment = await deploy(platform.connection, "slower", quick);
    const judged = { source: { case: "latencyMs" as const, value: {} }, lowerIsBetter: true, minEffect: 5 };
    const rollout = await begin(deployment, slow, judged);
    // The slow one makes as many products of matrices as the row says.
    const decision = await decided(deployment, rollout, { row: [3_000, 0, 0], actualOf: () => 0 });
    expect(decision).toMatchObject({ verdict: Verdict.ABORT, applied: Verdict.ABORT });
    const [evidence] = decision.evidence;
    expect(evidence).toMatchObject({ analysis: "values", method: "mixture", missingCount: 0n });
    const { candidateMean = 0, baselineMean = 0, differenceLow = 0 } = evidence ?? {};
    expect(differenceLow).toBeGreaterThan(0);
    // The mean of a latency is above its median; how far, the machine decides.
    const slowerMs = (await medianMs(deployment, slow)) - (await medianMs(deployment, quick));
    expect(slowerMs).toBeGreaterThan(5);
    expect(candidateMean - baselineMean).toBeGreaterThan(slowerMs / 2);
    expect(candidateMean - baselineMean).toBeLessThan(slowerMs * 3);
    expect(platform.bugs).toEqual([]);
  },
  TIMEOUT_MS,
);

test.each([
  ["narrower", 0.2, Verdict.ABORT],
  ["wider", 2, Verdict.PROMOTE],
] as const)(
  "a canary whose intervals are %s is judged by how often they held what happened",
  async (id, width, verdict) => {
    const baseline = await releaseOf("answers_a", await calibrated(1));
    const candidate = await releaseOf("answers_a", await calibrated(width));
    const deployment = await deploy(platform.connection, id, baseline);
    const judged = {
      source: { case: "intervalCovered" as const, value: {} },
      lowerIsBetter: false,
      minEffect: 0.3,
      bounds: { least: 0, most: 1 },
      labelDelay: { seconds: 1n },
    };
    const rollout = await begin(deployment, candidate, judged);
    // It answers 0.25. A tenth of what happens is 0.05 off, the next 0.15, up to 0.95, in an order that has nothing to do with chance.
    const actualOf = (i: number) => 0.25 + (((i * 7) % 10) + 0.5) / 10;
    const decision = await decided(deployment, rollout, { row: [1, 2, 3], actualOf });
    expect([decision.verdict, decision.applied]).toEqual([verdict, verdict]);
    const [evidence] = decision.evidence;
    expect(evidence).toMatchObject({ method: "betting", baselineCount: expect.anything() });
    // Of 99 residuals the one at rank 90 reaches nine tenths of the width: 0.9 and 0.18, or all there is.
    // Some fifty observations of an arm are enough to decide; three standard errors of so many are below 0.2.
    expect(Math.abs((evidence?.baselineMean ?? 0) - 0.9)).toBeLessThan(0.25);
    expect(Math.abs((evidence?.candidateMean ?? 0) - (width > 1 ? 1 : 0.2))).toBeLessThan(0.25);
    const difference = (width > 1 ? 1 : 0.2) - 0.9;
    expect(evidence?.differenceLow).toBeLessThan(difference);
    expect(evidence?.differenceHigh).toBeGreaterThan(difference);
    expect(platform.bugs).toEqual([]);
  },
  TIMEOUT_MS,
);
