import { SearchView } from "@throughline/contracts/throughline/tracking/v1/experiment_pb";
import type { Run } from "@throughline/contracts/throughline/tracking/v1/run_pb";
import { TrackingService } from "@throughline/contracts/throughline/tracking/v1/tracking_service_pb";
import { invalidField } from "@throughline/kernel";
import { callerSignal } from "../caller-signal.ts";
import { texts } from "../json-fields.ts";
import { callService, type Endpoint, type MlflowCall, some } from "./endpoint.ts";
import { lastOf } from "./locations.ts";

const EXPERIMENTS_MAX = 20;
/** As many as MLflow gives. */
const SUMMARIES_MAX = 1_000;
/** Runs that are looked at, the newest first. */
const RUNS_MAX = 10_000;
const PAGE = 1_000;

/** Which data sets the runs of some experiments read, each once for what it was used for. MLflow's pages offer them as filters. */
export const DATASET_SUMMARIES: readonly Endpoint[] = [
  { verbs: ["POST"], path: "experiments/search-datasets", answer: findDatasets },
];

async function findDatasets(call: MlflowCall): Promise<unknown> {
  const ids = texts(call.fields, "experiment_ids");
  if (ids.length === 0)
    throw invalidField("experiment_ids", "SearchDatasets request must specify at least one experiment_id");
  if (ids.length > EXPERIMENTS_MAX)
    throw invalidField("experiment_ids", `cannot have more than ${EXPERIMENTS_MAX} experiment_ids, not ${ids.length}`);
  const search = {
    parent: call.project,
    experiments: ids.map((id) => `${call.project}/experiments/${id}`),
    filter: "datasets.name IS NOT NULL",
    view: SearchView.ALL,
    pageSize: PAGE,
  };
  const reading: MlflowCall = { ...call, signal: callerSignal(call.request) };
  const found = new Map<string, unknown>();
  let pageToken = "";
  let seen = 0;
  do {
    const page = await callService(reading, TrackingService.method.searchRuns, { ...search, pageToken });
    for (const summary of page.runs.flatMap(summariesOf)) found.set(JSON.stringify(summary), summary);
    seen += page.runs.length;
    pageToken = page.nextPageToken;
  } while (pageToken !== "" && seen < RUNS_MAX && found.size < SUMMARIES_MAX);
  return { dataset_summaries: some([...found.values()].slice(0, SUMMARIES_MAX)) };
}

const summariesOf = ({ experiment, datasets }: Pick<Run, "experiment" | "datasets">): readonly unknown[] =>
  datasets.map(({ dataset, context }) => ({
    experiment_id: lastOf(experiment),
    name: dataset?.displayName ?? "",
    digest: dataset?.externalDigest || dataset?.digest || "",
    ...(context !== "" && { context }),
  }));
