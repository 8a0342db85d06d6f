import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { Code } from "@connectrpc/connect";
import { type Deployment, Strategy } from "@throughline/contracts/throughline/registry/v1/deployment_pb";
import { ModelFormat } from "@throughline/contracts/throughline/registry/v1/model_pb";
import { Verdict } from "@throughline/contracts/throughline/registry/v1/rollout_pb";
import { NUMBER_UNKNOWN } from "../check/same.ts";
import { digestOf, isCode, unlessMissing, upload } from "../content.ts";
import { whole } from "../random.ts";
import { pause } from "./pause.ts";
import type { Load, Writer } from "./writer.ts";

/** The model of all releases that are rolled out. */
const MODEL = "rolled-out";
const WHOLE = 10_000;

/** The deployment at which the writers of a process change rollouts. */
const deploymentOf = (life: number): string => `rollouts-${life}`;

/**
 * Begins rollouts at one deployment, and does to them whatever can be done, as others do at the same time. Each change has a
 * reason of its own, which says what it does.
 */
export const changeRollouts: Writer = async (load) => {
  const releases = await ensureReleases(load);
  const { services, pen, random, life, id } = load;
  const deployment = deploymentOf(life);
  await ensureDeployment(load, releases[0] ?? "");
  for (let number = 1; ; number++) {
    const answer = await services.deployments.getDeployment({ name: `${services.parent}/deployments/${deployment}` });
    if (!answer.deployment) throw new Error(`${deployment} is answered without a deployment`);
    const kinds = answer.deployment.rollout ? CHANGES : (["create"] as const);
    const kind = kinds[whole(random, 0, kinds.length - 1)] ?? "abort";
    const reason = `${id}-${number} ${kind}`;
    const cell = `rollout:${deployment}/${reason}`;
    await pen.write({
      what: "change a rollout",
      changes: [{ cell, value: kind }],
      call: () => change(load, { deployment: answer.deployment as Deployment, releases, kind, reason }),
      // What the plan does not let through is recorded, and changes nothing else.
      learnt: (isEffective) => (isEffective ? [] : [{ cell, value: null }]),
      mayRefuse: (error) => isCode(error, Code.Aborted, Code.FailedPrecondition),
    });
    await pause(random);
  }
};

const CHANGES = [
  ...["decide", "decide", "decide", "decide", "pause", "resume", "resume", "promote", "abort"],
  ...["set traffic", "roll back"],
];

interface Wanted {
  readonly deployment: Deployment;
  readonly releases: readonly string[];
  readonly kind: string;
  readonly reason: string;
}

/** Sends one change; false if it was taken and left everything as it was. */
async function change({ services }: Pick<Load, "services">, wanted: Wanted): Promise<boolean> {
  const { deployments, rollouts } = services;
  const { deployment, releases, kind, reason } = wanted;
  const name = deployment.rollout?.name ?? "";
  const etag = String(deployment.rollout?.revision ?? 0n);
  const served = deployment.traffic.find((it) => it.weightBasisPoints === WHOLE)?.release;
  const other = releases.find((it) => it !== served) ?? "";
  if (kind === "create") {
    const plan = { steps: [{ weightBasisPoints: 100 }, { weightBasisPoints: 5_000 }] };
    const rollout = { candidate: other, strategy: Strategy.CANARY, plan };
    await rollouts.createRollout({ parent: deployment.name, rollout, etag: deployment.etag, reason });
  } else if (kind === "decide") {
    const { rollout } = await rollouts.getRollout({ name });
    const sequence = (rollout?.decisionCount ?? 0n) + 1n;
    const answer = await rollouts.recordDecision({ name, sequence, etag, verdict: Verdict.PROMOTE, reason });
    return answer.decision?.applied === Verdict.PROMOTE;
  } else if (kind === "pause") await rollouts.pauseRollout({ name, etag, reason });
  else if (kind === "resume") await rollouts.resumeRollout({ name, etag, reason });
  else if (kind === "promote") await rollouts.promoteRollout({ name, etag, reason });
  else if (kind === "abort") await rollouts.abortRollout({ name, etag, reason });
  else if (kind === "roll back") await deployments.rollBackDeployment({ name: deployment.name, reason });
  else {
    const traffic = [{ release: other, weightBasisPoints: WHOLE }];
    await deployments.setTraffic({ name: deployment.name, etag: deployment.etag, traffic, reason });
  }
  return true;
}

/** Two releases of one model, the same in every process. */
async function ensureReleases(load: Load): Promise<readonly string[]> {
  const modelVersion = await ensureVersion(load);
  const { services } = load;
  const made: string[] = [];
  for (const threshold of [0.25, 0.75]) {
    const kind = {
      case: "model" as const,
      value: { inputTensor: "X", outputTensor: "probabilities", outputColumn: 1 },
    };
    const { release } = await services.releases.createRelease({
      parent: services.parent,
      manifest: {
        models: { main: { modelVersion } },
        graph: { nodes: [{ name: "main", kind }], outputNode: "main" },
        thresholds: { threshold },
      },
    });
    made.push(release?.name ?? "");
  }
  return made;
}

async function ensureVersion({ services, pen }: Load): Promise<string> {
  const { registry, parent } = services;
  const model = `${parent}/models/${MODEL}`;
  if (!(await unlessMissing(registry.getModel({ name: model }))))
    await pen.write({
      what: "create a model",
      changes: [{ cell: `model:${MODEL}`, value: { description: MODEL } }],
      call: () => registry.createModel({ parent, modelId: MODEL, model: { description: MODEL } }),
      mayRefuse: (error) => isCode(error, Code.AlreadyExists),
    });
  const { versions } = await registry.listModelVersions({ parent: model });
  if (versions[0]) return versions[0].name;
  const bytes = readFileSync(fileURLToPath(new URL("../../../../registry/fixtures/line.onnx", import.meta.url)));
  const digest = digestOf(bytes);
  await pen.write({
    what: "upload a file",
    changes: [{ cell: `artifact:${digest}`, value: bytes.length }],
    call: () => upload(services, bytes),
  });
  const cell = `version:${MODEL}/line`;
  const value = { number: NUMBER_UNKNOWN, stage: "None", tags: {}, files: {} };
  const message = {
    parent: model,
    requestId: MODEL,
    version: { digest, description: "line", format: ModelFormat.ONNX },
  };
  const changes = [{ cell, value }];
  const answer = await pen.write({
    what: "create a model version",
    changes,
    retry: { method: "createModelVersion", request: message, changes },
    call: () => registry.createModelVersion(message),
    learnt: (it) => [{ cell, value: { ...value, number: Number(it.version?.version) } }],
  });
  return answer?.version?.name ?? "";
}

async function ensureDeployment({ services, pen, life }: Load, release: string): Promise<void> {
  const { deployments, parent } = services;
  const deploymentId = deploymentOf(life);
  if (await unlessMissing(deployments.getDeployment({ name: `${parent}/deployments/${deploymentId}` }))) return;
  const reason = "0 deploy";
  await pen.write({
    what: "create a deployment",
    changes: [{ cell: `rollout:${deploymentId}/${reason}`, value: "deploy" }],
    call: () =>
      deployments.createDeployment({
        parent,
        deploymentId,
        deployment: { traffic: [{ release, weightBasisPoints: WHOLE }] },
        reason,
      }),
    mayRefuse: (error) => isCode(error, Code.AlreadyExists),
  });
}
