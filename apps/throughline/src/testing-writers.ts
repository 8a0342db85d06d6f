import { randomBytes } from "node:crypto";
import { type Connection, wait } from "@throughline/client";
import { MaterializeResultSchema } from "@throughline/contracts/throughline/features/v1/feature_store_service_pb";
import { FeatureStatus } from "@throughline/contracts/throughline/features/v1/online_pb";
import { ModelFormat } from "@throughline/contracts/throughline/registry/v1/model_pb";
import type { Release } from "@throughline/contracts/throughline/registry/v1/release_pb";
import { ComputeStatisticsResultSchema } from "@throughline/contracts/throughline/validation/v1/validation_service_pb";
import { valueFromProto } from "@throughline/rpc";
import type { Ledger } from "./testing-ledger.ts";
import { uploadTable } from "./testing-parquet.ts";
import {
  applyFeatures,
  createShop,
  deploy,
  digestOf,
  makeRelease,
  pushSales,
  registerModel,
  SHOP,
  uploadBytes,
  values,
} from "./testing-shop.ts";

/** What the writers write to, made before the first kill. */
export interface Ground {
  readonly deployment: string;
  readonly releases: readonly Release[];
  readonly experiment: string;
  readonly model: string;
  readonly tableDigest: string;
}

/** Defines features, two releases and a deployment that answers. */
export async function prepareGround(connection: Connection, dir: string): Promise<Ground> {
  await createShop(connection);
  await pushSales(connection, [{ shop: "first", amount: 1n, timeS: 1_750_000_000n }]);
  const service = await applyFeatures(connection, 1n);
  await wait(
    connection,
    (await connection.features.materialize({ featureService: service.name })).operation,
    MaterializeResultSchema,
  );
  const releases: Release[] = [];
  for (const fixture of ["answers_a", "answers_b"] as const) {
    const version = await registerModel(connection, { id: "served", fixture });
    releases.push(await makeRelease(connection, { version, fixture, service }));
  }
  const { parent, registry, tracking } = connection;
  const { experiment } = await tracking.createExperiment({ parent, experiment: { displayName: "durable" } });
  const { model } = await registry.createModel({ parent, modelId: "written" });
  const rows = Array.from({ length: 20 }, (_, i) => [i]);
  return {
    deployment: await deploy(connection, "durable", releases[0] as Release),
    releases,
    experiment: experiment?.name ?? "",
    model: model?.name ?? "",
    tableDigest: await uploadTable(connection, dir, { columns: [{ name: "x", type: "float64" }], rows }),
  };
}

export interface Writing {
  readonly connection: Connection;
  readonly ground: Ground;
  readonly ledger: Ledger;
  /** Grows by one with every call of a writer, over all rounds. */
  readonly number: number;
}

/** One acknowledged write, or several that belong together; each is noted as soon as it was acknowledged. */
export type Writer = (writing: Writing) => Promise<void>;

const writeRun: Writer = async ({ connection: { tracking, parent }, ground, ledger, number }) => {
  const displayName = `run ${number}`;
  const { run } = await tracking.createRun({ parent, run: { experiment: ground.experiment, displayName } });
  const name = run?.name ?? "";
  ledger.note(`run ${name}`, displayName, async (on) => (await on.tracking.getRun({ name })).run?.displayName);
  const metrics = Array.from({ length: 20 }, (_, step) => ({
    key: "loss",
    value: number / (step + 1),
    step: BigInt(step),
  }));
  await tracking.logBatch({ run: name, metrics, params: { number: String(number) }, tags: { kind: "kept" } });
  ledger.note(
    `metrics of ${name}`,
    metrics.map((it) => it.value),
    async (on) => (await on.tracking.getMetricHistory({ run: name, key: "loss" })).metrics.map((it) => it.value),
  );
  ledger.note(`param and tag of ${name}`, [String(number), "kept"], async (on) => {
    const { run: read } = await on.tracking.getRun({ name });
    return [read?.params["number"], read?.tags["kind"]];
  });
};

const writeExperiment: Writer = async ({ connection: { tracking, parent }, ledger, number }) => {
  const { experiment } = await tracking.createExperiment({
    parent,
    experiment: { displayName: `experiment ${number}` },
  });
  const name = experiment?.name ?? "";
  ledger.note(
    name,
    `experiment ${number}`,
    async (on) => (await on.tracking.getExperiment({ name })).experiment?.displayName,
  );
};

const writeArtifact: Writer = async ({ connection, ledger }) => {
  const { digest } = await uploadBytes(connection, Uint8Array.from(randomBytes(100_000)));
  ledger.note(`artifact ${digest}`, digest, async (on) => {
    const pieces: Uint8Array[] = [];
    for await (const { data } of on.artifacts.downloadArtifact({ name: `${on.parent}/artifacts/${digest}` }))
      pieces.push(data);
    return digestOf(Buffer.concat(pieces));
  });
};

const writeSale: Writer = async ({ connection, ledger, number }) => {
  const shop = `shop-${number}`;
  const segment = await pushSales(connection, [
    { shop, amount: BigInt(number), timeS: 1_750_000_000n + BigInt(number) },
  ]);
  ledger.note(`segment ${segment}`, true, async (on) => {
    const { source } = await on.features.getSource({ name: `${on.parent}/sources/${SHOP.source}` });
    return source?.segments.some((it) => it.digest === segment);
  });
  ledger.note(`online value of ${shop}`, [FeatureStatus.PRESENT, BigInt(number)], async (on) => {
    const featureService = `${on.parent}/featureServices/${SHOP.service}`;
    const rows = [{ values: values({ shop, hour: 1 }) }];
    const [vector] = (await on.features.getOnlineFeatures({ featureService, version: 1n, rows })).vectors;
    return [vector?.values[0]?.status, valueFromProto(vector?.values[0]?.value)];
  });
};

const writeFeatures: Writer = async ({ connection, ledger, number }) => {
  const { name, version, digest, views } = await applyFeatures(connection, BigInt(number + 10));
  ledger.note(
    `${name} version ${version}`,
    digest,
    async (on) => (await on.features.getFeatureService({ name, version })).featureService?.digest,
  );
  const [view] = views;
  ledger.note(
    `${view?.view} version ${view?.version}`,
    view?.digest,
    async (on) =>
      (await on.features.getFeatureView({ name: view?.view ?? "", version: view?.version ?? 0n })).featureView?.digest,
  );
};

const writeModel: Writer = async ({ connection, ground, ledger, number }) => {
  const { registry } = connection;
  const { digest } = await uploadBytes(connection, Uint8Array.from(Buffer.from(`model ${number}`)));
  const made = await registry.createModelVersion({
    parent: ground.model,
    version: { digest, format: ModelFormat.OPAQUE },
  });
  const { name = "", version = 0n } = made.version ?? {};
  ledger.note(name, digest, async (on) => (await on.registry.getModelVersion({ name })).version?.digest);
  const { model } = await registry.setModelAlias({
    model: ground.model,
    alias: "newest",
    version,
    reason: `number ${number}`,
  });
  ledger.note(`alias at version ${version}, ${model?.name}`, version, async (on) => {
    const { changes } = await on.registry.listAliasChanges({ model: ground.model, alias: "newest" });
    return changes.find((it) => it.change?.reason === `number ${number}`)?.version;
  });
};

const writeRelease: Writer = async ({ connection: { releases, parent }, ground, ledger, number }) => {
  const manifest = ground.releases[0]?.manifest;
  if (!manifest) throw new Error("the release came without its manifest");
  const { release } = await releases.createRelease({
    parent,
    manifest: { ...manifest, thresholds: { high: (number % 1_000) / 1_000 + 1e-6 * number } },
  });
  const { name = "", digest } = release ?? {};
  ledger.note(name, digest, async (on) => (await on.releases.getRelease({ name })).release?.digest);
};

const writeTraffic: Writer = async ({ connection: { deployments }, ground, ledger, number }) => {
  const name = ground.deployment;
  const [a, b] = ground.releases.map((it) => it.name);
  const traffic = [
    { release: a ?? "", weightBasisPoints: 10_000 - (number % 9_999) },
    { release: b ?? "", weightBasisPoints: number % 9_999 },
  ];
  const { deployment } = await deployments.setTraffic({ name, traffic, reason: `number ${number}` });
  const revision = deployment?.change?.revision;
  ledger.note(`revision ${revision} of ${name}`, [`number ${number}`, number % 9_999], async (on) => {
    const { states } = await on.deployments.listDeploymentChanges({ name });
    const found = states.find((it) => it.deployment?.change?.revision === revision)?.deployment;
    const second = found?.traffic.find((it) => it.release === b);
    return [found?.change?.reason, second?.weightBasisPoints ?? 0];
  });
};

const writePrediction: Writer = async ({ connection: { inference }, ground, ledger, number }) => {
  const { deployment } = ground;
  for (let i = 0; i < 10; i++) {
    const answer = await inference.predict({ deployment, entity: values({ shop: "first", hour: number + i / 10 }) });
    const { prediction: name, score, rowDigest, release } = answer;
    ledger.note(name, [score, rowDigest, release], async (on) => {
      const { prediction } = await on.inference.getPrediction({ name });
      return [prediction?.score, prediction?.vector?.rowDigest, prediction?.release];
    });
    if (i > 0) continue;
    await inference.sendFeedback({ deployment, feedback: [{ prediction: name, actual: number % 2 }] });
    ledger.note(
      `feedback of ${name}`,
      number % 2,
      async (on) => (await on.inference.getPrediction({ name })).prediction?.feedback?.actual,
    );
  }
};

const writeStatistics: Writer = async ({ connection, ground, ledger }) => {
  const { parent, validation } = connection;
  const { operation } = await validation.computeStatistics({ parent, dataDigest: ground.tableDigest });
  const started = operation?.name ?? "";
  ledger.note(started, started, async (on) => (await on.operations.getOperation({ name: started })).operation?.name);
  const { statistics } = await wait(connection, operation, ComputeStatisticsResultSchema);
  const { name = "", digest } = statistics ?? {};
  ledger.note(name, digest, async (on) => (await on.validation.getStatistics({ name })).statistics?.digest);
};

/** A writer for everything that the platform keeps. */
export const WRITERS: readonly Writer[] = [
  writeRun,
  writeExperiment,
  writeArtifact,
  writeSale,
  writeFeatures,
  writeModel,
  writeRelease,
  writeTraffic,
  writePrediction,
  writeStatistics,
];
