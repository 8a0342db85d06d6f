import { create } from "@bufbuild/protobuf";
import { SearchView } from "@throughline/contracts/throughline/tracking/v1/experiment_pb";
import { type Run, RunSchema, RunState } from "@throughline/contracts/throughline/tracking/v1/run_pb";
import { TrackingService } from "@throughline/contracts/throughline/tracking/v1/tracking_service_pb";
import { invalidField, MLFLOW_TAGS } from "@throughline/kernel";
import { count, type Fields, objects, optionalText, text, texts } from "../json-fields.ts";
import { hasStoredTexts, textFiller } from "./dataset-texts.ts";
import { withDefaultExperiment } from "./default-experiment.ts";
import { callService, type Endpoint, type MlflowCall, NOTHING } from "./endpoint.ts";
import { jsonParts } from "./json-parts.ts";
import { answerList } from "./list-answer.ts";
import { isAbout, runName, tagOf } from "./logging.ts";
import { inventedName } from "./names.ts";
import { runInfoJson, runJson } from "./run-json.ts";
import { answerText } from "./text-answer.ts";
import { anyTime } from "./time.ts";

const { createRun, deleteRun, getRun, logBatch, restoreRun, searchRuns, updateRun } = TrackingService.method;

const PAGE = { most: 50_000, fallback: 1_000 } as const;

/** Runs: made, read, changed, found. */
export const RUNS: readonly Endpoint[] = [
  { verbs: ["POST"], path: "runs/create", answer: makeRun },
  {
    verbs: ["GET"],
    path: "runs/get",
    async answer(call) {
      const run = await readRun(call, runName(call));
      if (!hasStoredTexts(run)) return { run: runJson(run) };
      return answerText(call, jsonParts({ run: runJson(await textFiller(call)(run)) }));
    },
  },
  { verbs: ["POST"], path: "runs/update", answer: changeRun },
  {
    verbs: ["POST"],
    path: "runs/delete",
    async answer(call) {
      await callService(call, deleteRun, { name: runName(call) });
      return NOTHING;
    },
  },
  {
    verbs: ["POST"],
    path: "runs/restore",
    async answer(call) {
      await callService(call, restoreRun, { name: runName(call) });
      return NOTHING;
    },
  },
  { verbs: ["POST"], path: "runs/search", answer: findRuns },
];

export async function readRun(call: MlflowCall, name: string): Promise<Run> {
  const { run } = await callService(call, getRun, { name });
  return create(RunSchema, run);
}

async function makeRun(call: MlflowCall): Promise<unknown> {
  const { fields, project } = call;
  const tags = Object.fromEntries(objects(fields, "tags").map(tagOf));
  const [named, tagged] = [text(fields, "run_name"), tags[MLFLOW_TAGS.runName] ?? ""];
  if (named !== "" && tagged !== "" && named !== tagged)
    throw invalidField("run_name", "Both 'run_name' and the tag 'mlflow.runName' are given, with different values");
  const given = named || tagged;
  const displayName = given === "" ? inventedName(Math.random) : given;
  const user = text(fields, "user_id");
  const parent = tags[MLFLOW_TAGS.parentRun];
  const startTime = anyTime(fields, "start_time");
  const run = {
    experiment: `${project}/experiments/${text(fields, "experiment_id") || "0"}`,
    displayName,
    parentRun: parent === undefined ? "" : `${project}/runs/${parent}`,
    tags: { ...(user !== "" && { [MLFLOW_TAGS.user]: user }), ...tags, [MLFLOW_TAGS.runName]: displayName },
    ...(startTime && { startTime }),
  };
  const make = (parentRun: string) => callService(call, createRun, { parent: project, run: { ...run, parentRun } });
  const made = await withDefaultExperiment(call, run.experiment, () =>
    make(run.parentRun).catch((error: unknown) => {
      // For MLflow the parent is no more than a tag, which may name what does not exist.
      if (run.parentRun !== "" && isAbout(error, run.parentRun)) return make("");
      throw error;
    }),
  );
  return { run: runJson(create(RunSchema, made.run)) };
}

const STATES: Readonly<Record<string, RunState>> = {
  RUNNING: RunState.RUNNING,
  SCHEDULED: RunState.SCHEDULED,
  FINISHED: RunState.FINISHED,
  FAILED: RunState.FAILED,
  KILLED: RunState.KILLED,
};

/** The numbers of MLflow's enumeration. */
const NAMES_BY_NUMBER: Readonly<Record<number, string>> = {
  1: "RUNNING",
  2: "SCHEDULED",
  3: "FINISHED",
  4: "FAILED",
  5: "KILLED",
};

/**
 * The state that a request names by its name or its number. A name that MLflow does not know changes nothing, as with its own
 * server; a number that it does not know is refused, as there.
 */
function stateOf(fields: Fields): RunState | undefined {
  const value = fields.values["status"];
  const given = typeof value === "number" ? String(value) : text(fields, "status");
  if (Object.hasOwn(STATES, given)) return STATES[given];
  if (!/^\d+$/.test(given)) return undefined;
  const name = NAMES_BY_NUMBER[Number(given)];
  if (name === undefined) throw invalidField("status", `expected one of ${Object.keys(STATES).join(", ")}`);
  return STATES[name];
}

async function changeRun(call: MlflowCall): Promise<unknown> {
  const { fields } = call;
  const name = runName(call);
  const state = stateOf(fields);
  const given = anyTime(fields, "end_time");
  // Clients send the time also with a run that goes on.
  const endTime = state === RunState.RUNNING || state === RunState.SCHEDULED ? undefined : given;
  const displayName = optionalText(fields, "run_name") || undefined;
  const paths = [state && "state", endTime && "end_time", displayName && "display_name"].filter(
    (it) => typeof it === "string",
  );
  if (paths.length === 0) return { run_info: runInfoJson(await readRun(call, name)) };
  const run = { name, ...(state && { state }), ...(endTime && { endTime }), ...(displayName && { displayName }) };
  const { run: changed } = await callService(call, updateRun, { run, updateMask: { paths } });
  if (displayName) await callService(call, logBatch, { run: name, tags: { [MLFLOW_TAGS.runName]: displayName } });
  return { run_info: runInfoJson(create(RunSchema, changed)) };
}

const VIEWS: Readonly<Record<string, SearchView>> = {
  "": SearchView.ACTIVE,
  ACTIVE_ONLY: SearchView.ACTIVE,
  DELETED_ONLY: SearchView.DELETED,
  ALL: SearchView.ALL,
};

/** Which runs or experiments to look at. */
export function viewOf({ fields }: MlflowCall, key: string): SearchView {
  const given = text(fields, key);
  const view = Object.hasOwn(VIEWS, given) ? VIEWS[given] : undefined;
  if (view === undefined) throw invalidField(key, "expected ACTIVE_ONLY, DELETED_ONLY or ALL");
  return view;
}

async function findRuns(call: MlflowCall): Promise<unknown> {
  const { fields, project } = call;
  const experiments = texts(fields, "experiment_ids").map((id) => `${project}/experiments/${id}`);
  // For MLflow no experiments are none, and not all.
  if (experiments.length === 0) return NOTHING;
  const asked = {
    parent: project,
    experiments,
    filter: text(fields, "filter"),
    orderBy: [...texts(fields, "order_by")],
    view: viewOf(call, "run_view_type"),
  };
  const list = { field: "runs", most: count(fields, "max_results", PAGE), pageMost: PAGE.most };
  const fill = textFiller(call);
  const shown = (run: Run) => (hasStoredTexts(run) ? async () => runJson(await fill(run)) : runJson(run));
  return answerList(call, { ...list, pageToken: text(fields, "page_token") }, async (page) => {
    const { runs, nextPageToken } = await callService(call, searchRuns, { ...asked, ...page });
    return { items: runs.map(shown), nextPageToken };
  });
}
