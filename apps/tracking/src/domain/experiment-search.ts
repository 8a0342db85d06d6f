import { type Page, pageSize } from "@throughline/kernel";
import { EXPERIMENTS, type Field, parseFilter, parseOrderBy, positionOf, ranked } from "@throughline/search";
import type { Experiment } from "./experiment.ts";
import { weighExperiment } from "./experiments.ts";
import { type PageRequest, pageOf } from "./page.ts";
import type { Tracking, TrackingStore } from "./ports.ts";
import { isInView, type View } from "./view.ts";

export interface ExperimentSearch {
  readonly project: string;
  readonly filter: string;
  readonly orderBy: readonly string[];
  readonly view: View;
  readonly page: PageRequest;
}

const PAGE_USUAL = 100;
const PAGE_MOST = 50_000;
/** Experiments that are read at a time. */
const EXPERIMENTS_AT_ONCE = 200;

/** One page of the experiments that a filter finds, in an order: last updated first if none is named. */
export async function searchExperiments(tracking: Tracking, search: ExperimentSearch): Promise<Page<Experiment>> {
  const { project, filter, view } = search;
  const where = parseFilter(filter, EXPERIMENTS);
  const orderBy = parseOrderBy(search.orderBy.length === 0 ? NEWEST_FIRST : search.orderBy, EXPERIMENTS);
  const size = pageSize(search.page.size, PAGE_USUAL, PAGE_MOST);
  const lookup = (it: Experiment) => (field: Field) => fieldOf(it, field);
  const orderLookup = (it: Experiment) => (key: { readonly field: Field }) => fieldOf(it, key.field);
  const query = { list: "searchExperiments", project, filter, orderBy: search.orderBy, view };
  const tokens = pageOf<Experiment>(tracking.pageTokens, query, (it) => positionOf(orderBy, orderLookup(it)));
  const after = tokens.read(search.page.token);
  const found = await ranked(inView(tracking.store, project, view), {
    where,
    lookup,
    orderBy,
    orderLookup,
    limit: size + 1,
    ...(after !== undefined && { after }),
  });
  return tokens.page(found, size, weighExperiment);
}

const NEWEST_FIRST = ["last_update_time DESC"];

async function* inView(store: TrackingStore, project: string, view: View): AsyncGenerator<readonly Experiment[]> {
  let before: string | undefined;
  do {
    const query = { project, showDeleted: view !== "ACTIVE", limit: EXPERIMENTS_AT_ONCE };
    const part = await store.experiments({ ...query, ...(before !== undefined && { before }) });
    yield part.filter((it) => isInView(it, view));
    before = part.length < EXPERIMENTS_AT_ONCE ? undefined : part.at(-1)?.id;
  } while (before !== undefined);
}

function fieldOf(experiment: Experiment, field: Field): string | number | undefined {
  if (field.entity === "tag") return Object.hasOwn(experiment.tags, field.key) ? experiment.tags[field.key] : undefined;
  switch (field.key) {
    case "name":
      return experiment.displayName;
    case "experiment_id":
      return experiment.id;
    case "creation_time":
      return experiment.createTimeMs;
    case "last_update_time":
      return experiment.updateTimeMs;
    case "lifecycle_stage":
      return experiment.stage.toLowerCase();
    default:
      return undefined;
  }
}
