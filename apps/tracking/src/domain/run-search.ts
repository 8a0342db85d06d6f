import { type Page, pageSize } from "@throughline/kernel";
import { parseFilter, parseOrderBy, RUNS } from "@throughline/search";
import type { Experiment } from "./experiment.ts";
import { PAGE_BYTES_MAX, type PageRequest, pageOf } from "./page.ts";
import type { RunScope, RunSearchQuery, Tracking, TrackingStore } from "./ports.ts";
import { runCondition } from "./run-condition.ts";
import { sizeOf, sizeOfMetrics } from "./run-size.ts";
import { type MeasuredRun, withMetrics } from "./runs.ts";
import { runsOnThread } from "./thread-question.ts";
import { isInView, type View } from "./view.ts";

export interface RunSearch {
  readonly project: string;
  /** Ids; none for all experiments of the project. */
  readonly experimentIds: readonly string[];
  readonly filter: string;
  readonly orderBy: readonly string[];
  readonly view: View;
  readonly page: PageRequest;
}

const PAGE_USUAL = 1_000;
const PAGE_MOST = 50_000;
/** Runs that the index gives at a time. */
const FOUND_AT_ONCE = 1_001;
/** Runs that are read at a time, before it is known how large they are. */
const READ_AT_ONCE = 50;
/** Experiments that are read at a time. */
const EXPERIMENTS_AT_ONCE = 200;
/** What a run takes in a message beside what was logged to it. */
const RUN_BYTES = 256;

type FoundRun = MeasuredRun & { readonly position: string };

/**
 * One page of the runs that a filter finds, in an order: newest first if none is named. It is shorter than asked for if
 * the runs are so large that no more fit. Fails as `parseFilter` and `parseOrderBy` do, and with THREAD_TOO_WIDE.
 */
export async function searchRuns(tracking: Tracking, search: RunSearch): Promise<Page<MeasuredRun>> {
  const { project, experimentIds, filter, view, page } = search;
  const expression = parseFilter(filter, RUNS);
  const orderBy = parseOrderBy(search.orderBy, RUNS);
  const size = pageSize(page.size, PAGE_USUAL, PAGE_MOST);
  const query = { list: "searchRuns", project, experimentIds, filter, orderBy: search.orderBy, view };
  const tokens = pageOf<FoundRun>(tracking.pageTokens, query, ({ position }) => position);
  const after = tokens.read(page.token);
  const answer = (test: Parameters<typeof runsOnThread>[2]) => runsOnThread(tracking.lineage, project, test);
  const where = expression && (await runCondition(expression, answer));
  const scopes = await scopesOf(tracking.store, search);
  const { found, more } = await gathered(tracking.store, size, {
    project,
    scopes,
    orderBy,
    ...(where !== undefined && { where }),
    ...(after !== undefined && { after: String(after) }),
  });
  // What was not read any more stands for the next page.
  const next = more ? found.at(-1) : undefined;
  return tokens.page(next === undefined ? found : [...found, next], found.length, weigh);
}

const weigh = ({ run, metrics }: MeasuredRun): number => sizeOf(run) + sizeOfMetrics(metrics) + RUN_BYTES;

/** The runs of a page, and whether there are more; it ends early when a message is full. */
async function gathered(
  store: TrackingStore,
  size: number,
  query: Omit<RunSearchQuery, "limit">,
): Promise<{ readonly found: readonly FoundRun[]; readonly more: boolean }> {
  const found: FoundRun[] = [];
  let bytes = 0;
  let after = query.after;
  for (;;) {
    const limit = Math.min(size - found.length, FOUND_AT_ONCE);
    const part = await store.search({ ...query, limit, ...(after !== undefined && { after }) });
    for (let at = 0; at < part.found.length; ) {
      const some = part.found.slice(at, at + readAtOnce(found.length, bytes));
      for (const it of await readRuns(store, query.project, some)) {
        bytes += weigh(it);
        if (bytes > PAGE_BYTES_MAX && found.length > 0) return { found, more: true };
        found.push(it);
      }
      at += some.length;
    }
    after = part.next;
    if (after === undefined) return { found, more: false };
    if (found.length >= size) return { found, more: true };
  }
}

/** As many as should fit, as large as those before were. */
const readAtOnce = (count: number, bytes: number): number =>
  count === 0
    ? READ_AT_ONCE
    : Math.max(READ_AT_ONCE, Math.min(1_000, Math.floor((PAGE_BYTES_MAX - bytes) / (bytes / count))));

async function readRuns(
  store: TrackingStore,
  project: string,
  found: readonly { readonly id: string; readonly position: string }[],
): Promise<readonly FoundRun[]> {
  const runs = await store.runsOf(found.map(({ id }) => ({ project, id })));
  // Whoever removed a run meanwhile removed it from the index too.
  const there = runs.flatMap((run, i) => (run === undefined ? [] : [{ run, position: found[i]?.position ?? "" }]));
  const measured = await withMetrics(
    { store },
    there.map(({ run }) => run),
  );
  return measured.map((it, i) => ({ ...it, position: there[i]?.position ?? "" }));
}

/** Where to look. Runs of a deleted experiment count as deleted, whatever stage they are in. */
async function scopesOf(
  store: TrackingStore,
  { project, experimentIds, view }: Pick<RunSearch, "project" | "experimentIds" | "view">,
): Promise<readonly RunScope[]> {
  const experiments =
    experimentIds.length === 0
      ? await allExperiments(store, project)
      : await Promise.all([...new Set(experimentIds)].map((id) => store.experiment({ project, id })));
  return experiments.flatMap((it) => {
    if (it === undefined) return [];
    const stages = ["ACTIVE", "DELETED"] as const;
    const shown = stages.filter((stage) => isInView({ stage: it.stage === "DELETED" ? "DELETED" : stage }, view));
    return shown.map((stage) => ({ experimentId: it.id, stage }));
  });
}

async function allExperiments(store: TrackingStore, project: string): Promise<readonly Experiment[]> {
  const all: Experiment[] = [];
  let before: string | undefined;
  do {
    const query = { project, showDeleted: true, limit: EXPERIMENTS_AT_ONCE };
    const part = await store.experiments({ ...query, ...(before !== undefined && { before }) });
    all.push(...part);
    before = part.length < EXPERIMENTS_AT_ONCE ? undefined : part.at(-1)?.id;
  } while (before !== undefined);
  return all;
}
