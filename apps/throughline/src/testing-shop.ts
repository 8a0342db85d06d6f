import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { setTimeout as delay } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { Code, ConnectError } from "@connectrpc/connect";
import { type Connection, uploadPieces } from "@throughline/client";
import { AggregateFunction, type FeatureService } from "@throughline/contracts/throughline/features/v1/definition_pb";
import { type Artifact, ArtifactKind } from "@throughline/contracts/throughline/lineage/v1/artifact_pb";
import { ModelFormat, type ModelVersion } from "@throughline/contracts/throughline/registry/v1/model_pb";
import type { Release } from "@throughline/contracts/throughline/registry/v1/release_pb";
import { ValueType } from "@throughline/contracts/throughline/type/v1/value_pb";
import type { FeatureValue } from "@throughline/kernel";
import { valueToProto } from "@throughline/rpc";

/** The smallest thing that has everything: shops, what they sell, and how much that was in the last hours. */
export const SHOP = { service: "shop-features", view: "sales", source: "sales", entity: "shop" } as const;

const DAY_S = 86_400n;
const { FLOAT64, INT64, STRING, TIMESTAMP } = ValueType;

/** A sale, with times in whole seconds since 1970. It is known a minute after it happened. */
export interface Sale {
  readonly shop: string;
  readonly amount: bigint;
  readonly timeS: bigint;
}

export const timestamp = (seconds: bigint): FeatureValue => ({ ns: seconds * 1_000_000_000n });

/** The values of a row or of an entity, as requests take them. */
export const values = (row: Readonly<Record<string, FeatureValue>>) =>
  Object.fromEntries(Object.entries(row).map(([name, value]) => [name, valueToProto(value)]));

/** Defines entity and source. */
export async function createShop({ features, parent }: Connection): Promise<void> {
  await features.createEntity({ parent, entityId: SHOP.entity, entity: { keys: [{ name: "shop", type: STRING }] } });
  await features.createSource({
    parent,
    sourceId: SHOP.source,
    source: {
      columns: [
        { name: "shop", type: STRING },
        { name: "amount", type: INT64 },
        { name: "time", type: TIMESTAMP },
        { name: "known", type: TIMESTAMP },
      ],
      eventTimeColumn: "time",
      knowledgeTime: { case: "knowledgeTimeColumn", value: "known" },
    },
  });
}

/** Pushes sales, and gives the digest of their segment. */
export async function pushSales({ features, parent }: Connection, sales: readonly Sale[]): Promise<string> {
  const rows = sales.map(({ shop, amount, timeS }) => ({
    values: values({ shop, amount, time: timestamp(timeS), known: timestamp(timeS + 60n) }),
  }));
  const { segment } = await features.pushRows({ source: `${parent}/sources/${SHOP.source}`, rows });
  return segment?.digest ?? "";
}

/** Applies the view with a window of some days, and a version of the feature service on it: three features. */
export async function applyFeatures({ features, parent }: Connection, days: bigint): Promise<FeatureService> {
  const { featureView } = await features.applyFeatureView({
    parent,
    featureViewId: SHOP.view,
    featureView: {
      entity: `${parent}/entities/${SHOP.entity}`,
      source: `${parent}/sources/${SHOP.source}`,
      features: [
        { name: "amount", kind: { case: "column", value: "amount" } },
        {
          name: "total",
          kind: {
            case: "aggregate",
            value: { function: AggregateFunction.SUM, column: "amount", window: { seconds: days * DAY_S } },
          },
        },
      ],
    },
  });
  const { featureService } = await features.applyFeatureService({
    parent,
    featureServiceId: SHOP.service,
    featureService: {
      views: [{ view: featureView?.name ?? "", version: featureView?.version ?? 0n }],
      requestFeatures: [{ name: "hour", type: FLOAT64 }],
    },
  });
  if (!featureService) throw new Error("the platform answered without the feature service");
  return featureService;
}

/**
 * Three inputs: `answers_a` always answers 0.25 and `answers_b` 0.75; `logistic3` weighs what it is given, `isolation_forest` says how usual
 * it is, and `slow` takes the time that the first says.
 */
export type FixtureModel = "answers_a" | "answers_b" | "isolation_forest" | "logistic3" | "slow";

const OUTPUTS = {
  answers_a: { outputTensor: "score", outputColumn: 0 },
  answers_b: { outputTensor: "score", outputColumn: 0 },
  isolation_forest: { outputTensor: "scores", outputColumn: 0 },
  logistic3: { outputTensor: "probabilities", outputColumn: 1 },
  slow: { outputTensor: "score", outputColumn: 0 },
} as const;

export const digestOf = (bytes: Uint8Array): string => `sha256:${createHash("sha256").update(bytes).digest("hex")}`;

/** Uploads bytes as an artifact. */
export const uploadBytes = (
  connection: Connection,
  bytes: Uint8Array<ArrayBuffer>,
  kind: ArtifactKind = ArtifactKind.FILE,
): Promise<Artifact> => uploadPieces(connection, [bytes], { kind });

/** Where a version of a model comes from. */
export interface Origin {
  readonly run?: string;
  readonly trainingSet?: string;
  readonly trainingSetDigest?: string;
}

/** Registers a model of the fixtures as the next version of the model `name`, which it creates if it is not there. */
export async function registerModel(
  connection: Connection,
  { id, fixture, ...origin }: Origin & { readonly id: string; readonly fixture: FixtureModel },
): Promise<ModelVersion> {
  const { parent, registry } = connection;
  const path = new URL(`../../inference-router/fixtures/${fixture}.onnx`, import.meta.url);
  const { digest } = await uploadBytes(
    connection,
    Uint8Array.from(readFileSync(fileURLToPath(path))),
    ArtifactKind.MODEL,
  );
  const { models } = await registry.listModels({ parent });
  const name = `${parent}/models/${id}`;
  if (!models.some((it) => it.name === name)) await registry.createModel({ parent, modelId: id });
  const made = await registry.createModelVersion({
    parent: name,
    version: { digest, format: ModelFormat.ONNX, ...origin },
  });
  if (!made.version) throw new Error("the platform answered without the version");
  return made.version;
}

/** Makes a release of a model version with a version of the feature service. */
export async function makeRelease(
  { parent, releases }: Connection,
  parts: {
    readonly version: ModelVersion;
    readonly fixture: FixtureModel;
    readonly service: FeatureService;
  },
): Promise<Release> {
  const { version, fixture, service } = parts;
  const { release } = await releases.createRelease({
    parent,
    manifest: {
      models: { score: { modelVersion: version.name } },
      graph: {
        nodes: [{ name: "score", kind: { case: "model", value: { inputTensor: "input", ...OUTPUTS[fixture] } } }],
        outputNode: "score",
      },
      features: { featureService: service.name, featureServiceVersion: service.version },
      thresholds: { high: 0.5 },
    },
  });
  if (!release) throw new Error("the platform answered without the release");
  return release;
}

/** What answers 0.25, and what answers 0.75 to the same. */
export type Releases = Readonly<Record<"answers_a" | "answers_b", Release>>;

/** Makes the shop, with one sale and features of a day, and two releases that read them. */
export async function makeReleases(connection: Connection): Promise<Releases> {
  await createShop(connection);
  await pushSales(connection, [{ shop: "shop-1", amount: 3n, timeS: 1_750_000_000n }]);
  const service = await applyFeatures(connection, 1n);
  const releaseOf = async (fixture: keyof Releases): Promise<Release> => {
    const version = await registerModel(connection, { id: fixture.replace("_", "-"), fixture });
    return makeRelease(connection, { version, fixture, service });
  };
  return { answers_a: await releaseOf("answers_a"), answers_b: await releaseOf("answers_b") };
}

/** Creates a deployment with one release, and waits until it answers. */
export async function deploy(connection: Connection, deploymentId: string, release: Release): Promise<string> {
  const { parent, deployments } = connection;
  const { deployment } = await deployments.createDeployment({
    parent,
    deploymentId,
    deployment: { traffic: [{ release: release.name, weightBasisPoints: 10_000 }] },
    reason: "the first",
  });
  await answering(connection, deploymentId);
  return deployment?.name ?? "";
}

/** Waits until a deployment of the default project answers. */
export async function answering({ openInference }: Connection, deploymentId: string): Promise<void> {
  for (let tries = 0; tries < 6_000; tries++) {
    // Until the router has heard of the deployment it does not know the name.
    const { ready } = await openInference.modelReady({ name: deploymentId }).catch(notReadyIfUnknown);
    if (ready) return;
    await delay(20);
  }
  throw new Error(`${deploymentId} did not get ready`);
}

function notReadyIfUnknown(error: unknown): { readonly ready: boolean } {
  if (ConnectError.from(error).code !== Code.NotFound) throw error;
  return { ready: false };
}
