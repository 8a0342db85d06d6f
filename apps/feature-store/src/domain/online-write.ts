import { canonicalRowBytes } from "@throughline/kernel";
import { TILE_LENGTHS_NS } from "@throughline/windows";
import { mergeLatest } from "./latest-entries.ts";
import type { ExtractOrder } from "./online-extract.ts";
import { type OnlineLayout, type SeriesKind, seriesKinds, seriesOfKeys } from "./online-layout.ts";
import type { OnlineRow } from "./online-rows.ts";
import type { SeriesChange } from "./online-store.ts";
import { mergeSums } from "./sum-entries.ts";
import { mergeRows, mergeTiles, tileTime } from "./tile-entries.ts";

/** The changes that bring rows online, one for each series of each entity among them. */
export function changesOf(layout: OnlineLayout, rows: readonly OnlineRow[]): readonly SeriesChange[] {
  const kinds = seriesKinds(layout);
  const changes: SeriesChange[] = [];
  for (const { keys, rows: own } of entitiesOf(rows)) {
    let fromNs = own[0]?.knowledgeNs ?? 0n;
    for (let i = 1; i < own.length; i++) {
      const { knowledgeNs } = own[i] as OnlineRow;
      if (knowledgeNs < fromNs) fromNs = knowledgeNs;
    }
    for (const kind of kinds) changes.push(changeOf(layout, kind, { keys, rows: own, fromNs }));
  }
  return changes;
}

/** Rows of one entity, and its keys in canonical bytes. */
interface EntityRows {
  readonly keys: Uint8Array;
  readonly rows: OnlineRow[];
}

function entitiesOf(rows: readonly OnlineRow[]): readonly EntityRows[] {
  const all: EntityRows[] = [];
  const byName = new Map<string, EntityRows>();
  let last: EntityRows | undefined;
  for (const row of rows) {
    const keys = row.encoded?.keys ?? canonicalRowBytes(row.keys);
    if (last?.keys === keys) {
      last.rows.push(row);
      continue;
    }
    // Rows that were encoded by an extract are in the order of their keys: those of an entity have the same object.
    const name = row.encoded
      ? undefined
      : Buffer.from(keys.buffer, keys.byteOffset, keys.byteLength).toString("latin1");
    last = name === undefined ? undefined : byName.get(name);
    if (last) {
      last.rows.push(row);
      continue;
    }
    last = { keys, rows: [row] };
    all.push(last);
    if (name !== undefined) byName.set(name, last);
  }
  return all;
}

function changeOf(
  layout: OnlineLayout,
  kind: SeriesKind,
  { keys, rows, fromNs }: EntityRows & { readonly fromNs: bigint },
): SeriesChange {
  const series = seriesOfKeys(layout, kind, keys);
  if (kind === "latest") return { series, fromNs, edit: (tail) => mergeLatest(tail, rows) };
  if (kind === "rows") return { series, fromNs, edit: (tail) => mergeRows(tail, rows) };
  const { sumColumns = [], exactColumns, tiles } = layout;
  if (kind === "sums") {
    const shape = { columnCount: sumColumns.length, exactColumns };
    return { series, fromNs, edit: (tail) => mergeSums(tail, rows, shape) };
  }
  const lengthNs = TILE_LENGTHS_NS[kind] ?? 1n;
  const states = tiles?.states ?? [];
  return { series, fromNs: tileTime(fromNs, lengthNs), edit: (tail) => mergeTiles(tail, rows, { states, lengthNs }) };
}

/** How far a layout's online values are. Data versions are those of the project. */
export interface OnlineProgress {
  /** Every segment of the source up to this data version is online. */
  readonly through: number;
  /** Segments beyond that are online all the same: rows that were pushed before a load was materialised. */
  readonly also: readonly Beyond[];
  /** Segments that are being brought online, and how many of their rows in the order of the extract are. */
  readonly underWay?: {
    readonly dataVersions: readonly number[];
    readonly rowCount: number;
    /** Undefined: by values, as before there was another. */
    readonly order?: ExtractOrder;
  };
  /** The last revert that found nothing online: an extract of before it knows of other segments, and must not begin. */
  readonly since?: number;
}

/** A pushed segment that is online before one that came earlier. */
interface Beyond {
  readonly dataVersion: number;
  /** The data version of the source's segment before it, 0 if none. */
  readonly previous: number;
}

const NOTHING: OnlineProgress = { through: 0, also: [] };

export const readProgress = (note: string | undefined): OnlineProgress =>
  note === undefined ? NOTHING : (JSON.parse(note) as OnlineProgress);

/** The note of a layout in which nothing is online. */
export const EMPTY_NOTE = JSON.stringify(NOTHING);

/** What is online, as it is after a revert that found no loads there. */
export const noteSince = (note: string | undefined, since: number): string =>
  JSON.stringify({ ...readProgress(note), since } satisfies OnlineProgress);

/** True if nothing is online, and nothing comes. */
export const isEmpty = ({ through, also, underWay }: OnlineProgress): boolean =>
  through === 0 && also.length === 0 && underWay === undefined;

/** True if the segment's rows are wholly online. */
export const isOnline = (progress: OnlineProgress, dataVersion: number): boolean =>
  dataVersion <= progress.through || progress.also.some((it) => it.dataVersion === dataVersion);

/**
 * A pushed segment that comes online by itself. Undefined if it is online already, or part of an extract that is under way
 * and will bring it.
 */
export function afterPush(note: string | undefined, pushed: Beyond): string | undefined {
  const progress = readProgress(note);
  const { dataVersion } = pushed;
  if (isOnline(progress, dataVersion) || progress.underWay?.dataVersions.includes(dataVersion)) return undefined;
  return JSON.stringify(collapsed({ ...progress, also: [...progress.also, pushed] }));
}

/** Takes up what follows on `through` without a gap, so that the list beyond it stays short. */
function collapsed(progress: OnlineProgress): OnlineProgress {
  const { through, also } = progress;
  const next = also.find((it) => it.previous <= through);
  if (!next) return progress;
  return collapsed({
    ...progress,
    through: Math.max(through, next.dataVersion),
    also: also.filter((it) => it !== next),
  });
}

/** The order of the extract that is under way, or of the next one. */
export const orderOf = ({ underWay }: OnlineProgress): ExtractOrder =>
  underWay ? (underWay.order ?? "values") : "bytes";

/** Some rows of an extract come online: `from` is how many were before. `done` if these are the last of it. */
export interface ExtractStep {
  readonly dataVersions: readonly number[];
  readonly order: ExtractOrder;
  readonly from: number;
  readonly rowCount: number;
  readonly done: boolean;
  /** See OnlineProgress, as it was when the segments were looked up. */
  readonly since?: number;
}

/**
 * Undefined if the step is not the next one: another process took it, one of the segments came online by itself, or a revert
 * changed which segments there are.
 */
export function afterExtractStep(note: string | undefined, step: ExtractStep): string | undefined {
  const progress = readProgress(note);
  const { through, also, underWay, since } = progress;
  const isKnown = step.since === since && !step.dataVersions.some((it) => isOnline(progress, it));
  const isFirst = !underWay && step.from === 0 && isKnown;
  const isSame = String(underWay?.dataVersions) === String(step.dataVersions) && orderOf(progress) === step.order;
  const isNext = underWay?.rowCount === step.from && isSame;
  if (!isFirst && !isNext) return undefined;
  if (!step.done) {
    const { dataVersions, order } = step;
    const reached = { dataVersions, rowCount: step.from + step.rowCount, ...(order === "bytes" && { order }) };
    return JSON.stringify({ through, also, underWay: reached, ...(since !== undefined && { since }) });
  }
  const most = Math.max(through, ...step.dataVersions);
  const beyond = also.filter((it) => it.dataVersion > most);
  return JSON.stringify(collapsed({ through: most, also: beyond, ...(since !== undefined && { since }) }));
}
