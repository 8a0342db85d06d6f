import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { CreateNecessityReportResultSchema } from "@throughline/contracts/throughline/features/v1/necessity_service_pb";
import { ModelFormat } from "@throughline/contracts/throughline/registry/v1/model_pb";
import {
  ComputeStatisticsResultSchema,
  EvaluateResultSchema,
} from "@throughline/contracts/throughline/validation/v1/validation_service_pb";
import type { Column, Row } from "@throughline/tables";
import type { Clients } from "./clients.ts";
import { parquet } from "./parquet.ts";
import {
  defineFeatures,
  joinTrainingSet,
  PARENT,
  PROJECT,
  SHOPS,
  type TrainingSetFacts,
  timestamp,
} from "./shop-features.ts";

/** Names of what the small project consists of. */
export interface SmallProject {
  readonly run: string;
  readonly trainingSet: string;
  readonly release: string;
  readonly deployment: string;
  readonly evaluation: string;
  readonly necessityReport: string;
  readonly predictions: readonly string[];
}

/** A name that does harm in a page that takes it for markup. */
export const HOSTILE = `<img src=x onerror="document.title='taken'">`;
/** With a dot: the gateway must not take the address of its page for a file. */
export const MODEL = "buys.v1";

/** Takes one small model all the way through a platform that is running, with every kind of thing that pages show. */
export async function makeSmallProject(clients: Clients): Promise<SmallProject> {
  await defineFeatures(clients);
  const trainingSet = await joinTrainingSet(clients);
  const run = await logRun(clients, trainingSet);
  const release = await registerAndRelease(clients, run, trainingSet);
  const deployment = await deploy(clients, release);
  const predictions = await predictAll(clients, deployment);
  const evaluation = await validate(clients, run, trainingSet.fileDigest);
  const necessityReport = await reportOnFeatures(clients, trainingSet);
  return { run, trainingSet: trainingSet.name, release, deployment, evaluation, necessityReport, predictions };
}

/** The points of a falling loss, from one step on. */
export const lossPoints = (from: number, count: number) =>
  Array.from({ length: count }, (_, i) => ({ key: "loss", value: 1 / (from + i + 1), step: BigInt(from + i) }));

async function logRun({ tracking, upload }: Clients, set: TrainingSetFacts): Promise<string> {
  const { experiment } = await tracking.createExperiment({ parent: PARENT, experiment: { displayName: HOSTILE } });
  const { run } = await tracking.createRun({
    parent: PARENT,
    run: { experiment: experiment?.name ?? "", displayName: "first try", tags: { note: HOSTILE } },
  });
  const digest = await upload(PROJECT, new TextEncoder().encode("<script>document.title = 'taken'</script>"));
  await tracking.logBatch({
    run: run?.name ?? "",
    metrics: lossPoints(0, 20),
    params: { depth: "3", "learning rate": "0.1" },
    datasets: [{ dataset: { digest: set.digest, displayName: set.name, rowCount: set.rowCount }, context: "training" }],
    artifacts: [{ path: "report.html", digest, mediaType: "text/html" }],
  });
  return run?.name ?? "";
}

async function registerAndRelease(clients: Clients, run: string, set: TrainingSetFacts): Promise<string> {
  const { registry, releases, upload } = clients;
  const file = join(import.meta.dirname, "../../../inference-router/fixtures/logistic3.onnx");
  const digest = await upload(PROJECT, await readFile(file));
  const model = `${PARENT}/models/${MODEL}`;
  await registry.createModel({ parent: PARENT, modelId: MODEL, model: { description: "Whether somebody buys" } });
  const { version } = await registry.createModelVersion({
    parent: model,
    version: {
      digest,
      format: ModelFormat.ONNX,
      run,
      metrics: { auc: 0.71 },
      trainingSet: set.name,
      trainingSetDigest: set.digest,
    },
  });
  await registry.setModelAlias({ model, alias: "champion", version: 1n, reason: "the only one there is" });
  const tensors = { inputTensor: "input", outputTensor: "probabilities", outputColumn: 1 };
  const { release } = await releases.createRelease({
    parent: PARENT,
    description: "the first release",
    manifest: {
      models: { buys: { modelVersion: version?.name ?? "" } },
      graph: { nodes: [{ name: "buys", kind: { case: "model", value: tensors } }], outputNode: "buys" },
      features: { featureService: set.featureService, digest: set.featureServiceDigest },
      certificateDigest: set.certificateDigest,
      thresholds: { likely: 0.5 },
    },
  });
  return release?.name ?? "";
}

async function deploy({ deployments }: Clients, release: string): Promise<string> {
  const { deployment } = await deployments.createDeployment({
    parent: PARENT,
    deploymentId: "buys",
    deployment: { traffic: [{ release, weightBasisPoints: 10_000 }] },
    reason: "first of all",
  });
  return deployment?.name ?? "";
}

/** Asks the deployment once, again while it is still loading its release. */
export async function predict({ inference }: Clients, deployment: string, hours: number): Promise<string> {
  const { prediction } = await answered(() =>
    inference.predict({
      deployment,
      entity: {
        shop: { kind: { case: "stringValue", value: SHOPS[hours % 3] ?? "" } },
        weekday: { kind: { case: "int64Value", value: BigInt(hours % 7) } },
      },
      asOf: timestamp(hours),
    }),
  );
  return prediction;
}

/** Asks until there is an answer: a deployment that is new has yet to load its release. */
export async function answered<T>(ask: () => Promise<T>): Promise<T> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await ask();
    } catch (error) {
      if (attempt === 600) throw error;
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
  }
}

async function predictAll(clients: Clients, deployment: string): Promise<readonly string[]> {
  const predictions: string[] = [];
  for (let i = 0; i < 30; i += 1) predictions.push(await predict(clients, deployment, 50 + i));
  const feedback = predictions.map((prediction, i) => ({ prediction, actual: i % 3 === 0 ? 1 : 0 }));
  await clients.inference.sendFeedback({ deployment, feedback });
  return predictions;
}

async function validate(clients: Clients, run: string, trainingDigest: string): Promise<string> {
  const { validation, finished, upload } = clients;
  const computed = await validation.computeStatistics({ parent: PARENT, dataDigest: trainingDigest });
  const { statistics } = await finished(computed.operation, ComputeStatisticsResultSchema);
  const name = statistics?.name ?? "";
  await validation.compareStatistics({ parent: PARENT, baseline: name, current: name });
  const columns: Column[] = [
    { name: "shop", type: "string" },
    { name: "buys", type: "bool" },
    { name: "score", type: "float64" },
  ];
  const rows = Array.from({ length: 300 }, (_, i): Row => [SHOPS[i % 3] ?? "", i % 4 === 0, ((i * 37) % 100) / 100]);
  const { operation } = await validation.evaluate({
    parent: PARENT,
    dataDigest: await upload(PROJECT, await parquet(columns, rows)),
    labelColumn: "buys",
    scoreColumn: "score",
    sliceColumns: ["shop"],
    sliceRowCountMin: 10n,
    subject: run,
  });
  return (await finished(operation, EvaluateResultSchema)).evaluation?.name ?? "";
}

/** With the model that was trained on the set. */
async function reportOnFeatures({ necessity, finished }: Clients, set: TrainingSetFacts): Promise<string> {
  const { operation } = await necessity.createNecessityReport({
    parent: PARENT,
    rows: { case: "trainingSet", value: set.name },
    importance: {
      modelVersion: `${PARENT}/models/${MODEL}/versions/1`,
      outputTensor: "probabilities",
      outputColumn: 1,
    },
    costs: { spending__amount: 5, spending__sales: 1, weekday: 1 },
  });
  return (await finished(operation, CreateNecessityReportResultSchema)).necessityReport?.name ?? "";
}
