import { setImmediate as nextTurn } from "node:timers/promises";
import { layoutInGeneration, seriesInGeneration } from "./generations.ts";
import { type OnlineLayout, seriesKinds, seriesOfKeys } from "./online-layout.ts";
import type { OnlineRow } from "./online-rows.ts";
import type { OnlineEntry, SeriesChange, SeriesEdit } from "./online-store.ts";
import { changesOf, isOnline, type OnlineProgress } from "./online-write.ts";
import { LEAST_NS, markerEdit, memberChange } from "./overlay-entries.ts";
import { overlayImpossible } from "./overlay-errors.ts";
import { type TouchedEntities, type TouchedRow, touchedEntities, touchedRows } from "./overlay-extract.ts";
import { baseNote, freeProgress, type OverlayDeps, type OverlayRequest } from "./overlay-request.ts";
import { remaining } from "./revert-plan.ts";
import type { Segment } from "./segment.ts";

/** Entities of one change: so few that reads in between wait for milliseconds. */
const STEP_ROWS = 300;

/** How often entries are read again because something came online meanwhile. */
const ATTEMPTS_MAX = 50;

/** An overlay with the rows of some segments. */
export interface Filled {
  readonly touched: TouchedEntities;
  /** Segments whose rows it has. */
  progress: OnlineProgress;
  /** See AttachedOverlay. */
  mostFromNs: bigint;
  /** By place of their first entity: what was online in the layout when entries were taken over from it. */
  readonly seeds: { readonly place: number; readonly progress: OnlineProgress }[];
}

/** What to fill an overlay with. */
export interface Filling {
  readonly touching: readonly Segment[];
  readonly progress: OnlineProgress;
}

/** Writes the touched entities' entries as they will be: what holds before their time, and everything since. */
export async function fill(
  deps: OverlayDeps,
  request: OverlayRequest,
  { touching, progress }: Filling,
): Promise<Filled> {
  const { plan, scratch, run, layout } = request;
  const reading = { layout, scratch, signal: run.signal };
  run.progress(0, "finding what is touched");
  const touched = await touchedEntities(deps, { ...reading, segments: touching });
  const least = leastOf(touching);
  const live = await remaining(deps.segments, plan, Number.MAX_SAFE_INTEGER);
  const segments = live.filter((it) => isOnline(progress, it.dataVersion) && mayBeSince(it, least));
  const filled: Filled = { touched, progress, mostFromNs: LEAST_NS, seeds: [] };
  let last: number | undefined;
  let writing: Promise<void> = Promise.resolve();
  try {
    for await (const page of touchedRows(deps, { ...reading, segments, touched, which: "since" })) {
      for (const step of stepsOf(page)) {
        run.signal.throwIfAborted();
        // What the next step writes is put together while one is written.
        const changes = await seedChanges(deps, request, { step, last, filled });
        await writing;
        writing = writeOwn(deps, request, changes);
        last = step.at(-1)?.place;
        run.progress(((last ?? 0) + 1) / Math.max(1, touched.entityCount), "computing what changes");
        await nextTurn();
      }
    }
    await writing;
  } finally {
    // Whoever removes what was written must come after it. A failure of it was told above, or is not the first one.
    await writing.catch(() => {});
  }
  return filled;
}

/** The least time from which a touched entity changes; undefined if it is not known. Tiles begin a day before at most. */
function leastOf(touching: readonly Segment[]): bigint | undefined {
  const DAY_NS = 86_400_000_000_000n;
  let least: bigint | undefined;
  for (const { knowledgeTimeNs, rowCount } of touching) {
    if (rowCount > 0 && !knowledgeTimeNs) return undefined;
    if (knowledgeTimeNs && (least === undefined || knowledgeTimeNs.least < least)) least = knowledgeTimeNs.least;
  }
  return least === undefined ? undefined : least - DAY_NS;
}

/** A segment whose rows were all known before needs not be read. */
const mayBeSince = ({ knowledgeTimeNs }: Segment, least: bigint | undefined): boolean =>
  least === undefined || !knowledgeTimeNs || knowledgeTimeNs.most >= least;

function* stepsOf(page: readonly TouchedRow[]): Generator<readonly TouchedRow[]> {
  for (let start = 0; start < page.length; start += STEP_ROWS) yield page.slice(start, start + STEP_ROWS);
}

interface Seeding {
  readonly step: readonly TouchedRow[];
  /** The entity that the step before ended with. */
  readonly last: number | undefined;
  readonly filled: Filled;
}

/** The entries of some entities, with what holds before an entity's time, which is taken over from the layout. */
async function seedChanges(
  deps: OverlayDeps,
  request: OverlayRequest,
  { step, last, filled }: Seeding,
): Promise<readonly SeriesChange[]> {
  const { layout, overlay } = request;
  const id = layoutInGeneration(layout.id, overlay);
  const entities = [...Map.groupBy(step, (it) => it.place).values()];
  const kinds = seriesKinds(layout);
  const { held, progress } = await heldBefore(deps, request, entities);
  const changes = entities.flatMap((rows, e): readonly SeriesChange[] => {
    const [first] = rows;
    if (!first) return [];
    if (first.fromNs > filled.mostFromNs) filled.mostFromNs = first.fromNs;
    // Of one entity, and so one for each kind, or none.
    const edits = changesIn(layout, rows);
    if (first.place === last) return edits.map((it) => inOverlay(request, filled, it));
    return kinds.map((kind, k) => {
      const series = seriesOfKeys({ id }, kind, first.keys);
      const seed = { before: held[e * kinds.length + k], fromNs: first.fromNs, change: edits[k] };
      return { series, fromNs: LEAST_NS, edit: () => seedEdits(seed) };
    });
  });
  const begun = step.find((it) => it.place !== last);
  if (begun) filled.seeds.push({ place: begun.place, progress });
  return changes;
}

/** What holds before the time of each entity, in each of its series, and which segments are in that exactly. */
async function heldBefore(
  deps: OverlayDeps,
  request: OverlayRequest,
  entities: readonly (readonly TouchedRow[])[],
): Promise<{ readonly held: readonly (OnlineEntry | undefined)[]; readonly progress: OnlineProgress }> {
  const { layout, base } = request;
  const id = layoutInGeneration(layout.id, base);
  const kinds = seriesKinds(layout);
  const seeks = entities.flatMap(([first]) =>
    kinds.map((kind) => ({
      series: seriesOfKeys({ id }, kind, first?.keys ?? new Uint8Array()),
      timeNs: (first?.fromNs ?? LEAST_NS) - 1n,
    })),
  );
  const asked = seeks.filter((it) => it.timeNs >= LEAST_NS);
  for (let left = ATTEMPTS_MAX; left > 0; left--) {
    const before = await baseNote(deps, request);
    const answers = await deps.generations.store.read({ seeks: asked, spans: [] });
    // Something came online in between: it may be in the answers, or not.
    if (before === undefined || before !== (await baseNote(deps, request))) continue;
    const found = answers.seeks[Symbol.iterator]();
    const held = seeks.map((it) => (it.timeNs >= LEAST_NS ? found.next().value : undefined));
    return { held, progress: freeProgress(before) };
  }
  throw overlayImpossible();
}

const changesIn = (layout: OnlineLayout, rows: readonly TouchedRow[]): readonly SeriesChange[] =>
  changesOf(
    layout,
    rows.flatMap((it): readonly OnlineRow[] => (it.row ? [it.row] : [])),
  );

interface Seed {
  readonly before: OnlineEntry | undefined;
  readonly fromNs: bigint;
  readonly change: SeriesChange | undefined;
}

function seedEdits({ before, fromNs, change }: Seed): readonly SeriesEdit[] {
  const edits = change?.edit({ before, entries: [] }) ?? [];
  const held = edits.find((it) => it.timeNs === LEAST_NS) ?? before;
  const others = edits.filter((it) => it.timeNs > LEAST_NS && it.value !== undefined);
  return [markerEdit({ fromNs, ...(held?.value && { held: { timeNs: held.timeNs, value: held.value } }) }), ...others];
}

const inOverlay = ({ overlay }: OverlayRequest, { mostFromNs }: Filled, change: SeriesChange): SeriesChange =>
  memberChange(change, seriesInGeneration(change.series, overlay), mostFromNs);

/** What to bring up, and how far. */
export interface BringingUp {
  readonly filled: Filled;
  readonly to: OnlineProgress;
}

/** Adds the rows of the segments that came online in the layout meanwhile. */
export async function bringUp(deps: OverlayDeps, request: OverlayRequest, { filled, to }: BringingUp): Promise<void> {
  const { plan, run, layout, scratch } = request;
  const live = await remaining(deps.segments, plan, Number.MAX_SAFE_INTEGER);
  const segments = live.filter((it) => isOnline(to, it.dataVersion) && !isOnline(filled.progress, it.dataVersion));
  if (segments.length > 0) {
    const reading = { layout, scratch, signal: run.signal, segments, touched: filled.touched };
    for await (const page of touchedRows(deps, { ...reading, which: "all" })) {
      const rows = page.filter((it) => isMissing(it, filled));
      for (const step of stepsOf(rows)) {
        const changes = changesIn(layout, step).map((it) => inOverlay(request, filled, it));
        await writeOwn(deps, request, changes);
      }
    }
  }
  filled.progress = to;
}

/** A row of before its entity's time is there already if it was in what was taken over. */
function isMissing({ row, fromNs, place }: TouchedRow, { seeds }: Filled): boolean {
  if (!row) return false;
  if (row.knowledgeNs >= fromNs) return true;
  const seed = seeds.findLast((it) => it.place <= place);
  return seed === undefined || !isOnline(seed.progress, row.dataVersion);
}

/** Nobody else knows of the overlay before it is attached: its note of its own tells nothing. */
async function writeOwn(
  { generations }: OverlayDeps,
  { layout, overlay }: OverlayRequest,
  changes: readonly SeriesChange[],
) {
  const name = layoutInGeneration(layout.id, overlay);
  await generations.store.apply({ changes, state: { name, advance: () => "{}" } });
}
