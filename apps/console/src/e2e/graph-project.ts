import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { CalibrationMethod } from "@throughline/contracts/throughline/registry/v1/calibration_service_pb";
import { ModelFormat } from "@throughline/contracts/throughline/registry/v1/model_pb";
import { ColumnType, CombineMethod, Dependency } from "@throughline/contracts/throughline/registry/v1/release_pb";
import type { Clients } from "./clients.ts";
import { answered } from "./small-project.ts";

const PARENT = "projects/shop";
const SERVICE = `${PARENT}/featureServices/buying`;
const FIXTURES = join(import.meta.dirname, "../../../inference-router/fixtures");

/** Names of a release whose graph has many nodes, and of predictions of it. */
export interface GraphProject {
  readonly release: string;
  /** Answered, by a part of the graph. */
  readonly usual: string;
  /** Refused by the graph's gate. */
  readonly outlier: string;
}

/** Adds to the small project a graph with a gate, a split, a look-up and a model that fails, and a calibration. */
export async function makeGraphProject(clients: Clients): Promise<GraphProject> {
  const release = await makeRelease(clients);
  const { deployment } = await clients.deployments.createDeployment({
    parent: PARENT,
    deploymentId: "graph",
    deployment: { traffic: [{ release, weightBasisPoints: 10_000 }] },
  });
  const ask = async (weekday: bigint): Promise<string> => {
    const { prediction } = await answered(() =>
      clients.inference.predict({
        deployment: deployment?.name ?? "",
        entity: {
          shop: { kind: { case: "stringValue", value: "north" } },
          rival: { kind: { case: "stringValue", value: "south" } },
          weekday: { kind: { case: "int64Value", value: weekday } },
        },
        asOf: { seconds: 1_700_200_000n },
      }),
    );
    return prediction;
  };
  const usual = await ask(4n);
  const outlier = await ask(40n);
  const feedback = [{ prediction: usual, actual: 1 }];
  await clients.inference.sendFeedback({ deployment: deployment?.name ?? "", feedback });
  return { release, usual, outlier };
}

async function makeRelease(clients: Clients): Promise<string> {
  const model = (inputs: string[], outputTensor: string, outputColumn: number) => ({
    case: "model" as const,
    value: { inputTensor: "input", outputTensor, outputColumn, inputs },
  });
  const zero = (name: string) => ({ name, expression: "0.0", type: ColumnType.DOUBLE });
  const branches = ["own", "rivals"].map((node) => ({ node, weightBasisPoints: 5_000 }));
  const { release } = await clients.releases.createRelease({
    parent: PARENT,
    description: "a graph of many nodes",
    manifest: {
      models: {
        own: { modelVersion: await register(clients, "own", "logistic3") },
        rivals: { modelVersion: await register(clients, "rivals", "logistic3") },
        broken: { modelVersion: await register(clients, "broken", "not_a_number") },
      },
      graph: {
        nodes: [
          {
            name: "gate",
            kind: {
              case: "outlierGate",
              value: {
                inputs: ["day"],
                falsePositiveRate: 0.01,
                passNode: "mean",
                method: { case: "mahalanobis", value: { mean: [3], inverseCovariance: [1], limit: 9.5 } },
              },
            },
          },
          {
            name: "day",
            kind: {
              case: "transform",
              value: { outputs: [{ name: "day", expression: "double(weekday)", type: ColumnType.DOUBLE }] },
            },
          },
          {
            name: "mean",
            kind: { case: "combine", value: { inputs: ["chosen", "broken"], method: CombineMethod.MEAN } },
          },
          { name: "chosen", kind: { case: "split", value: { branches } } },
          { name: "own", kind: model([], "probabilities", 1) },
          { name: "rivals", kind: model(["rival"], "probabilities", 1) },
          {
            name: "rival",
            kind: {
              case: "enrich",
              value: {
                featureService: SERVICE,
                keys: [{ key: "shop", source: { case: "requestField", value: "rival" } }],
              },
            },
          },
          { name: "broken", kind: model(["nothing"], "score", 0), dependency: Dependency.SOFT },
          { name: "nothing", kind: { case: "transform", value: { outputs: ["a", "b", "c"].map(zero) } } },
        ],
        outputNode: "gate",
      },
      features: { featureService: SERVICE },
      thresholds: { likely: 0.5 },
      calibrationDigest: await calibrate(clients),
    },
  });
  return release?.name ?? "";
}

async function register({ registry, upload }: Clients, modelId: string, fixture: string): Promise<string> {
  const digest = await upload("shop", await readFile(join(FIXTURES, `${fixture}.onnx`)));
  await registry.createModel({ parent: PARENT, modelId });
  const { version } = await registry.createModelVersion({
    parent: `${PARENT}/models/${modelId}`,
    version: { digest, format: ModelFormat.ONNX },
  });
  return version?.name ?? "";
}

/** Of residuals from 0 to 0.99, twice: answers are given or taken 0.9 or so. */
async function calibrate({ calibrations }: Clients): Promise<string> {
  const rows = Array.from({ length: 200 }, (_, i) => ({
    predictions: [0],
    actual: (i % 100) / 100,
    group: i < 100 ? "north" : "south",
  }));
  const { calibration } = await calibrations.createCalibration({
    parent: PARENT,
    settings: { method: CalibrationMethod.ABSOLUTE_RESIDUAL, alpha: 0.1, groupField: "shop", groupRowsLeast: 50 },
    source: { case: "rows", value: { rows } },
  });
  return calibration?.digest ?? "";
}
