import type { Page } from "@throughline/kernel";
import type { Catalog, PageRequest } from "./catalog.ts";
import { type DataLog, goneAfter, rowsOf } from "./data-version.ts";
import type { Define } from "./define.ts";
import type { Described } from "./description.ts";
import type { FeatureView } from "./feature-view.ts";
import { onlineLayout } from "./online-layout.ts";
import type { OnlineStore } from "./online-store.ts";
import { isOnline, readProgress } from "./online-write.ts";
import type { SegmentLog } from "./segment.ts";

/** How old the newest data behind a view is. */
export interface Freshness {
  readonly view: Described<FeatureView>;
  readonly newestEventNs: bigint | undefined;
  readonly newestKnowledgeNs: bigint | undefined;
  /** 0 for what lies in the future; undefined as the time. */
  readonly eventAgeNs: bigint | undefined;
  readonly knowledgeAgeNs: bigint | undefined;
  readonly state: "fresh" | "stale" | "empty";
  /** Segments that are not online yet. */
  readonly segmentsBehind: number;
}

/** What it needs. */
export interface FreshnessDeps {
  readonly catalog: Pick<Catalog, "views" | "sources">;
  readonly define: Pick<Define, "describedView">;
  readonly segments: SegmentLog;
  readonly dataLog: Pick<DataLog, "segments" | "rewrites">;
  /** With every layout in its current generation. */
  readonly online: Pick<OnlineStore, "state">;
}

/** The freshness of the current version of each view, by its id. Fails with BAD_PAGE_TOKEN. */
export async function freshnessOf(
  deps: FreshnessDeps,
  { project, nowNs, page }: { readonly project: string; readonly nowNs: bigint; readonly page: PageRequest },
): Promise<Page<Freshness>> {
  const { items, nextPageToken } = await deps.catalog.views.list(project, page);
  const found: Freshness[] = [];
  for (const it of items) found.push(await freshnessOfView(deps, await deps.define.describedView(it), nowNs));
  return { items: found, nextPageToken };
}

/** The freshness of one view. */
export async function freshnessOfView(
  deps: FreshnessDeps,
  view: Described<FeatureView>,
  nowNs: bigint,
): Promise<Freshness> {
  const { newestEventNs, newestKnowledgeNs } = await newestOf(deps, view);
  const age = (ns: bigint | undefined): bigint | undefined => (ns === undefined ? undefined : ageOf(ns, nowNs));
  const eventAgeNs = age(newestEventNs);
  return {
    view,
    newestEventNs,
    newestKnowledgeNs,
    eventAgeNs,
    knowledgeAgeNs: age(newestKnowledgeNs),
    state: stateOf(eventAgeNs, view.freshnessTargetNs),
    segmentsBehind: await segmentsBehind(deps, view),
  };
}

/** How old the newest event behind a view is; undefined if there is none. */
export async function eventAge(
  deps: Pick<FreshnessDeps, "segments"> & { readonly catalog: Pick<Catalog, "sources"> },
  view: FeatureView,
  nowNs: bigint,
): Promise<{ readonly newestEventNs: bigint; readonly eventAgeNs: bigint } | undefined> {
  const { newestEventNs } = await newestOf(deps, view);
  return newestEventNs === undefined ? undefined : { newestEventNs, eventAgeNs: ageOf(newestEventNs, nowNs) };
}

const ageOf = (ns: bigint, nowNs: bigint): bigint => (nowNs > ns ? nowNs - ns : 0n);

/** As the source's commits keep it; sources of before they kept it are asked for their segments. */
async function newestOf(
  { catalog, segments }: Pick<FreshnessDeps, "segments"> & { readonly catalog: Pick<Catalog, "sources"> },
  { project, source: id }: FeatureView,
) {
  const source = await catalog.sources.get(project, id);
  if (!source || source.rowCount === 0) return { newestEventNs: undefined, newestKnowledgeNs: undefined };
  if (source.newestEventNs !== undefined) return source;
  return rowsOf(await segments.upTo(project, id, Number.MAX_SAFE_INTEGER));
}

function stateOf(ageNs: bigint | undefined, targetNs: bigint | undefined): Freshness["state"] {
  if (ageNs === undefined) return "empty";
  return isStale(ageNs, targetNs) ? "stale" : "fresh";
}

/** True if there is a target, and the age is beyond it. */
export const isStale = (ageNs: bigint, targetNs: bigint | undefined): boolean =>
  targetNs !== undefined && ageNs > targetNs;

/** Only what came after everything that is online is looked at. */
async function segmentsBehind(deps: FreshnessDeps, view: FeatureView): Promise<number> {
  const { project, source } = view;
  const progress = readProgress(await deps.online.state(onlineLayout(view).id));
  const newest = await deps.segments.newestVersion(project);
  const rewrites = await deps.dataLog.rewrites(project, progress.through, newest);
  const gone = goneAfter(rewrites.filter((it) => it.kind === "revert"));
  let behind = 0;
  for await (const it of deps.dataLog.segments(project, progress.through, newest)) {
    if (it.source === source && !gone.has(it.dataVersion) && !isOnline(progress, it.dataVersion)) behind += 1;
  }
  return behind;
}
