import { create, toBinary } from "@bufbuild/protobuf";
import type { FeatureService } from "@throughline/contracts/throughline/features/v1/definition_pb";
import { PredictRequestSchema } from "@throughline/contracts/throughline/inference/v1/inference_service_pb";
import { ArtifactKind } from "@throughline/contracts/throughline/lineage/v1/artifact_pb";
import { ModelFormat } from "@throughline/contracts/throughline/registry/v1/model_pb";
import { ValueType } from "@throughline/contracts/throughline/type/v1/value_pb";
import { linearModel } from "../../src/testing-linear-model.ts";
import type { UpProcess } from "../../src/testing-process.ts";
import { deploy, timestamp, uploadBytes, values } from "../../src/testing-shop.ts";

const WIDTH = 10;
/** The ten features. */
export const NAMES: readonly string[] = Array.from({ length: WIDTH }, (_, i) => `f${i}`);
/** Entities that have them, by the ids from 0 on. */
export const ENTITIES = 1_000;

/** Deploys a linear model of ten features twice: as `tensors`, which takes them with the request, and as `keys`, which fetches them. */
export async function deployTenFeatures(up: UpProcess): Promise<void> {
  const { connection } = up;
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

/** A request of `Predict` for one of the entities. */
export const predictMessage = (up: UpProcess, id: number): Uint8Array =>
  toBinary(
    PredictRequestSchema,
    create(PredictRequestSchema, {
      deployment: `${up.connection.parent}/deployments/keys`,
      entity: values({ id: BigInt(id) }),
    }),
  );
