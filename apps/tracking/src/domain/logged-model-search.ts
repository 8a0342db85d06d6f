import { type Page, pageSize } from "@throughline/kernel";
import {
  type Field,
  LOGGED_MODELS,
  type Lookup,
  type OrderKey,
  type OrderLookup,
  parseFilter,
  parseOrderBy,
  positionOf,
  ranked,
} from "@throughline/search";
import { type LoggedModel, type ModelMetric, sizeOfModel } from "./logged-model.ts";
import type { LoggedModelStore } from "./logged-model-store.ts";
import { type PageRequest, pageOf } from "./page.ts";
import type { Tracking } from "./ports.ts";
import { isInView, type View } from "./view.ts";

/** A data set that metrics were measured on; any digest if that is empty. */
export interface MetricDataset {
  readonly name: string;
  readonly digest: string;
}

export interface LoggedModelSearch {
  readonly project: string;
  /** Empty for all of the project. */
  readonly experimentIds: readonly string[];
  readonly filter: string;
  readonly orderBy: readonly {
    readonly field: string;
    readonly descending: boolean;
    readonly dataset?: MetricDataset;
  }[];
  /** Data sets that metrics in the filter are taken of; empty for any. */
  readonly datasets: readonly MetricDataset[];
  readonly view: View;
  readonly page: PageRequest;
}

/** Logged models that are read at a time. */
const MODELS_AT_ONCE = 200;

/**
 * One page of the logged models that a filter finds, in an order. Without a metric in the filter, naming data sets finds
 * the models that have any metric on one of them. Fails as libs/search does, with the column in the filter.
 */
export async function searchLoggedModels(tracking: Tracking, search: LoggedModelSearch): Promise<Page<LoggedModel>> {
  const { project, experimentIds, filter, datasets, view } = search;
  const where = parseFilter(filter, LOGGED_MODELS);
  const orderBy = parseOrderBy(
    search.orderBy.map(({ field, descending, dataset }) => ({
      fieldName: field,
      ascending: !descending,
      ...(dataset !== undefined && { datasetName: dataset.name, datasetDigest: dataset.digest }),
    })),
    LOGGED_MODELS,
  );
  const size = pageSize(search.page.size);
  const orders = search.orderBy.map(({ field, descending, dataset }) => [
    field,
    descending,
    dataset?.name ?? "",
    dataset?.digest ?? "",
  ]);
  const sets = datasets.map(({ name, digest }) => [name, digest]);
  const query = { list: "loggedModels", project, experimentIds, filter, orders, sets, view };
  const tokens = pageOf<LoggedModel>(tracking.pageTokens, query, (it) => positionOf(orderBy, orderLookupOf(it)));
  const after = tokens.read(search.page.token);
  const anyMetric = datasets.length > 0 && !namesMetric(where);
  const isWanted = (it: LoggedModel): boolean =>
    isInView(it, view) && (!anyMetric || it.metrics.some((metric) => isOn(metric, datasets)));
  const found = await ranked(wanted(tracking.models, { project, experimentIds }, isWanted), {
    where,
    lookup: (it) => lookupOf(it, datasets),
    orderBy,
    orderLookup: orderLookupOf,
    limit: size + 1,
    ...(after !== undefined && { after }),
  });
  return tokens.page(found, size, sizeOfModel);
}

async function* wanted(
  models: LoggedModelStore,
  { project, experimentIds }: Pick<LoggedModelSearch, "project" | "experimentIds">,
  isWanted: (model: LoggedModel) => boolean,
): AsyncGenerator<readonly LoggedModel[]> {
  let before: string | undefined;
  do {
    const limit = MODELS_AT_ONCE;
    const part = await models.list({ project, experimentIds, limit, ...(before !== undefined && { before }) });
    yield part.filter(isWanted);
    before = part.length < limit ? undefined : part.at(-1)?.id;
  } while (before !== undefined);
}

const namesMetric = (expression: ReturnType<typeof parseFilter>): boolean => {
  if (expression === undefined) return false;
  if ("operands" in expression) return expression.operands.some(namesMetric);
  return "operand" in expression ? namesMetric(expression.operand) : expression.field.entity === "metric";
};

const isOn = ({ datasetName, datasetDigest }: ModelMetric, datasets: readonly MetricDataset[]): boolean =>
  datasets.some(({ name, digest }) => name === datasetName && (digest === "" || digest === datasetDigest));

const lookupOf =
  (model: LoggedModel, datasets: readonly MetricDataset[]): Lookup =>
  (field) => {
    if (field.entity !== "metric") return fieldOf(model, field);
    const ofKey = model.metrics.filter((it) => it.key === field.key);
    return ofKey.filter((it) => datasets.length === 0 || isOn(it, datasets)).map((it) => it.value);
  };

const orderLookupOf =
  (model: LoggedModel): OrderLookup =>
  ({ field, dataset }) => {
    if (field.entity !== "metric") return fieldOf(model, field);
    const wantedSets = dataset === undefined ? [] : [{ name: dataset.name, digest: dataset.digest ?? "" }];
    return model.metrics
      .filter((it) => it.key === field.key && (dataset === undefined || isOn(it, wantedSets)))
      .reduce<ModelMetric | undefined>(
        (latest, it) => (latest === undefined || isNewer(it, latest) ? it : latest),
        undefined,
      )?.value;
  };

/** As in MLflow: the later time, then the larger step, then the run with the lower id. */
function isNewer(a: ModelMetric, b: ModelMetric): boolean {
  if (a.timeMs !== b.timeMs) return a.timeMs > b.timeMs;
  return a.step === b.step ? a.runId < b.runId : a.step > b.step;
}

function fieldOf(model: LoggedModel, field: Exclude<Field, { entity: "metric" }> | OrderKey["field"]) {
  if (field.entity === "param") return ownValue(model.params, field.key);
  if (field.entity === "tag") return ownValue(model.tags, field.key);
  return field.entity === "attribute" ? attributeOf(model, field.key) : undefined;
}

const ownValue = (texts: Readonly<Record<string, string>>, key: string): string | undefined =>
  Object.hasOwn(texts, key) ? texts[key] : undefined;

function attributeOf(model: LoggedModel, key: string): string | number | undefined {
  switch (key) {
    case "name":
      return model.displayName;
    case "model_id":
      return model.id;
    case "model_type":
      return model.modelType || undefined;
    case "status":
      return model.state;
    case "status_message":
      return model.stateMessage || undefined;
    case "source_run_id":
      return model.sourceRunId || undefined;
    case "experiment_id":
      return model.experimentId;
    case "creation_timestamp":
      return model.createTimeMs;
    case "last_updated_timestamp":
      return model.updateTimeMs;
    default:
      return undefined;
  }
}
