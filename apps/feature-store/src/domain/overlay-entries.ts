import type { OnlineEntry, SeriesChange, SeriesEdit, SeriesTail } from "./online-store.ts";

/** The least time of an entry. */
export const LEAST_NS = -(2n ** 63n);

/** What the first entry of each series of an overlay says. */
export interface Marker {
  /** From when on the series is right; before, what lies below it is. */
  readonly fromNs: bigint;
  /** An entry that is earlier than all others of the series: mostly the one that holds at that time. */
  readonly held?: OnlineEntry;
}

/** Bytes of the time from when on, and of the time of the entry that is held. */
const TIME_BYTES = 8;

/** A marker stands at the least time. With the entry that it holds it is all that most series of an overlay have. */
export function markerEdit({ fromNs, held }: Marker): SeriesEdit {
  const bytes = Buffer.allocUnsafe(TIME_BYTES + (held ? TIME_BYTES + held.value.byteLength : 0));
  bytes.writeBigInt64LE(fromNs, 0);
  if (held) {
    bytes.writeBigInt64LE(held.timeNs, TIME_BYTES);
    bytes.set(held.value, 2 * TIME_BYTES);
  }
  return { timeNs: LEAST_NS, value: bytes };
}

export function readMarker({ value }: OnlineEntry): Marker {
  const bytes = Buffer.from(value.buffer, value.byteOffset, value.byteLength);
  const fromNs = bytes.readBigInt64LE(0);
  if (bytes.byteLength === TIME_BYTES) return { fromNs };
  return { fromNs, held: { timeNs: bytes.readBigInt64LE(TIME_BYTES), value: bytes.subarray(2 * TIME_BYTES) } };
}

export const isMarker = (entry: OnlineEntry | undefined): boolean => entry?.timeNs === LEAST_NS;

/** The entries from its time on that a whole series of an overlay has. */
export function entriesSince({ fromNs, held }: Marker, others: readonly OnlineEntry[]): readonly OnlineEntry[] {
  const since = others.filter((it) => !isMarker(it) && it.timeNs >= fromNs);
  return held && held.timeNs >= fromNs ? [held, ...since] : since;
}

/**
 * The same change of a series of an overlay. A series that is not in the overlay stays so. What reaches back beyond `mostFromNs`
 * needs all of the series, since it may come before the entry that is held.
 */
export function memberChange(change: SeriesChange, series: Uint8Array, mostFromNs: bigint): SeriesChange {
  const { fromNs } = change;
  const edit: SeriesChange["edit"] = (tail) => editMember(tail, fromNs, change.edit);
  return { series, fromNs: fromNs > mostFromNs ? fromNs : LEAST_NS, edit };
}

function editMember(
  { before, entries }: SeriesTail,
  fromNs: bigint,
  edit: SeriesChange["edit"],
): readonly SeriesEdit[] {
  const [first] = entries;
  const marked = isMarker(before) ? before : isMarker(first) ? first : undefined;
  // A series has its marker first: whatever is there is in the overlay.
  if (!marked) return before || first ? edit({ before, entries }) : [];
  const marker = readMarker(marked);
  const all = [...(marker.held ? [marker.held] : []), ...entries.filter((it) => !isMarker(it))];
  const edits = edit({
    before: all.findLast((it) => it.timeNs < fromNs),
    entries: all.filter((it) => it.timeNs >= fromNs),
  });
  return withMarker(marker, edits);
}

/** The edits, and the marker where what it holds changes, or is not the earliest any more. */
function withMarker({ fromNs, held }: Marker, edits: readonly SeriesEdit[]): readonly SeriesEdit[] {
  const heldNs = held?.timeNs;
  const isTouched = edits.some((it) => it.timeNs === LEAST_NS || (heldNs !== undefined && it.timeNs <= heldNs));
  if (!isTouched) return edits;
  const after = new Map(edits.map((it) => [it.timeNs, it]));
  if (held && !after.has(held.timeNs)) after.set(held.timeNs, held);
  // An entry of the least time has no other place than the marker.
  const value = after.get(LEAST_NS)?.value;
  after.delete(LEAST_NS);
  return [markerEdit({ fromNs, ...(value && { held: { timeNs: LEAST_NS, value } }) }), ...after.values()];
}
