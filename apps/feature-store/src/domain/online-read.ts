import { canonicalRowBytes, type Digest, digestOfBytes, type FeatureValue } from "@throughline/kernel";
import { sumOutOfRange } from "./errors.ts";
import { latestHead } from "./latest-entries.ts";
import { seriesOf } from "./online-layout.ts";
import type { OnlinePlan, PlannedView } from "./online-plan.ts";
import type { OnlineEntry, OnlineStore, Seek } from "./online-store.ts";
import { problems } from "./problems.ts";
import type { NamedValues } from "./push-rows.ts";
import { difference, type RunningSums, readSums } from "./sum-entries.ts";
import { NULL_BYTES, readValues } from "./value-bytes.ts";
import { describeValue, isOfType } from "./value-type.ts";

/** A value with its times. Missing and stale are values, not errors. */
export interface VectorValue {
  readonly value: FeatureValue;
  readonly status: "present" | "missing" | "stale";
  /** Undefined for aggregates and request features, and where nothing is known. */
  readonly eventNs?: bigint;
  /** Undefined for request features, and where nothing is known. */
  readonly knowledgeNs?: bigint;
}

/** The features of one entity row, in the order of the feature service. */
export interface FeatureVector {
  readonly values: readonly VectorValue[];
  readonly rowDigest: Digest;
}

/** Entity rows, and the instant whose knowledge they get. */
export interface OnlineRead {
  readonly rows: readonly NamedValues[];
  readonly asOfNs: bigint;
}

/**
 * Reads the features of entity rows: what the point-in-time join gives for the same keys and the same cut-off, by the same
 * digest. All rows are read from one state. Fails with INVALID_FIELD for values of a wrong type, all at once.
 */
export async function readOnline(
  online: Pick<OnlineStore, "seek">,
  plan: OnlinePlan,
  { rows, asOfNs }: OnlineRead,
): Promise<readonly FeatureVector[]> {
  checkRows(plan, rows);
  const seeks: Seek[] = [];
  const lookups = rows.map((row) => plan.views.map((view) => lookUp(view, row, { asOfNs, seeks })));
  const found = await online.seek(seeks);
  return rows.map((row, i) => {
    const cells = new Array<Cell>(plan.featureCount).fill(MISSING);
    plan.views.forEach((view, v) => {
      const at = lookups[i]?.[v];
      if (at !== undefined) fillView(cells, view, { entries: found, at, asOfNs });
    });
    for (const { index, name } of plan.requestFeatures) cells[index] = requestCell(row.get(name) ?? null);
    return vectorOf(cells);
  });
}

/** A value on its way into a vector, with its canonical bytes. */
interface Cell {
  readonly value: VectorValue;
  readonly bytes: Uint8Array;
}

const MISSING: Cell = { value: { value: null, status: "missing" }, bytes: NULL_BYTES };

const vectorOf = (cells: readonly Cell[]): FeatureVector => ({
  values: cells.map((it) => it.value),
  rowDigest: digestOfBytes(Buffer.concat(cells.map((it) => it.bytes))),
});

const requestCell = (value: FeatureValue): Cell =>
  value === null ? MISSING : { value: { value, status: "present" }, bytes: canonicalRowBytes([value]) };

function checkRows(plan: OnlinePlan, rows: readonly NamedValues[]): void {
  const wrong = problems();
  rows.forEach((row, i) => {
    for (const { name, type } of plan.fields) {
      const value = row.get(name) ?? null;
      if (!isOfType(value, type))
        wrong.add(`rows[${i}].values["${name}"]`, `it is ${describeValue(value)}, needed is ${type}`);
    }
  });
  wrong.throwIfAny();
}

/** The first and the last time that an entry can have; every read is between them. */
const [NS_LEAST, NS_MOST] = [-(2n ** 63n), 2n ** 63n - 1n];

/** The nearest time that an entry can have. */
export const withinNs = (ns: bigint): bigint => (ns < NS_LEAST ? NS_LEAST : ns > NS_MOST ? NS_MOST : ns);

/** Adds a view's questions for a row; returns where their answers start, or undefined if a key is null and nothing matches. */
function lookUp(
  view: PlannedView,
  row: NamedValues,
  { asOfNs, seeks }: { readonly asOfNs: bigint; readonly seeks: Seek[] },
): number | undefined {
  const keys = view.keyFields.map((it) => row.get(it) ?? null);
  if (keys.includes(null)) return undefined;
  const at = seeks.length;
  if (view.latest.length > 0) seeks.push({ series: seriesOf(view.layout, "latest", keys), timeNs: withinNs(asOfNs) });
  if (view.windows.length > 0) {
    const series = seriesOf(view.layout, "sums", keys);
    seeks.push({ series, timeNs: withinNs(asOfNs) });
    for (const { windowNs } of view.windows) seeks.push({ series, timeNs: withinNs(asOfNs - windowNs) });
  }
  return at;
}

interface Answers {
  readonly entries: readonly (OnlineEntry | undefined)[];
  readonly at: number;
  readonly asOfNs: bigint;
}

function fillView(cells: Cell[], view: PlannedView, { entries, at, asOfNs }: Answers): void {
  let next = at;
  if (view.latest.length > 0) fillLatest(cells, view, { entry: entries[next++], asOfNs });
  if (view.windows.length === 0) return;
  const columnCount = view.layout.sumColumns?.length ?? 0;
  const until = entries[next++];
  const later = until && readSums(until.value, columnCount);
  for (const window of view.windows) {
    const start = entries[next++];
    const sums = later && difference(later, start && readSums(start.value, columnCount));
    for (const feature of window.features)
      cells[feature.index] = aggregateCell(feature, sums, sums && sums.rowCount > 0n ? until?.timeNs : undefined);
  }
}

function fillLatest(
  cells: Cell[],
  view: PlannedView,
  { entry, asOfNs }: { readonly entry: OnlineEntry | undefined; readonly asOfNs: bigint },
): void {
  if (!entry) return;
  const { eventNs, valuesAt, bytes } = latestHead(entry.value);
  const times = { eventNs, knowledgeNs: entry.timeNs };
  const isStale = view.ttlNs !== undefined && asOfNs - eventNs > view.ttlNs;
  const stale: Cell = { value: { value: null, status: "stale", ...times }, bytes: NULL_BYTES };
  const read = isStale ? [] : readValues(bytes, valuesAt, view.latestColumnCount);
  for (const { index, column } of view.latest) {
    const found = read[column];
    cells[index] = found ? { value: { value: found.value, status: "present", ...times }, bytes: found.bytes } : stale;
  }
}

type Planned = PlannedView["windows"][number]["features"][number];

function aggregateCell(feature: Planned, sums: RunningSums | undefined, knowledgeNs: bigint | undefined): Cell {
  if (feature.function === "count") return aggregate(sums?.rowCount ?? 0n, knowledgeNs);
  // No row in the window: there is nothing to tell, as for a view without a row.
  if (!sums || knowledgeNs === undefined) return MISSING;
  const { count, sum } = sums.columns[feature.column] ?? { count: 0n, sum: 0n };
  if (count === 0n) return aggregate(null, knowledgeNs);
  if (BigInt.asIntN(64, sum) !== sum) throw sumOutOfRange(feature.name);
  return aggregate(feature.function === "sum" ? sum : Number(sum) / Number(count), knowledgeNs);
}

const aggregate = (value: FeatureValue, knowledgeNs: bigint | undefined): Cell => ({
  value: { value, status: "present", ...(knowledgeNs !== undefined && { knowledgeNs }) },
  bytes: canonicalRowBytes([value]),
});
