import { timestampFromMs } from "@bufbuild/protobuf/wkt";
import {
  type LoggedModelMetric,
  LoggedModelState,
} from "@throughline/contracts/throughline/tracking/v1/logged_model_pb";
import { hasAll, type Import, unlessThere } from "./import.ts";
import { importFiles } from "./import-files.ts";
import type { SourceLoggedModel } from "./source.ts";

type SourceMetric = SourceLoggedModel["metrics"][number];

/** Copies a logged model with its files and metrics. The runs that it names must be there. */
export async function importLoggedModel(work: Import, model: SourceLoggedModel, experiment: string): Promise<void> {
  if (model.id === "") throw new Error("it has no id");
  const { connection, counts } = work;
  const { parent, loggedModels, tracking } = connection;
  const name = `${parent}/loggedModels/${model.id}`;
  const sourceRun = model.sourceRunId === "" ? "" : `${parent}/runs/${model.sourceRunId}`;
  const { modelType, params, tags } = model;
  const loggedModel = { experiment, displayName: model.name, sourceRun, modelType, params, tags };
  await unlessThere(loggedModels.createLoggedModel({ parent, loggedModelId: model.id, loggedModel }));
  await importFiles(work, { kind: "logged model", ...model }, name);
  const metrics: SourceMetric[] = [];
  for (const [run, of] of Map.groupBy(model.metrics, (it) => it.runId)) {
    const known = await asInHistory(work, run, of);
    metrics.push(...known);
    const points = known.map(({ key, value, step, timeMs, datasetName, datasetDigest }) => {
      return { key, value, step, time: timestampFromMs(timeMs), loggedModel: name, datasetName, datasetDigest };
    });
    await tracking.logBatch({ run: `${parent}/runs/${run}`, metrics: points });
  }
  if (model.status !== "PENDING")
    await loggedModels.finalizeLoggedModel({ name, state: LoggedModelState[model.status] });
  const { loggedModel: stored } = await loggedModels.getLoggedModel({ name });
  const same =
    stored !== undefined &&
    LoggedModelState[stored.state] === model.status &&
    hasAll(stored.params, params) &&
    hasAll(stored.tags, tags) &&
    haveSameLatest(metrics, stored.metrics);
  counts.add("logged models", 1, same ? 1 : 0);
  if (!same) counts.problem(`${name} has another state, or other params, tags or metrics, than in MLflow`);
}

type MetricOfDataset = Pick<LoggedModelMetric, "key" | "datasetName" | "datasetDigest">;

/** Each metric is there on each data set, with a value that it has in MLflow. */
function haveSameLatest(metrics: readonly SourceMetric[], stored: readonly LoggedModelMetric[]): boolean {
  const place = ({ key, datasetName, datasetDigest }: MetricOfDataset) => `${key} ${datasetName} ${datasetDigest}`;
  const wanted = Map.groupBy(metrics, place);
  return (
    wanted.size === stored.length &&
    stored.every((it) =>
      wanted.get(place(it))?.some(({ step, value }) => step === it.step && Object.is(value + 0, it.value + 0)),
    )
  );
}

/**
 * MLflow keeps a metric of a model twice, here and in the history of the run, and forgets here that a value is NaN: such
 * a one is given as 0. The history knows.
 */
async function asInHistory(
  { source }: Import,
  run: string,
  metrics: readonly SourceMetric[],
): Promise<readonly SourceMetric[]> {
  const at = ({ key, step, timeMs }: Pick<SourceMetric, "key" | "step" | "timeMs">) => `${step} ${timeMs} ${key}`;
  const doubtful = metrics.filter((it) => it.value === 0);
  const wanted = new Set(doubtful.map(at));
  const known = new Map<string, number>();
  for (const key of new Set(doubtful.map((it) => it.key)))
    for await (const point of source.history(run, key)) {
      const place = at({ ...point, key });
      if (wanted.has(place)) known.set(place, point.value);
    }
  return metrics.map((it) => ({ ...it, value: known.get(at(it)) ?? it.value }));
}
