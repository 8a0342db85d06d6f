import type { BlobStore } from "@throughline/blobs";
import { type Clock, DomainError } from "@throughline/kernel";
import type { TableEngine } from "@throughline/tables";
import type { BoundService } from "./feature-service.ts";
import type { Run } from "./load-source.ts";
import { type ExtractOrder, extract, pushedRows } from "./online-extract.ts";
import { type OnlineLayout, onlineLayout } from "./online-layout.ts";
import type { OnlineRow } from "./online-rows.ts";
import { inTurn } from "./online-steps.ts";
import type { OnlineStore } from "./online-store.ts";
import { afterPush, changesOf, isOnline, type OnlineProgress, orderOf, readProgress } from "./online-write.ts";
import { rowProgress } from "./row-progress.ts";
import type { NewScratch } from "./scratch.ts";
import type { Segment, SegmentLog } from "./segment.ts";
import type { Source } from "./source.ts";
import type { TimedRow } from "./source-rows.ts";

/** Keeps the online values up with the data. */
export interface Materializer {
  /** Brings all views of a service up to the project's newest data version. Goes on where an interrupted call was. */
  materialize(service: BoundService, run: Run): Promise<Materialized>;
  /** Brings a segment of pushed rows online in all layouts that read its source. */
  push(layouts: readonly OnlineLayout[], pushed: Pushed): Promise<void>;
  /** Brings online what was pushed, and acknowledged, before the process ended. */
  catchUp(layouts: readonly OnlineLayout[], signal: AbortSignal): Promise<void>;
}

/** What became of a materialisation. */
export interface Materialized {
  readonly dataVersion: number;
  readonly entryCount: number;
}

/** Rows that were committed as a segment. */
export interface Pushed {
  readonly source: Source;
  readonly segment: Segment;
  readonly rows: readonly TimedRow[];
}

/** What it needs. */
export interface MaterializerDeps {
  readonly online: OnlineStore;
  readonly segments: SegmentLog;
  readonly tables: TableEngine;
  readonly blobs: Pick<BlobStore, "localFile">;
  readonly newScratch: NewScratch;
  readonly clock: Clock;
}

export function materializer(deps: MaterializerDeps): Materializer {
  const bringUp = oneAtATime(deps);
  return {
    async materialize({ service, views }, run) {
      const dataVersion = await deps.segments.newestVersion(service.project);
      const layouts = distinctLayouts(views.map((it) => onlineLayout(it.view)));
      let entryCount = 0;
      for (const [i, layout] of layouts.entries()) {
        const message = `view ${i + 1} of ${layouts.length}`;
        const part = partOf(run, { from: i / layouts.length, to: (i + 1) / layouts.length, message });
        entryCount += await bringUp(layout, dataVersion, part);
      }
      return { dataVersion, entryCount };
    },
    async push(layouts, { source, segment, rows }) {
      const { dataVersion, previousDataVersion } = segment;
      for (const layout of layouts) {
        const changes = changesOf(layout, pushedRows(layout, source, { rows, dataVersion }));
        const advance = (note: string | undefined) => afterPush(note, { dataVersion, previous: previousDataVersion });
        const applied = await deps.online.apply({ changes, state: { name: layout.id, advance } });
        if (applied !== undefined || (await isThere(deps, layout, dataVersion))) continue;
        // A materialisation that is under way brings it, and is waited for.
        await bringUp(layout, dataVersion, QUIET);
      }
    },
    async catchUp(layouts, signal) {
      for (const layout of layouts) {
        for (const segment of await pushedBehind(deps, layout)) {
          await using scratch = await deps.newScratch();
          const rows: OnlineRow[] = [];
          const plan = { layout, segments: [segment], order: "bytes", scratch, from: 0, signal } as const;
          for await (const it of extract(deps, plan)) rows.push(...it);
          const advance = (note: string | undefined) =>
            afterPush(note, { dataVersion: segment.dataVersion, previous: segment.previousDataVersion });
          await deps.online.apply({ changes: changesOf(layout, rows), state: { name: layout.id, advance } });
        }
      }
    },
  };
}

async function isThere({ online }: MaterializerDeps, layout: OnlineLayout, dataVersion: number): Promise<boolean> {
  return isOnline(readProgress(await online.state(layout.id)), dataVersion);
}

/** Pushed segments that are not online: the process ended after their commit. Each has fewer rows than an extract gives at a time. */
async function pushedBehind({ online, segments }: MaterializerDeps, layout: OnlineLayout): Promise<readonly Segment[]> {
  const progress = readProgress(await online.state(layout.id));
  const all = await segments.upTo(layout.project, layout.source, Number.MAX_SAFE_INTEGER);
  return all.filter((it) => it.loadedDigest === undefined && !isOnline(progress, it.dataVersion));
}

const QUIET: Run = { signal: new AbortController().signal, progress: () => {} };

const distinctLayouts = (layouts: readonly OnlineLayout[]): readonly OnlineLayout[] => [
  ...new Map(layouts.map((it) => [it.id, it])).values(),
];

const partOf = (run: Run, part: { readonly from: number; readonly to: number; readonly message: string }): Run => ({
  signal: run.signal,
  progress: (share, message, work) =>
    run.progress(part.from + share * (part.to - part.from), `${part.message}: ${message}`, work),
});

/** Brings one layout up to a data version; returns the number of entries written. */
type BringUp = (layout: OnlineLayout, dataVersion: number, run: Run) => Promise<number>;

/** Work on one layout goes one after the other: the second finds little or nothing left to do. */
function oneAtATime(deps: MaterializerDeps): BringUp {
  const underWay = new Map<string, Promise<number>>();
  return async (layout, dataVersion, run) => {
    const before = underWay.get(layout.id) ?? Promise.resolve(0);
    const mine = before.then(
      () => bringUp(deps, { layout, dataVersion, run }),
      () => bringUp(deps, { layout, dataVersion, run }),
    );
    underWay.set(layout.id, mine);
    try {
      return await mine;
    } finally {
      if (underWay.get(layout.id) === mine) underWay.delete(layout.id);
    }
  };
}

interface Task {
  readonly layout: OnlineLayout;
  readonly dataVersion: number;
  readonly run: Run;
}

/** How often an extract starts again when its segments came online by themselves in between. */
const ATTEMPTS_MAX = 20;

async function bringUp(deps: MaterializerDeps, { layout, dataVersion, run }: Task): Promise<number> {
  const { online, segments } = deps;
  let [written, reached] = [0, 0];
  for (let attempt = 0; attempt < ATTEMPTS_MAX; attempt++) {
    const progress = readProgress(await online.state(layout.id));
    // Where another process takes the steps of the same extract, all get on: only standing still counts as an attempt.
    const rowCount = progress.underWay?.rowCount ?? 0;
    if (rowCount > reached) attempt = 0;
    reached = rowCount;
    const all = await segments.upTo(layout.project, layout.source, Math.max(dataVersion, mostUnderWay(progress)));
    const wanted = progress.underWay?.dataVersions;
    const pending = all.filter((it) =>
      wanted ? wanted.includes(it.dataVersion) : !isOnline(progress, it.dataVersion),
    );
    if (pending.length === 0) return written;
    const { since } = progress;
    const next = { layout, run, pending, order: orderOf(progress), from: rowCount };
    written += await applyExtract(deps, { ...next, ...(since !== undefined && { since }) });
  }
  throw new DomainError(
    "conflict",
    "ONLINE_BUSY",
    "Rows of the source came online faster than the loads before them. Materialize again when fewer are pushed.",
  );
}

const mostUnderWay = ({ underWay }: OnlineProgress): number => Math.max(0, ...(underWay?.dataVersions ?? []));

interface Pending extends Pick<Task, "layout" | "run"> {
  readonly pending: readonly Segment[];
  readonly order: ExtractOrder;
  readonly from: number;
  readonly since?: number;
}

/** Rows of one commit: small enough that reads in between wait for milliseconds. A batch of an extract is two of them. */
const STEP_ROWS = 5_120;

/** Brings rows online in the order of the extract, and at its end a step that says so. */
async function applyExtract(deps: MaterializerDeps, wanted: Pending): Promise<number> {
  const { layout, run, pending, order, from, since } = wanted;
  const { signal } = run;
  run.progress(0, "sorting the rows");
  signal.throwIfAborted();
  const rowCount = pending.reduce((sum, it) => sum + it.rowCount, 0);
  const told = rowProgress(deps.clock, rowCount, from);
  const dataVersions = pending.map((it) => it.dataVersion);
  const all = { order, dataVersions, ...(since !== undefined && { since }) };
  const steps = inTurn(deps.online, layout);
  await using scratch = await deps.newScratch();
  let next = from;
  try {
    for await (const rows of extract(deps, { layout, segments: pending, order, scratch, from, signal })) {
      const [words, work] = told(next);
      run.progress(next / Math.max(rowCount, next + rows.length), `bringing online: ${words}`, work);
      for (let start = 0; start < rows.length; start += STEP_ROWS) {
        signal.throwIfAborted();
        const step = rows.slice(start, start + STEP_ROWS);
        if (!(await steps.apply({ ...all, rows: step, from: next, done: false }))) return steps.written();
        next += step.length;
      }
    }
    await steps.apply({ ...all, rows: [], from: next, done: true });
  } finally {
    await steps.end();
  }
  return steps.written();
}
