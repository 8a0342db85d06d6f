/**
 * Predictions by entity key beside the same model on tensors, in the platform as one process: 10 features of one entity,
 * fetched, answered and logged, and 10 floats that come with the request. `--seconds N` for each (3), `--rounds N` (2).
 * Needs h2load. Read the ratio of requests per second of server CPU.
 */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { create, toBinary } from "@bufbuild/protobuf";
import { ModelInferRequestSchema } from "@throughline/contracts/inference/open_inference_pb";
import type { FeatureService } from "@throughline/contracts/throughline/features/v1/definition_pb";
import { PredictRequestSchema } from "@throughline/contracts/throughline/inference/v1/inference_service_pb";
import { ArtifactKind } from "@throughline/contracts/throughline/lineage/v1/artifact_pb";
import { ModelFormat } from "@throughline/contracts/throughline/registry/v1/model_pb";
import { ValueType } from "@throughline/contracts/throughline/type/v1/value_pb";
// By path: what every bench loads servers with.
import { h2load } from "../../gateway/bench/load/load-programs.ts";
import { cpuSeconds } from "../../gateway/bench/load/process-cost.ts";
import { linearModel } from "../src/testing-linear-model.ts";
import { startUp, type UpProcess } from "../src/testing-process.ts";
import { deploy, timestamp, uploadBytes, values } from "../src/testing-shop.ts";

const { values: flags } = parseArgs({
  options: { seconds: { type: "string", default: "3" }, rounds: { type: "string", default: "2" } },
});
const WIDTH = 10;
const ENTITIES = 1_000;
const NAMES = Array.from({ length: WIDTH }, (_, i) => `f${i}`);

const folder = await mkdtemp(join(tmpdir(), "served-features-"));
const up = await startUp("--data", join(folder, "data"));
try {
  await prepare(up);
  for (let round = 0; round < Number(flags.rounds); round++) {
    const tensors = await load(
      "10 floats with the request",
      "inference.GRPCInferenceService/ModelInfer",
      inferMessage(),
    );
    const keys = await load(
      "10 features by entity key",
      "throughline.inference.v1.InferenceService/Predict",
      predictMessage(),
    );
    console.log(`by key: ${((100 * keys) / tensors).toFixed(0)} % of the figure without`);
  }
} finally {
  await up.stop();
  await rm(folder, { recursive: true, force: true });
}

async function prepare({ connection }: UpProcess): Promise<void> {
  const { parent, registry, releases } = connection;
  const service = await defineFeatures(up);
  const { digest } = await uploadBytes(connection, linearModel(NAMES.map((_, i) => i / WIDTH)), ArtifactKind.MODEL);
  await registry.createModel({ parent, modelId: "linear" });
  const made = await registry.createModelVersion({
    parent: `${parent}/models/linear`,
    version: { digest, format: ModelFormat.ONNX },
  });
  const graph = {
    nodes: [
      {
        name: "score",
        kind: { case: "model" as const, value: { inputTensor: "input", outputTensor: "score", outputColumn: 0 } },
      },
    ],
    outputNode: "score",
  };
  const models = { score: { modelVersion: made.version?.name ?? "" } };
  const features = { featureService: service.name, featureServiceVersion: service.version };
  for (const [id, manifest] of Object.entries({ tensors: { models, graph }, keys: { models, graph, features } })) {
    const { release } = await releases.createRelease({ parent, manifest });
    if (!release) throw new Error("the platform answered without the release");
    await deploy(connection, id, release);
  }
}

/** Ten features of the newest row of an entity, which are pushed for a thousand of them. */
async function defineFeatures({ connection: { features, parent } }: UpProcess): Promise<FeatureService> {
  const keys = [{ name: "id", type: ValueType.INT64 }];
  await features.createEntity({ parent, entityId: "thing", entity: { keys } });
  const times = ["at", "known"].map((name) => ({ name, type: ValueType.TIMESTAMP }));
  await features.createSource({
    parent,
    sourceId: "things",
    source: {
      columns: [...keys, ...times, ...NAMES.map((name) => ({ name, type: ValueType.FLOAT64 }))],
      eventTimeColumn: "at",
      knowledgeTime: { case: "knowledgeTimeColumn", value: "known" },
    },
  });
  const { featureView } = await features.applyFeatureView({
    parent,
    featureViewId: "things",
    featureView: {
      entity: `${parent}/entities/thing`,
      source: `${parent}/sources/things`,
      features: NAMES.map((name) => ({ name, kind: { case: "column", value: name } })),
    },
  });
  const { featureService } = await features.applyFeatureService({
    parent,
    featureServiceId: "things",
    featureService: { views: [{ view: featureView?.name ?? "", version: featureView?.version ?? 0n }] },
  });
  if (!featureService) throw new Error("the platform answered without the feature service");
  const rowOf = (id: number) => ({
    id: BigInt(id),
    at: timestamp(1_700_000_000n),
    known: timestamp(1_700_000_060n),
    ...Object.fromEntries(NAMES.map((name, i) => [name, id / (i + 1)])),
  });
  const rows = Array.from({ length: ENTITIES }, (_, id) => ({ values: values(rowOf(id)) }));
  await features.pushRows({ source: `${parent}/sources/things`, rows });
  return featureService;
}

function inferMessage(): Uint8Array {
  const request = create(ModelInferRequestSchema, {
    modelName: "tensors",
    inputs: [{ name: "input", datatype: "FP32", shape: [1n, BigInt(WIDTH)] }],
    rawInputContents: [new Uint8Array(Float32Array.from(NAMES, (_, i) => i).buffer)],
  });
  return toBinary(ModelInferRequestSchema, request);
}

function predictMessage(): Uint8Array {
  const deployment = `${up.connection.parent}/deployments/keys`;
  return toBinary(PredictRequestSchema, create(PredictRequestSchema, { deployment, entity: values({ id: 7n }) }));
}

/** Requests per second of server CPU, from 32 callers on 8 connections. */
async function load(name: string, method: string, message: Uint8Array): Promise<number> {
  const drive = (seconds: number) =>
    h2load({ url: `${up.grpcUrl}/${method}`, callers: 32, connections: 8, seconds }, message);
  await drive(2);
  const before = cpuSeconds(up.pid);
  const { jobs, seconds } = await drive(Number(flags.seconds));
  const perCpuSecond = jobs / (cpuSeconds(up.pid) - before);
  console.log(`${name.padEnd(28)} ${(jobs / seconds).toFixed(0)}/s, ${perCpuSecond.toFixed(0)} per processor second`);
  return perCpuSecond;
}
