import { type Digest, isDomainError, rowDigest } from "@throughline/kernel";
import type { Catalog } from "../catalog.ts";
import type { BoundService, FeatureService } from "../feature-service.ts";
import type { LoadDeps } from "../load-source.ts";
import { trainingSetName } from "../names.ts";
import type { NamedValues } from "../push-rows.ts";
import type { TrainingSet, TrainingSets } from "../training-set.ts";
import type { Affected, Forgetting } from "./forgetting.ts";
import { countRows, rowMatch } from "./matching.ts";

/** What was made of an artifact, whatever the number of steps. */
export interface Downstream {
  readonly artifacts: readonly { readonly digest: Digest; readonly kind: string; readonly resource: string }[];
  readonly executions: readonly { readonly kind: string; readonly resource: string }[];
  /** True if there is more. */
  readonly isTruncated: boolean;
}

/** Walks the thread. */
export interface LineageWalker {
  downstream(project: string, digest: Digest): Promise<Downstream>;
}

/** Finds predictions by what they are about. */
export interface PredictionFinder {
  /** Names of the predictions of all deployments of a project whose entity values are such. */
  about(project: string, isAbout: (entity: NamedValues) => boolean, signal: AbortSignal): AsyncIterable<string>;
}

/** What finding the affected needs. */
export interface AffectedDeps extends Pick<LoadDeps, "tables" | "blobs"> {
  readonly trainingSets: TrainingSets;
  readonly lineageWalker: LineageWalker;
  /** Undefined: it is not known where predictions are logged. */
  readonly predictionFinder: PredictionFinder | undefined;
  readonly catalog: { readonly services: Pick<Catalog["services"], "everything"> };
  readonly define: {
    service(project: string, id: string, version: number): Promise<FeatureService>;
    bound(service: FeatureService): Promise<BoundService>;
  };
}

/** Who was forgotten, and which files had the rows. */
export interface AffectedRequest {
  readonly forgetting: Forgetting;
  readonly key: Parameters<typeof rowMatch>[1];
  readonly files: ReadonlySet<Digest>;
  readonly signal: AbortSignal;
}

/** What a record says of those who had used the rows. */
export type AffectedFound = Pick<Forgetting, "affected" | "isAffectedTruncated" | "unaffectedTrainingSets"> & {
  /** True if nobody could be asked for predictions. */
  readonly arePredictionsUnknown: boolean;
};

const AFFECTED_MAX = 5_000;

/** Executions that stand for something that goes on: runs are done, deployments serve, logs grow. */
const EXECUTIONS: ReadonlySet<string> = new Set(["RUN", "DEPLOY", "PREDICT"]);

/**
 * The training sets that read a file with the rows and have a row of the entity, and what the thread says was made of them. A set
 * whose features put other entities together from the rows counts as having used them, and so does every set of served rows whose
 * features come from the sources: they do not say whose they are.
 */
export async function findAffected(deps: AffectedDeps, request: AffectedRequest): Promise<AffectedFound> {
  const { forgetting, files } = request;
  const { project } = forgetting;
  const found = new Map<string, Affected>();
  let [isTruncated, unaffected] = [false, 0];
  const add = (it: Affected): void => {
    const key = `${it.kind} ${it.resource} ${it.digest}`;
    if (found.has(key)) return;
    if (found.size < AFFECTED_MAX) found.set(key, it);
    else isTruncated = true;
  };
  for await (const set of everySet(deps.trainingSets, project)) {
    if (set.servedRows === undefined && !set.segmentDigests.some((it) => files.has(it))) continue;
    const rowCount = await rowsOfEntity(deps, request, set);
    if (rowCount === 0) {
      if (set.servedRows === undefined) unaffected += 1;
      continue;
    }
    const resource = trainingSetName.format({ project, trainingSet: set.id });
    add({ kind: "TRAINING_SET", resource, digest: set.digest, rowCount });
    // What was trained names the rows, by their root, or the file.
    for (const start of [set.fileDigest, set.digest]) {
      const below = await deps.lineageWalker.downstream(project, start);
      isTruncated ||= below.isTruncated;
      for (const it of thingsOf(below)) if (it.digest !== set.fileDigest && it.digest !== set.digest) add(it);
    }
  }
  if (files.size > 0)
    for await (const resource of predictionsAbout(deps, request))
      add({ kind: "PREDICTION", resource, digest: undefined, rowCount: 0 });
  return {
    affected: [...found.values()],
    isAffectedTruncated: isTruncated,
    unaffectedTrainingSets: unaffected,
    arePredictionsUnknown: files.size > 0 && deps.predictionFinder === undefined,
  };
}

const thingsOf = ({ artifacts, executions }: Downstream): readonly Affected[] => [
  ...artifacts.map(({ kind, resource, digest }): Affected => ({ kind, resource, digest, rowCount: 0 })),
  ...executions
    .filter((it) => EXECUTIONS.has(it.kind) && it.resource !== "")
    .map(({ kind, resource }): Affected => ({ kind, resource, digest: undefined, rowCount: 0 })),
];

async function* everySet(trainingSets: TrainingSets, project: string): AsyncGenerator<TrainingSet> {
  let token = "";
  do {
    const page = await trainingSets.list(project, { size: 1_000, token });
    yield* page.items;
    token = page.nextPageToken;
  } while (token !== "");
}

/** Rows of a set that are about the entity, by its spine; -1 if that cannot be told. */
async function rowsOfEntity(
  deps: AffectedDeps,
  { forgetting, key, signal }: AffectedRequest,
  set: TrainingSet,
): Promise<number> {
  const service = await deps.define.service(set.project, set.featureService, set.featureServiceVersion);
  const { views } = await deps.define.bound(service);
  const sources = new Set(forgetting.sources.map((it) => it.source));
  const reading = views.filter((it) => sources.has(it.view.source));
  if (reading.some((it) => it.view.entity !== forgetting.entity)) return -1;
  const fields = reading.map(({ keys }) => keys.map((it) => it.field));
  if (fields.length === 0) return 0;
  // Served vectors do not say whose they are.
  if (set.servedRows !== undefined) return -1;
  try {
    const spine = await deps.blobs.localFile(set.spineDigest);
    return await countRows(deps.tables, spine, { match: rowMatch(fields, key), signal });
  } catch (error) {
    if (!isDomainError(error, "NOT_FOUND")) throw error;
    return -1;
  }
}

/** The predictions about the entity: what was served for it was computed from its rows. */
async function* predictionsAbout(
  deps: AffectedDeps,
  { forgetting: { project, entity }, key, signal }: AffectedRequest,
): AsyncGenerator<string> {
  if (!deps.predictionFinder) return;
  const namings = new Map<string, readonly string[]>();
  for await (const service of deps.catalog.services.everything()) {
    if (service.project !== project) continue;
    const { views } = await deps.define.bound(service);
    for (const { view, keys } of views) {
      const fields = keys.map((it) => it.field);
      if (view.entity === entity) namings.set(JSON.stringify(fields), fields);
    }
  }
  const wanted = rowDigest(key);
  const isAbout = (values: NamedValues): boolean =>
    [...namings.values()].some((fields) => rowDigest(fields.map((it) => values.get(it) ?? null)) === wanted);
  yield* deps.predictionFinder.about(project, isAbout, signal);
}
