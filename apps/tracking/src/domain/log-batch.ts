import type { Digest } from "@throughline/kernel";
import type { KnownArtifact } from "./artifact.ts";
import { artifactUnknown, paramImmutable } from "./errors.ts";
import type { MetricPoint } from "./metric.ts";
import { checkActive, type DatasetInput, nameOf, type Run, type RunArtifact } from "./run.ts";
import { withFiles } from "./run-files.ts";
import { checkSize } from "./run-size.ts";
import { checkKey, checkTags } from "./text.ts";

/** A file as a caller logs it: its size is known by its digest. */
export type LoggedFile = Pick<RunArtifact, "path" | "mediaType"> & { readonly digest: Digest };

/** What is logged at once. */
export interface LogBatch {
  readonly points: readonly MetricPoint[];
  readonly params: Readonly<Record<string, string>>;
  readonly tags: Readonly<Record<string, string>>;
  readonly datasets: readonly DatasetInput[];
  readonly files: readonly LoggedFile[];
}

/** Checks what can be checked without the run. Fails with INVALID_FIELD. */
export function checkBatch({ points, params, tags }: LogBatch): void {
  for (const [i, { key }] of points.entries()) checkKey(key, `metrics[${i}].key`);
  for (const key of Object.keys(params)) checkKey(key, `params[${JSON.stringify(key)}]`);
  checkTags(tags, "tags");
}

/**
 * The run with everything of the batch but its metrics; the run itself if there is nothing new. `known` has the artifacts
 * of the project among the digests of the files.
 *
 * Fails with RUN_DELETED, PARAM_IMMUTABLE, ARTIFACT_UNKNOWN, RUN_TOO_LARGE, and INVALID_FIELD for paths that collide.
 */
export function loggedRun(run: Run, batch: LogBatch, known: ReadonlyMap<Digest, KnownArtifact>): Run {
  checkActive(run);
  const params = withParams(run, batch.params);
  const tags = withTags(run, batch.tags);
  const datasets = withDatasets(run, batch.datasets);
  const files = batch.files.map((it, i) => fileOf(it, known.get(it.digest), `artifacts[${i}].digest`));
  const artifacts = withFiles(
    run.artifacts,
    files.filter((it) => !run.artifacts.some((old) => sameFile(old, it))),
  );
  const same = params === run.params && tags === run.tags && datasets === run.datasets && artifacts === run.artifacts;
  if (same) return run;
  const next = { ...run, params, tags, datasets, artifacts, revision: run.revision + 1 };
  checkSize(next);
  return next;
}

function withParams(run: Run, params: LogBatch["params"]): Run["params"] {
  const added = Object.entries(params).filter(([key, value]) => {
    if (!Object.hasOwn(run.params, key)) return true;
    if (run.params[key] !== value) throw paramImmutable(nameOf(run), key);
    return false;
  });
  return added.length === 0 ? run.params : { ...run.params, ...Object.fromEntries(added) };
}

function withTags(run: Run, tags: LogBatch["tags"]): Run["tags"] {
  const changed = Object.entries(tags).some(([key, value]) => !Object.hasOwn(run.tags, key) || run.tags[key] !== value);
  return changed ? { ...run.tags, ...tags } : run.tags;
}

/** A data set is the same if its digest, name and context are; what was counted last is kept. */
function withDatasets(run: Run, datasets: readonly DatasetInput[]): Run["datasets"] {
  const identity = (it: DatasetInput): string => JSON.stringify([it.digest, it.displayName, it.context]);
  const known = new Map(run.datasets.map((it) => [identity(it), it]));
  const added = datasets.filter((it) => {
    const before = known.get(identity(it));
    return before === undefined || (it.rowCount !== undefined && it.rowCount !== before.rowCount);
  });
  for (const dataset of added) known.set(identity(dataset), dataset);
  return added.length === 0 ? run.datasets : [...known.values()];
}

function fileOf(file: LoggedFile, artifact: KnownArtifact | undefined, path: string): RunArtifact {
  if (artifact === undefined) throw artifactUnknown(file.digest, path);
  const { sizeBytes, mediaType } = artifact;
  return { path: file.path, digest: file.digest, sizeBytes, mediaType: file.mediaType || mediaType };
}

const sameFile = (a: RunArtifact, b: RunArtifact): boolean =>
  a.path === b.path && a.digest === b.digest && a.mediaType === b.mediaType;
