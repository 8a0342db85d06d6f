import { create } from "@bufbuild/protobuf";
import {
  type Experiment,
  ExperimentSchema,
  LifecycleStage,
} from "@throughline/contracts/throughline/tracking/v1/experiment_pb";
import { TrackingService } from "@throughline/contracts/throughline/tracking/v1/tracking_service_pb";
import { invalidField } from "@throughline/kernel";
import { count, type Fields, objects, optionalText, pathOf, requiredText, text, texts } from "../json-fields.ts";
import {
  DEFAULT_TITLE,
  defaultExperiment,
  makeDefaultExperiment,
  withDefaultExperiment,
} from "./default-experiment.ts";
import { callService, type Endpoint, type MlflowCall, NOTHING, some } from "./endpoint.ts";
import { isNotFound, noSuch } from "./errors.ts";
import { answerList } from "./list-answer.ts";
import { checkedArtifactLocation, experimentUri, lastOf } from "./locations.ts";
import { checkedKey } from "./names.ts";
import { pairsJson, stageJson } from "./run-json.ts";
import { viewOf } from "./runs.ts";
import { msOf } from "./time.ts";

const service = TrackingService.method;

const TITLE_LENGTH_MAX = 500;
const PAGE = { most: 50_000, fallback: 1_000 } as const;

/** Experiments: made, read, changed, found. */
export const EXPERIMENTS: readonly Endpoint[] = [
  { verbs: ["POST"], path: "experiments/create", answer: makeExperiment },
  {
    verbs: ["GET"],
    path: "experiments/get",
    answer: async (call) => ({ experiment: experimentJson(await readExperiment(call, experimentName(call))) }),
  },
  { verbs: ["GET"], path: "experiments/get-by-name", answer: readByTitle },
  {
    verbs: ["POST"],
    path: "experiments/delete",
    async answer(call) {
      const { name } = await experimentIn(call, LifecycleStage.ACTIVE);
      await callService(call, service.deleteExperiment, { name });
      return NOTHING;
    },
  },
  {
    verbs: ["POST"],
    path: "experiments/restore",
    async answer(call) {
      const { name } = await experimentIn(call, LifecycleStage.DELETED);
      await callService(call, service.restoreExperiment, { name });
      return NOTHING;
    },
  },
  { verbs: ["POST"], path: "experiments/update", answer: renameExperiment },
  { verbs: ["POST", "GET"], path: "experiments/search", answer: findExperiments },
  {
    verbs: ["POST"],
    path: "experiments/set-experiment-tag",
    async answer(call) {
      const [key, value] = experimentTag(call.fields);
      await tag(call, { tags: { [key]: value } });
      return NOTHING;
    },
  },
  {
    verbs: ["POST"],
    path: "experiments/delete-experiment-tag",
    async answer(call) {
      const key = requiredText(call.fields, "key");
      const experiment = await readExperiment(call, experimentName(call));
      if (!Object.hasOwn(experiment.tags, key)) throw noSuch(`A tag ${key} of this experiment`);
      await tag(call, { removedKeys: [key] });
      return NOTHING;
    },
  },
];

const experimentName = ({ project, fields }: MlflowCall): string =>
  `${project}/experiments/${requiredText(fields, "experiment_id")}`;

async function readExperiment(call: MlflowCall, name: string): Promise<Experiment> {
  const read = () => callService(call, service.getExperiment, { name });
  return create(ExperimentSchema, (await withDefaultExperiment(call, name, read)).experiment);
}

/** The experiment, which for MLflow is not there unless it is in the stage that the call leads out of. */
async function experimentIn(call: MlflowCall, stage: LifecycleStage): Promise<Experiment> {
  const experiment = await readExperiment(call, experimentName(call));
  if (experiment.lifecycleStage !== stage) throw noSuch(`An ${stageJson(stage)} experiment ${lastOf(experiment.name)}`);
  return experiment;
}

async function makeExperiment(call: MlflowCall): Promise<unknown> {
  const { fields, project } = call;
  const displayName = title(fields, "name");
  checkedArtifactLocation(text(fields, "artifact_location"));
  const tags = Object.fromEntries(objects(fields, "tags").map(experimentTag));
  const make = service.createExperiment;
  const { experiment } = await callService(call, make, { parent: project, experiment: { displayName, tags } });
  return { experiment_id: lastOf(experiment?.name ?? "") };
}

function title(fields: Fields, key: string): string {
  const given = requiredText(fields, key);
  if ([...given].length > TITLE_LENGTH_MAX)
    throw invalidField(key, `exceeds the maximum length of ${TITLE_LENGTH_MAX} characters`);
  return given;
}

const experimentTag = (fields: Fields): readonly [string, string] => [
  checkedKey(text(fields, "key"), pathOf(fields, "key")),
  text(fields, "value"),
];

const tag = (call: MlflowCall, change: { readonly tags?: Record<string, string>; readonly removedKeys?: string[] }) =>
  withDefaultExperiment(call, experimentName(call), () =>
    callService(call, service.setExperimentTags, { name: experimentName(call), ...change }),
  );

/** One that is in use comes before deleted ones of the same title. */
async function readByTitle(call: MlflowCall): Promise<unknown> {
  const displayName = requiredText(call.fields, "experiment_name");
  const find = async (showDeleted: boolean): Promise<Experiment | undefined> => {
    const asked = { parent: call.project, displayName, showDeleted, pageSize: 1 };
    const { experiments } = await callService(call, service.listExperiments, asked);
    return experiments[0];
  };
  let found = (await find(false)) ?? (await find(true));
  if (!found && displayName === DEFAULT_TITLE && (await makeDefaultExperiment(call))) found = await find(false);
  if (!found) throw noSuch(`An experiment with the name ${displayName.slice(0, 500)}`);
  return { experiment: experimentJson(found) };
}

async function renameExperiment(call: MlflowCall): Promise<unknown> {
  const name = experimentName(call);
  const { etag, lifecycleStage } = await readExperiment(call, name);
  if (lifecycleStage === LifecycleStage.DELETED)
    throw invalidField("experiment_id", "Cannot rename a non-active experiment. Restore it first");
  if (optionalText(call.fields, "new_name") === undefined) return NOTHING;
  const experiment = { name, displayName: title(call.fields, "new_name"), etag };
  await callService(call, service.updateExperiment, { experiment, updateMask: { paths: ["display_name"] } });
  return NOTHING;
}

async function findExperiments(call: MlflowCall): Promise<unknown> {
  const { fields, project } = call;
  const asked = {
    parent: project,
    filter: text(fields, "filter"),
    // Newest first is MLflow's order.
    orderBy:
      texts(fields, "order_by").length === 0
        ? ["creation_time DESC", "experiment_id DESC"]
        : [...texts(fields, "order_by")],
    view: viewOf(call, "view_type"),
  };
  const list = { field: "experiments", most: count(fields, "max_results", PAGE), pageMost: PAGE.most };
  return answerList(call, { ...list, pageToken: text(fields, "page_token") }, async (page) => {
    const find = () => callService(call, service.searchExperiments, { ...asked, ...page });
    let found = await find();
    const isBare = asked.filter === "" && page.pageToken === "";
    // A project that nobody has used with MLflow yet has its default experiment all the same.
    const isListed = found.experiments.some((it) => it.name === defaultExperiment(project));
    if (isBare && !isListed && !(await hasDefault(call)) && (await makeDefaultExperiment(call))) found = await find();
    return { items: found.experiments.map(experimentJson), nextPageToken: found.nextPageToken };
  });
}

/** Also true where it was deleted. */
async function hasDefault(call: MlflowCall): Promise<boolean> {
  try {
    await callService(call, service.getExperiment, { name: defaultExperiment(call.project) });
    return true;
  } catch (error) {
    if (isNotFound(error)) return false;
    throw error;
  }
}

const experimentJson = (experiment: Experiment): unknown => ({
  experiment_id: lastOf(experiment.name),
  name: experiment.displayName,
  artifact_location: experimentUri(experiment.name),
  lifecycle_stage: stageJson(experiment.lifecycleStage),
  last_update_time: msOf(experiment.updateTime),
  creation_time: msOf(experiment.createTime),
  tags: some(pairsJson(experiment.tags)),
});
