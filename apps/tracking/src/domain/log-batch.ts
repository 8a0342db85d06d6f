import { type DatasetInput, withDatasets } from "./dataset-input.ts";
import { paramImmutable } from "./errors.ts";
import type { LoggedFile } from "./file-changes.ts";
import type { ModelPoint } from "./logged-model.ts";
import type { MetricPoint } from "./metric.ts";
import { type LoggedModelUse, withUses } from "./model-use.ts";
import { checkActive, nameOf, type Run } from "./run.ts";
import { checkSize } from "./run-size.ts";
import { checkKey, checkTags } from "./text.ts";

/** What is logged at once. */
export interface LogBatch {
  readonly points: readonly MetricPoint[];
  readonly params: Readonly<Record<string, string>>;
  readonly tags: Readonly<Record<string, string>>;
  readonly datasets: readonly DatasetInput[];
  readonly files: readonly LoggedFile[];
  readonly modelInputs: readonly LoggedModelUse[];
  readonly modelOutputs: readonly LoggedModelUse[];
  /** The points that are metrics of logged models too. */
  readonly modelPoints: readonly ModelPoint[];
}

/** Nothing: whoever logs some of it says the rest with this. */
export const EMPTY_BATCH: LogBatch = {
  points: [],
  params: {},
  tags: {},
  datasets: [],
  files: [],
  modelInputs: [],
  modelOutputs: [],
  modelPoints: [],
};

/** Checks what can be checked without the run. Fails with INVALID_FIELD. */
export function checkBatch({ points, params, tags }: LogBatch): void {
  for (const [i, { key }] of points.entries()) checkKey(key, `metrics[${i}].key`);
  for (const key of Object.keys(params)) checkKey(key, `params[${JSON.stringify(key)}]`);
  checkTags(tags, "tags");
}

/**
 * The run with everything of the batch but its metrics and files; the run itself if there is nothing new.
 *
 * Fails with RUN_DELETED, PARAM_IMMUTABLE and RUN_TOO_LARGE.
 */
export function loggedRun(run: Run, batch: LogBatch): Run {
  checkActive(run);
  const params = withParams(run, batch.params);
  const tags = withTags(run, batch.tags);
  const datasets = withDatasets(run.datasets, batch.datasets);
  const modelInputs = withUses(run.modelInputs, batch.modelInputs);
  const modelOutputs = withUses(run.modelOutputs, batch.modelOutputs);
  const parts = { params, tags, datasets, modelInputs, modelOutputs } satisfies Partial<Run>;
  if (Object.entries(parts).every(([part, value]) => run[part as keyof typeof parts] === value)) return run;
  const next = { ...run, ...parts, revision: run.revision + 1 };
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
