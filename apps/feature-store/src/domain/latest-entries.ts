import { canonicalRowBytes, type FeatureValue } from "@throughline/kernel";
import { readCanonicalValue } from "@throughline/windows";
import { memoryView } from "./memory-view.ts";
import type { OnlineRow } from "./online-rows.ts";
import type { OnlineEntry, SeriesEdit, SeriesTail } from "./online-store.ts";

/**
 * An entry of the latest values: event time (int64), data version (float64), row number (float64), all little-endian, and the
 * canonical bytes of the values. Its time is the row's knowledge time.
 */
export const HEAD_BYTES = 24;

/** The parts of an entry that do not need its values. */
export interface LatestHead {
  readonly eventNs: bigint;
  readonly dataVersion: number;
  readonly rowNumber: number;
}

export function latestHead(value: Uint8Array): LatestHead {
  const view = memoryView(value);
  return {
    eventNs: view.getBigInt64(value.byteOffset, true),
    dataVersion: view.getFloat64(value.byteOffset + 8, true),
    rowNumber: view.getFloat64(value.byteOffset + 16, true),
  };
}

/** The tag of a float in canonical bytes, and its bytes with it. */
export const FLOAT64 = { tag: 3, size: 9 } as const;

/** True if the first values of an entry are floats. */
export function areFloats(entry: Uint8Array, count: number): boolean {
  for (let i = 0; i < count; i++) if (entry[HEAD_BYTES + FLOAT64.size * i] !== FLOAT64.tag) return false;
  return true;
}

/** The first values of an entry. */
export function latestValues(entry: Uint8Array, count: number): readonly FeatureValue[] {
  const view = memoryView(entry);
  const values: FeatureValue[] = [];
  for (let at = HEAD_BYTES; values.length < count; ) {
    // Most features are floats, and are read several times as fast from a view.
    if (entry[at] === FLOAT64.tag) {
      values.push(view.getFloat64(entry.byteOffset + at + 1, true));
      at += FLOAT64.size;
    } else {
      const { value, end } = readCanonicalValue(Buffer.from(entry.buffer, entry.byteOffset, entry.byteLength), at);
      values.push(value);
      at = end;
    }
  }
  return values;
}

/** An entry, there already or from a new row. */
interface Candidate extends LatestHead {
  readonly timeNs: bigint;
  readonly value: Uint8Array;
  readonly isNew: boolean;
}

/**
 * Edits that let new rows of one entity take part. Of the rows known at a time the one with the latest event is the best; of
 * equal events the latest known; of these the one written last. An entry stands wherever the best changes.
 *
 * The best of a set does not depend on the order in which it was put together, so rows may be merged late, in parts, or
 * twice.
 */
export function mergeLatest({ before, entries }: SeriesTail, rows: readonly OnlineRow[]): readonly SeriesEdit[] {
  const [only] = rows;
  if (only && rows.length === 1 && entries.length === 0) return mergeOne(before, only);
  const line = [...entries.map(candidateOf), ...rows.map(newCandidate)].sort(byTimeThenMerit);
  const edits: SeriesEdit[] = [];
  let best = before && candidateOf(before);
  for (let start = 0; start < line.length; ) {
    const end = endOfTime(line, start);
    // The last of one time is the best of it.
    const winner = line[end - 1] as Candidate;
    const { timeNs } = winner;
    const isBest = best === undefined || winner.eventNs >= best.eventNs;
    if (isBest) best = winner;
    if (isBest && winner.isNew) edits.push({ timeNs, value: winner.value });
    if (!isBest && line.slice(start, end).some((it) => !it.isNew)) edits.push({ timeNs, value: undefined });
    start = end;
  }
  return edits;
}

/** The same for one row behind all entries, as most are: it stands unless it is about an earlier event. */
function mergeOne(before: OnlineEntry | undefined, row: OnlineRow): readonly SeriesEdit[] {
  if (before && row.eventNs < latestHead(before.value).eventNs) return [];
  return [{ timeNs: row.knowledgeNs, value: entryOf(row) }];
}

/** Index after the last candidate of the same time. */
function endOfTime(line: readonly Candidate[], start: number): number {
  let end = start + 1;
  while (end < line.length && line[end]?.timeNs === line[start]?.timeNs) end += 1;
  return end;
}

const byTimeThenMerit = (a: Candidate, b: Candidate): number =>
  compare(a.timeNs, b.timeNs) ||
  compare(a.eventNs, b.eventNs) ||
  a.dataVersion - b.dataVersion ||
  a.rowNumber - b.rowNumber;

const compare = (a: bigint, b: bigint): number => (a < b ? -1 : a > b ? 1 : 0);

function candidateOf({ timeNs, value }: OnlineEntry): Candidate {
  const { eventNs, dataVersion, rowNumber } = latestHead(value);
  return { timeNs, value, eventNs, dataVersion, rowNumber, isNew: false };
}

function newCandidate(row: OnlineRow): Candidate {
  const { eventNs, dataVersion, rowNumber, knowledgeNs } = row;
  return { timeNs: knowledgeNs, value: entryOf(row), eventNs, dataVersion, rowNumber, isNew: true };
}

function entryOf(row: OnlineRow): Uint8Array {
  if (row.encoded) return row.encoded.latest;
  const values = canonicalRowBytes(row.latest);
  const entry = Buffer.allocUnsafe(HEAD_BYTES + values.length);
  writeHead(new DataView(entry.buffer, entry.byteOffset), 0, row);
  entry.set(values, HEAD_BYTES);
  return entry;
}

/** Writes the first bytes of an entry, behind which its values come. */
export function writeHead(to: DataView, at: number, { eventNs, dataVersion, rowNumber }: LatestHead): void {
  to.setBigInt64(at, eventNs, true);
  to.setFloat64(at + 8, dataVersion, true);
  to.setFloat64(at + 16, rowNumber, true);
}
