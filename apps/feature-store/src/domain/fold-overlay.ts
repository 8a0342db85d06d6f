import { setImmediate as nextTurn } from "node:timers/promises";
import { layoutInGeneration, seriesInGeneration } from "./generations.ts";
import { seriesKinds, seriesOfKeys } from "./online-layout.ts";
import type { OnlineEntry, SeriesChange, SeriesEdit, SeriesTail } from "./online-store.ts";
import { entriesSince, LEAST_NS, readMarker } from "./overlay-entries.ts";
import { entitiesOf, type TouchedEntity, touchedEntities } from "./overlay-extract.ts";
import { attachedOverlay } from "./overlay-note.ts";
import type { OverlayDeps, OverlayOf } from "./overlay-request.ts";
import type { ScratchFiles } from "./scratch.ts";
import type { Segment } from "./segment.ts";

/** What to fold. */
export interface Folding extends OverlayOf {
  /** Those that the overlay's revert took out or brought back: their entities are all that it may have. */
  readonly touching: readonly Segment[];
  readonly scratch: ScratchFiles;
  readonly signal: AbortSignal;
}

/** Entities of one change: it must leave room for reads. */
const STEP_ENTITIES = 200;

/**
 * Writes the entries of an overlay into what it lies over, entity by entity, each in one change. Who reads through the
 * overlay sees no difference, and afterwards who does not sees none either. Doing it again is harmless. Stops if the overlay
 * is not attached any more, and gives false then.
 */
export async function foldOverlay(deps: OverlayDeps, folding: Folding): Promise<boolean> {
  const { layout, scratch, signal, touching } = folding;
  if (touching.length === 0) return true;
  const touched = await touchedEntities(deps, { layout, segments: touching, scratch, signal });
  for await (const page of entitiesOf(deps, touched, { layout, signal })) {
    for (let start = 0; start < page.length; start += STEP_ENTITIES) {
      signal.throwIfAborted();
      if (!(await foldStep(deps, folding, page.slice(start, start + STEP_ENTITIES)))) return false;
      await nextTurn();
    }
  }
  return true;
}

async function foldStep({ generations }: OverlayDeps, folding: Folding, entities: readonly TouchedEntity[]) {
  const { layout, base, overlay } = folding;
  const changes = entities.flatMap((it) =>
    seriesKinds(layout).flatMap((kind) => foldChanges(folding, seriesOfKeys(layout, kind, it.keys), it.fromNs)),
  );
  const advance = (note: string | undefined): string | undefined =>
    attachedOverlay(note)?.generation === overlay ? note : undefined;
  const state = { name: layoutInGeneration(layout.id, base), advance };
  return (await generations.store.apply({ changes, state })) !== undefined;
}

/** Two changes, of which the first only looks: edits of one change are made in their order, on one state. */
function foldChanges({ base, overlay }: OverlayOf, series: Uint8Array, fromNs: bigint): readonly SeriesChange[] {
  let member: readonly OnlineEntry[] = [];
  const look = ({ entries }: SeriesTail): readonly SeriesEdit[] => {
    member = entries;
    return [];
  };
  return [
    { series: seriesInGeneration(series, overlay), fromNs: LEAST_NS, edit: look },
    { series: seriesInGeneration(series, base), fromNs, edit: ({ entries }) => replacing(entries, member) },
  ];
}

/** Edits that make entries those of the overlay, from its time on. */
function replacing(
  entries: readonly OnlineEntry[],
  [marker, ...others]: readonly OnlineEntry[],
): readonly SeriesEdit[] {
  if (!marker) return [];
  const said = readMarker(marker);
  const wanted = new Map(entriesSince(said, others).map((it) => [it.timeNs, it]));
  const gone = entries.filter((it) => it.timeNs >= said.fromNs && !wanted.has(it.timeNs));
  const there = new Map(entries.map((it) => [it.timeNs, it.value]));
  return [
    ...gone.map(({ timeNs }): SeriesEdit => ({ timeNs, value: undefined })),
    ...[...wanted.values()].filter((it) => Buffer.compare(there.get(it.timeNs) ?? NOTHING, it.value) !== 0),
  ];
}

const NOTHING = Buffer.alloc(0);
