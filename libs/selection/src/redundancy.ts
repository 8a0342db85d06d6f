import { createHash } from "node:crypto";
import { associations } from "./association.ts";
import { type DataColumn, isMissing, rowCount } from "./column.ts";
import { countedInformation } from "./contingency.ts";
import { binned } from "./information.ts";

/** Columns that say the same, in the order of the columns. */
export type DuplicateGroup = readonly string[];

/**
 * Columns that are equal row by row. Numbers are equal as numbers; categories if there is a renaming that makes them equal; a missing value
 * equals a missing value alone.
 */
export function duplicates(columns: readonly DataColumn[]): readonly DuplicateGroup[] {
  const groups = new Map<string, string[]>();
  for (const column of columns) {
    const key = `${column.kind} ${contentDigest(column)}`;
    groups.set(key, [...(groups.get(key) ?? []), column.name]);
  }
  return [...groups.values()].filter((it) => it.length > 1);
}

function contentDigest(column: DataColumn): string {
  const values =
    column.kind === "numeric"
      ? // Adding 0 makes -0 into 0, and every NaN is written as one.
        column.values.map((it) => (Number.isNaN(it) ? Number.NaN : it + 0))
      : byFirstUse(column.codes);
  return createHash("sha256")
    .update(Buffer.from(values.buffer, values.byteOffset, values.byteLength))
    .digest("hex");
}

function byFirstUse(codes: Int32Array): Int32Array {
  const names = new Map([[-1, -1]]);
  return codes.map((code) => {
    const name = names.get(code) ?? names.size - 1;
    names.set(code, name);
    return name;
  });
}

/** A feature that a better one makes superfluous. */
export interface Redundant {
  readonly name: string;
  /** The kept feature that it hangs together with most. */
  readonly keptInstead: string;
  /** See `association`. */
  readonly strength: number;
}

/** What greedy pruning keeps and leaves out. */
export interface Pruned {
  readonly kept: readonly string[];
  readonly redundant: readonly Redundant[];
}

/**
 * Keeps features from the most relevant on, and leaves out each whose association with one that is kept reaches the threshold and whose
 * missing values are about where the other's are. Equal relevance goes by the order of the columns, so the answer is always the same.
 */
export function pruneByAssociation(
  columns: readonly DataColumn[],
  relevanceOf: (name: string) => number,
  threshold: number,
): Pruned {
  const order = columns.toSorted((a, b) => finite(relevanceOf(b.name)) - finite(relevanceOf(a.name)));
  const strengthOf = associations(columns);
  const kept: DataColumn[] = [];
  const redundant: Redundant[] = [];
  for (const column of order) {
    const nearest = kept
      .filter((it) => agreementOfMissing(it, column) >= threshold)
      .map((it) => ({ name: column.name, keptInstead: it.name, strength: strengthOf(it, column).strength }))
      .reduce<Redundant | undefined>((best, it) => (best && best.strength >= it.strength ? best : it), undefined);
    if (nearest && nearest.strength >= threshold) redundant.push(nearest);
    else kept.push(column);
  }
  return { kept: kept.map((it) => it.name), redundant };
}

const finite = (value: number): number => (Number.isNaN(value) ? Number.NEGATIVE_INFINITY : value);

/** The share of rows in which both are there or both are missing. */
function agreementOfMissing(a: DataColumn, b: DataColumn): number {
  let equal = 0;
  for (let row = 0; row < rowCount(a); row++) if (isMissing(a, row) === isMissing(b, row)) equal += 1;
  return equal / rowCount(a);
}

/** A feature that mRMR chose. */
export interface Chosen {
  readonly name: string;
  /** Information with the label, in nats. */
  readonly relevance: number;
  /** Mean information with the features chosen before; 0 for the first. */
  readonly redundancy: number;
}

const BINS = 10;

/**
 * The features that tell most about the label and least about each other (minimum redundancy, maximum relevance by their difference: Peng, Long
 * and Ding 2005, doi:10.1109/TPAMI.2005.159), in the order of choice. Information is that of counts, numbers in ten quantile bins, corrected
 * for the number of categories: an identifier would come first otherwise. Equal scores go by the order of the columns.
 */
export function chooseFeatures(columns: readonly DataColumn[], label: DataColumn, count: number): readonly Chosen[] {
  const target = binned(label, BINS);
  const waiting = columns.map((it) => {
    const codes = binned(it, BINS);
    return { name: it.name, codes, relevance: countedInformation(codes, target).corrected, shared: 0 };
  });
  const chosen: Chosen[] = [];
  while (chosen.length < count && waiting.length > 0) {
    const score = (it: (typeof waiting)[number]): number => it.relevance - it.shared / Math.max(1, chosen.length);
    const best = waiting.reduce((found, it, i) => {
      const rival = waiting[found];
      return rival && score(it) > score(rival) ? i : found;
    }, 0);
    const [next] = waiting.splice(best, 1);
    if (!next) break;
    chosen.push({ name: next.name, relevance: next.relevance, redundancy: next.shared / Math.max(1, chosen.length) });
    for (const it of waiting) it.shared += countedInformation(it.codes, next.codes).corrected;
  }
  return chosen;
}
