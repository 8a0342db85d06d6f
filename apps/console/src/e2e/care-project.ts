import { readFile } from "node:fs/promises";
import { join } from "node:path";
import type { JsonObject } from "@bufbuild/protobuf";
import {
  CompactResultSchema,
  RevertResultSchema,
} from "@throughline/contracts/throughline/features/v1/data_version_service_pb";
import { CreateTrainingSetResultSchema } from "@throughline/contracts/throughline/features/v1/feature_store_service_pb";
import {
  CreatePrivacyReportResultSchema,
  ForgetEntityResultSchema,
} from "@throughline/contracts/throughline/features/v1/privacy_service_pb";
import { CreateSkewReportResultSchema } from "@throughline/contracts/throughline/features/v1/skew_service_pb";
import type { TrainingSet } from "@throughline/contracts/throughline/features/v1/training_set_pb";
import {
  ApplyTransformsResultSchema,
  FitTransformsResultSchema,
} from "@throughline/contracts/throughline/features/v1/transform_service_pb";
import { ModelFormat } from "@throughline/contracts/throughline/registry/v1/model_pb";
import { define, joinSet, PARENT, PROJECT, patient, push, SOURCE, string } from "./care-data.ts";
import type { Clients } from "./clients.ts";

/** Names of what pages are opened for. */
export interface CareProject {
  readonly poisoned: string;
  readonly fit: string;
  readonly attached: string;
  readonly servedSet: string;
  readonly researchSet: string;
  readonly skewReport: string;
  readonly privacyReport: string;
  readonly forgetting: string;
  readonly deployment: string;
}

/**
 * Takes a project through all that a feature store keeps: loads of which one is poisoned and reverted, tags, a compaction, transforms
 * in front of a model, a deployment whose log is compared and trained on, and a patient who is forgotten.
 */
export async function makeCareProject(clients: Clients): Promise<CareProject> {
  await define(clients);
  const research = await joinSet(clients, "research", "research");
  const care = await joinSet(clients, "caring", "research");
  const { fit, attached } = await learn(clients, care);
  const deployment = await serve(clients, care, attached);
  const poisoned = await poison(clients, deployment);
  const skewReport = await compare(clients, deployment);
  const servedSet = await trainOnLog(clients, deployment);
  const { privacyReport, forgetting } = await protect(clients, research);
  await clients.finished((await clients.dataVersions.compactSource({ source: SOURCE })).operation, CompactResultSchema);
  return {
    poisoned,
    fit,
    attached,
    deployment,
    skewReport,
    servedSet,
    researchSet: research.name,
    privacyReport,
    forgetting,
  };
}

async function learn(clients: Clients, set: TrainingSet) {
  const { transforms, registry, finished, upload } = clients;
  const definition: JsonObject = {
    columns: [
      { name: "spending__cost", type: "float64" },
      { name: "spending__visits", type: "int64" },
      { name: "weekday", type: "int64" },
    ],
    steps: [
      { kind: "impute", input: "spending__cost", output: "known_cost", with: "median" },
      { kind: "scale", input: "known_cost", output: "scaled_cost", method: "z-score" },
      { kind: "clip", input: "spending__visits", output: "few_visits", min: 0, max: 10 },
    ],
    outputs: [{ name: "input", columns: ["scaled_cost", "few_visits", "weekday"] }],
  };
  const fitting = await transforms.fitTransforms({ parent: PARENT, trainingSet: set.name, definition });
  const fit = (await finished(fitting.operation, FitTransformsResultSchema)).transformFit;
  const applying = await transforms.applyTransforms({ name: fit?.name ?? "", trainingSet: set.name });
  await finished(applying.operation, ApplyTransformsResultSchema);
  const file = join(import.meta.dirname, "../../../inference-router/fixtures/logistic3.onnx");
  await registry.createModel({ parent: PARENT, modelId: "returning", model: { description: "Who comes back" } });
  const { version } = await registry.createModelVersion({
    parent: `${PARENT}/models/returning`,
    version: {
      digest: await upload(PROJECT, await readFile(file)),
      format: ModelFormat.ONNX,
      trainingSet: set.name,
      trainingSetDigest: set.digest,
    },
  });
  const attached = await registry.attachTransforms({
    modelVersion: version?.name ?? "",
    transformFitDigest: fit?.digest ?? "",
  });
  return { fit: fit?.name ?? "", attached: attached.version?.name ?? "" };
}

async function serve(clients: Clients, set: TrainingSet, modelVersion: string): Promise<string> {
  // The model takes each raw feature as a tensor of its own, because transforms are in front of it.
  const tensors = { outputTensor: "probabilities", outputColumn: 1 };
  const { release } = await clients.releases.createRelease({
    parent: PARENT,
    description: "the first release",
    manifest: {
      models: { returning: { modelVersion } },
      graph: { nodes: [{ name: "returning", kind: { case: "model", value: tensors } }], outputNode: "returning" },
      features: { featureService: set.featureService, digest: set.featureServiceDigest },
      certificateDigest: set.certificateDigest,
    },
  });
  const { deployment } = await clients.deployments.createDeployment({
    parent: PARENT,
    deploymentId: "returning",
    deployment: { traffic: [{ release: release?.name ?? "", weightBasisPoints: 10_000 }] },
    reason: "first of all",
  });
  return deployment?.name ?? "";
}

const PREDICTIONS = 24;

/** Pushes a bad load, serves it, and takes it back; the log then has vectors that no join gives any more. */
async function poison(clients: Clients, deployment: string): Promise<string> {
  const { dataVersions, inference, finished } = clients;
  const number = await push(clients, 6, { hoursAgo: (i) => 6 - i, cost: () => 99_999 });
  const predictions: string[] = [];
  for (let i = 0; i < PREDICTIONS; i += 1) predictions.push(await predict(clients, deployment, i));
  const feedback = predictions.map((prediction, i) => ({ prediction, actual: i % 3 === 0 ? 1 : 0 }));
  await inference.sendFeedback({ deployment, feedback });
  const name = `${PARENT}/dataVersions/${number}`;
  const { operation } = await dataVersions.revertDataVersion({ name, reason: "prices in the wrong unit" });
  await finished(operation, RevertResultSchema);
  return name;
}

/** Asks the deployment once, again while it is still loading its release. */
async function predict({ inference }: Clients, deployment: string, i: number): Promise<string> {
  const weekday = { kind: { case: "int64Value" as const, value: BigInt(i % 7) } };
  for (let attempt = 1; ; attempt += 1) {
    try {
      return (await inference.predict({ deployment, entity: { patient: string(patient(i)), weekday } })).prediction;
    } catch (error) {
      if (attempt === 600) throw error;
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
  }
}

async function compare({ skew, finished }: Clients, deployment: string): Promise<string> {
  const { operation } = await skew.createSkewReport({ parent: PARENT, deployment });
  return (await finished(operation, CreateSkewReportResultSchema)).skewReport?.name ?? "";
}

async function trainOnLog({ features, finished }: Clients, deployment: string): Promise<string> {
  const { operation } = await features.createTrainingSet({
    parent: PARENT,
    purpose: "research",
    predictionLog: { deployment, labelDelay: { seconds: 86_400n } },
    certificateRowCount: 20,
  });
  return (await finished(operation, CreateTrainingSetResultSchema)).trainingSet?.name ?? "";
}

/** Measures a training set, and forgets a patient who is in it. */
async function protect({ privacy, finished }: Clients, set: TrainingSet) {
  const measuring = await privacy.createPrivacyReport({
    parent: PARENT,
    trainingSet: set.name,
    demand: { k: 2n, distinctL: 3n },
  });
  const { report } = await finished(measuring.operation, CreatePrivacyReportResultSchema);
  const { operation } = await privacy.forgetEntity({
    entity: `${PARENT}/entities/patient`,
    key: { values: { patient: string(patient(3)) } },
    reason: "asked to be forgotten",
  });
  const { forgetting } = await finished(operation, ForgetEntityResultSchema);
  return { privacyReport: report?.name ?? "", forgetting: forgetting?.name ?? "" };
}
