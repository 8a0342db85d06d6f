import { FeatureStatus } from "@throughline/contracts/throughline/features/v1/online_pb";
import { ArtifactKind } from "@throughline/contracts/throughline/lineage/v1/artifact_pb";
import { LineageDirection } from "@throughline/contracts/throughline/lineage/v1/lineage_service_pb";
import { enumWords } from "./plain-table.ts";
import { count, counted, figure } from "./progress.ts";
import type { Setting } from "./setting.ts";
import { textOf } from "./tables.ts";

/** Follows one prediction back: release, model, run, training set, views, source rows. Every line was read from the platform. */
export async function threadOf({ connection }: Setting, name: string): Promise<readonly string[]> {
  const { prediction } = await connection.inference.getPrediction({ name });
  const { release } = await connection.releases.getRelease({ name: prediction?.release ?? "" });
  const model = Object.values(release?.manifest?.models ?? {})[0];
  const { version } = await connection.registry.getModelVersion({ name: model?.modelVersion ?? "" });
  const { run } = await connection.tracking.getRun({ name: version?.run ?? "" });
  const { trainingSet } = await connection.features.getTrainingSet({ name: version?.trainingSet ?? "" });
  if (!prediction || !release || !version || !run || !trainingSet) throw new Error(`${name} has no thread`);
  const present = prediction.vector?.values.filter((it) => it.status === FeatureStatus.PRESENT).length ?? 0;
  const late = prediction.decisions["late"] ? "late" : "on time";
  return [
    `prediction    ${prediction.name}`,
    `              ${figure(prediction.score)}, called ${late}; ${actualOf(prediction.feedback?.actual)}`,
    `              ${present} of ${prediction.features.length} features had a value; vector ${prediction.vector?.rowDigest}`,
    `release       ${release.name}  ${release.digest}`,
    `model         ${version.name}  ${version.digest}`,
    `              made of ${version.derivedFrom} and the transforms in front of it`,
    await transformsOf({ connection }, version.transformFitDigest),
    `run           ${run.name}, ${run.params["recipe"]}, held-out AUC ${figure(run.metrics.find((it) => it.key === "holdout_auc")?.value ?? Number.NaN)}`,
    `training set  ${trainingSet.name}, ${count(trainingSet.rowCount)} rows, data version ${trainingSet.dataVersion}`,
    `              rows ${trainingSet.digest}; certificate ${trainingSet.certificate?.passed ? "passed" : "FAILED"}`,
    ...(await sourceRows({ connection }, prediction)),
    ...(await sources({ connection }, trainingSet.digest)),
  ];
}

/** A fit is found by its digest, which the release carries. */
async function transformsOf({ connection }: Pick<Setting, "connection">, digest: string): Promise<string> {
  const id = digest.slice("sha256:".length, "sha256:".length + 16);
  const { transformFit } = await connection.transforms.getTransformFit({
    name: `${connection.parent}/transformFits/${id}`,
  });
  return `transforms    ${transformFit?.name}, learned from ${count(transformFit?.rowCount ?? 0n)} rows  ${transformFit?.digest}`;
}

/** Follows a model that learned from predictions: training set, predictions, the releases that gave them, and all that is behind those. */
export async function threadOfModel({ connection }: Setting, name: string): Promise<readonly string[]> {
  const { version } = await connection.registry.getModelVersion({ name });
  const { trainingSet } = await connection.features.getTrainingSet({ name: version?.trainingSet ?? "" });
  if (!version || !trainingSet?.servedRows) throw new Error(`${name} has learned from no predictions`);
  const { window, releases, predictionsDigest, logSegments } = trainingSet.servedRows;
  const { artifacts } = await connection.lineage.getLineage({
    project: connection.parent,
    start: version.digest,
    direction: LineageDirection.UPSTREAM,
    depth: LINEAGE_DEPTH,
  });
  const counts = Map.groupBy(artifacts, (it) => enumWords(ArtifactKind[it.kind]));
  return [
    `model         ${version.name}  ${version.digest}`,
    `training set  ${trainingSet.name}, ${count(trainingSet.rowCount)} rows  ${trainingSet.digest}`,
    `predictions   of ${window?.deployment}, in ${counted(logSegments.length, "sealed segment")}  ${predictionsDigest}`,
    ...releases.map((it) => `release       ${it.release}  ${it.digest}`),
    `behind them   ${[...counts].map(([kind, of]) => `${kind}: ${of.length}`).join(", ")}`,
  ];
}

const LINEAGE_DEPTH = 100;

const actualOf = (actual: number | undefined): string =>
  actual === undefined ? "what came of it is not known" : `it was ${actual === 1 ? "late" : "on time"}`;

type Predicted = Awaited<ReturnType<Setting["connection"]["inference"]["getPrediction"]>>["prediction"];

/** The newest source row behind each view's features. */
async function sourceRows(
  { connection }: Pick<Setting, "connection">,
  prediction: NonNullable<Predicted>,
): Promise<string[]> {
  const { release } = await connection.releases.getRelease({ name: prediction.release });
  const features = release?.manifest?.features;
  if (!features || !prediction.asOf) return [];
  const { views } = await connection.features.traceFeatures({
    featureService: features.featureService,
    version: features.featureServiceVersion,
    row: { values: prediction.entity },
    asOf: prediction.asOf,
    rowLimit: 1,
  });
  return views.flatMap((view) => {
    const row = view.rows[0];
    const id = view.view.split("/").at(-1);
    const head = `view          ${id} version ${view.version}: ${counted(view.rowCount, "row")} of ${view.source}`;
    if (!row) return [head];
    const values = Object.entries(row.values).map(([column, value]) => `${column}=${textOf(value)}`);
    return [head, `              row ${row.rowNumber} of ${row.segmentDigest.slice(0, 19)}…: ${values.join(" ")}`];
  });
}

/** The source segments that the lineage graph reaches from the training set. */
async function sources({ connection }: Pick<Setting, "connection">, digest: string): Promise<string[]> {
  const { artifacts } = await connection.lineage.getLineage({
    project: connection.parent,
    start: digest,
    direction: LineageDirection.UPSTREAM,
  });
  return artifacts
    .filter((it) => it.kind === ArtifactKind.SOURCE_SEGMENT)
    .map((it) => `source        ${it.resource}  ${it.digest}`);
}
