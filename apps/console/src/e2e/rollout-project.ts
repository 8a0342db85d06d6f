import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { durationFromMs } from "@bufbuild/protobuf/wkt";
import { Strategy } from "@throughline/contracts/throughline/registry/v1/deployment_pb";
import { ModelFormat } from "@throughline/contracts/throughline/registry/v1/model_pb";
import { Verdict } from "@throughline/contracts/throughline/registry/v1/rollout_pb";
import { expect } from "vitest";
import type { Clients } from "./clients.ts";

const PROJECT = "rolling";
const PARENT = `projects/${PROJECT}`;
const DEPLOYMENT = `${PARENT}/deployments/late`;

/** A canary in the project `rolling` whose evidence grew over some decisions until it was aborted. Gives its name. */
export async function makeRollout(clients: Clients): Promise<string> {
  const { deployments, rollouts } = clients;
  const [baseline = "", candidate = ""] = await makeReleases(clients, "late");
  const traffic = [{ release: baseline, weightBasisPoints: 10_000 }];
  await deployments.createDeployment({ parent: PARENT, deploymentId: "late", deployment: { traffic } });
  const analysis = {
    name: "loss",
    source: { case: "expression" as const, value: "(score - actual) * (score - actual)" },
    bounds: { least: 0, most: 1 },
    lowerIsBetter: true,
    minEffect: 0.1,
    labelDelay: durationFromMs(1_000),
  };
  const plan = { steps: [{ weightBasisPoints: 1_000, leastObservations: 10n }], analyses: [analysis] };
  const created = await rollouts.createRollout({
    parent: DEPLOYMENT,
    rollout: { candidate, strategy: Strategy.CANARY, plan },
    reason: "a model trained with a leak",
  });
  const name = created.rollout?.name ?? "";
  const looks = [
    { count: 0n, low: -Infinity, high: Infinity, verdict: Verdict.CONTINUE },
    { count: 3n, low: -0.4, high: 0.8, verdict: Verdict.PROMOTE },
    { count: 20n, low: -0.02, high: 0.42, verdict: Verdict.CONTINUE },
    { count: 40n, low: 0.05, high: 0.35, verdict: Verdict.ABORT },
  ];
  // The router tells once that it has seen nothing; nothing is asked of the deployment, so that it has no more to tell.
  const decided = async () => (await rollouts.getRollout({ name })).rollout?.decisionCount;
  await expect.poll(decided, { interval: 20 }).toBe(1n);
  for (const [i, { count, low, high, verdict }] of looks.entries())
    await rollouts.recordDecision({
      name,
      sequence: BigInt(i + 2),
      etag: "1",
      verdict,
      evidence: [
        {
          analysis: "loss",
          verdict,
          candidateCount: count,
          baselineCount: count * 9n,
          candidateMean: count === 0n ? Number.NaN : 0.45,
          baselineMean: count === 0n ? Number.NaN : 0.25,
          differenceLow: low,
          differenceHigh: high,
          alpha: 0.05,
          method: "betting",
        },
      ],
    });
  return name;
}

/** A rollout of two releases whose first step needs approval, under way. Gives its name. */
export async function beginApproved(clients: Clients): Promise<string> {
  const [baseline = "", candidate = ""] = await makeReleases(clients, "approved");
  const traffic = [{ release: baseline, weightBasisPoints: 10_000 }];
  await clients.deployments.createDeployment({ parent: PARENT, deploymentId: "approved", deployment: { traffic } });
  const steps = [{ weightBasisPoints: 500, needsApproval: true, leastDuration: durationFromMs(86_400_000) }];
  const { rollout } = await clients.rollouts.createRollout({
    parent: `${PARENT}/deployments/approved`,
    rollout: { candidate, strategy: Strategy.CANARY, plan: { steps } },
  });
  return rollout?.name ?? "";
}

/** A bandit among two releases, under way, of which nothing was asked. Gives its name. */
export async function beginBandit(clients: Clients): Promise<string> {
  const [baseline = "", candidate = ""] = await makeReleases(clients, "bandit");
  const traffic = [{ release: baseline, weightBasisPoints: 10_000 }];
  await clients.deployments.createDeployment({ parent: PARENT, deploymentId: "bandit", deployment: { traffic } });
  const arms = [baseline, candidate].map((release) => ({ release, floorBasisPoints: 300 }));
  const { rollout } = await clients.rollouts.createRollout({
    parent: `${PARENT}/deployments/bandit`,
    rollout: { candidate, strategy: Strategy.BANDIT, plan: { bandit: { arms } } },
  });
  return rollout?.name ?? "";
}

async function makeReleases({ registry, releases, upload }: Clients, modelId: string): Promise<readonly string[]> {
  const file = join(import.meta.dirname, "../../../inference-router/fixtures/logistic3.onnx");
  const digest = await upload(PROJECT, await readFile(file));
  await registry.createModel({ parent: PARENT, modelId });
  const { version } = await registry.createModelVersion({
    parent: `${PARENT}/models/${modelId}`,
    version: { digest, format: ModelFormat.ONNX },
  });
  const tensors = { inputTensor: "input", outputTensor: "probabilities", outputColumn: 1 };
  const made: string[] = [];
  for (const late of [0.5, 0.6]) {
    const { release } = await releases.createRelease({
      parent: PARENT,
      manifest: {
        models: { late: { modelVersion: version?.name ?? "" } },
        graph: { nodes: [{ name: "late", kind: { case: "model", value: tensors } }], outputNode: "late" },
        thresholds: { late },
      },
    });
    made.push(release?.name ?? "");
  }
  return made;
}
