import type { OnlineAnswers, OnlineChange, OnlineQuestions, OnlineStore, SeriesChange } from "./online-store.ts";
import { entriesSince, isMarker, LEAST_NS, memberChange, readMarker } from "./overlay-entries.ts";
import { onlineBusy } from "./overlay-errors.ts";
import { type AttachedOverlay, attachedOverlay, bringsHidden, withOverlay, withoutOverlay } from "./overlay-note.ts";

/** The names of a series in the store: in what is read, and in what lies over it. */
export interface SeriesNames {
  readonly base: Uint8Array;
  readonly over: Uint8Array | undefined;
}

/** Asks the store for both, in one read, and takes for each time what is right then. */
export async function readOver(
  online: Pick<OnlineStore, "read">,
  { seeks, spans }: OnlineQuestions,
  namesOf: (series: Uint8Array) => SeriesNames,
): Promise<OnlineAnswers> {
  const asked = { seeks: [...seeks], spans: [...spans] };
  const marker = (over: Uint8Array): number => asked.seeks.push({ series: over, timeNs: LEAST_NS }) - 1;
  const seekPlaces = seeks.map(({ series, timeNs }, i) => {
    const { base, over } = namesOf(series);
    asked.seeks[i] = { series: base, timeNs };
    if (!over) return undefined;
    return { marker: marker(over), over: asked.seeks.push({ series: over, timeNs }) - 1 };
  });
  const spanPlaces = spans.map((it, i) => {
    const { base, over } = namesOf(it.series);
    asked.spans[i] = { ...it, series: base };
    if (!over) return undefined;
    return { marker: marker(over), over: asked.spans.push({ ...it, series: over }) - 1 };
  });
  const found = await online.read(asked);
  const markerAt = (place: number) => {
    const entry = found.seeks[place];
    return entry && readMarker(entry);
  };
  return {
    seeks: seeks.map(({ timeNs }, i) => {
      const place = seekPlaces[i];
      const marked = place && markerAt(place.marker);
      if (!marked || timeNs < marked.fromNs) return found.seeks[i];
      const entry = found.seeks[place.over];
      return isMarker(entry) ? marked.held : entry;
    }),
    spans: spans.map(({ fromNs, untilNs }, i) => {
      const [place, base = []] = [spanPlaces[i], found.spans[i]];
      const marked = place && markerAt(place.marker);
      if (!marked) return base;
      const since = entriesSince(marked, found.spans[place.over] ?? []).filter((it) => it.timeNs <= untilNs);
      return [...base.filter((it) => it.timeNs < marked.fromNs), ...since.filter((it) => it.timeNs >= fromNs)];
    }),
  };
}

/** How often a change is tried again because an overlay came or went meanwhile. */
const ATTEMPTS_MAX = 50;

/** How the change of a layout is called in the store. */
export interface ChangeNames {
  readonly note: string;
  seriesOf(series: Uint8Array, overlay: string | undefined): Uint8Array;
}

/** Overlays that notes named when they were last seen. */
export type SeenOverlays = Map<string, AttachedOverlay>;

/**
 * Applies a change to what is read of a layout and to what its note says lies over it, in one change. Which overlay that is
 * is known only once the note is read: where it is another than was seen last, nothing is applied, and the change is made anew.
 */
export async function applyOver(
  online: Pick<OnlineStore, "apply">,
  { changes, state }: OnlineChange,
  { names, seen }: { readonly names: ChangeNames; readonly seen: SeenOverlays },
): Promise<number | undefined> {
  for (let left = ATTEMPTS_MAX; left > 0; left--) {
    const expected = seen.get(names.note);
    let [found, editCount] = [expected, 0];
    const counted =
      (edit: SeriesChange["edit"]): SeriesChange["edit"] =>
      (tail) => {
        const edits = edit(tail);
        editCount += edits.length;
        return edits;
      };
    const base = changes.map((it) => ({ ...it, series: names.seriesOf(it.series, undefined) }));
    const over = (overlay: AttachedOverlay) =>
      changes.map((it) => {
        const series = names.seriesOf(it.series, overlay.generation);
        const change = memberChange(it, series, BigInt(overlay.mostFromNs));
        return { ...change, edit: counted(change.edit) };
      });
    const advance = (note: string | undefined): string | undefined => {
      editCount = 0;
      found = attachedOverlay(note);
      if (found?.generation !== expected?.generation) return undefined;
      const next = state.advance(note && withoutOverlay(note));
      if (next === undefined || !found) return next;
      return bringsHidden(note, next, found) ? undefined : withOverlay(next, found);
    };
    const all = expected ? [...base, ...over(expected)] : base;
    const written = await online.apply({ changes: all, state: { name: names.note, advance } });
    if (found?.generation === expected?.generation) return written && written - editCount;
    if (found === undefined) seen.delete(names.note);
    else seen.set(names.note, found);
  }
  throw onlineBusy();
}
