import type { FeatureValue } from "@throughline/kernel";
import { bruteForce, columnStates, emptyTile, type PlacedValue } from "@throughline/windows";
import { badPlan, valueRange } from "../errors.ts";
import type { AggregateView, Aggregation, JoinPlan, OracleRow, WindowView } from "../join-plan.ts";
import type { Column, Row } from "../table.ts";
import { bindJoin, describing, joinFiles } from "./bound-join.ts";
import type { BoundView } from "./bound-view.ts";
import { viewRows, widened } from "./column-types.ts";
import { breathe, type JobContext } from "./job-context.ts";
import { chunksOf, columnReaders, type ValueAt } from "./result-rows.ts";
import { openSession, type Session } from "./session.ts";

/** Rows that one call checks at most. */
const ROWS_MAX = 100_000;

interface SpineRow {
  readonly rowNumber: number;
  readonly cutoff: bigint | null;
  readonly keys: ReadonlyMap<string, FeatureValue>;
  readonly passthrough: Row;
}

/**
 * See TableEngine.bruteForceJoin. It reads rows in file order and decides each by the words of JoinPlan: no sorting, no
 * window, no ASOF join, so that an error in those cannot hide here as well.
 */
export async function bruteForceJoin(
  { join: plan, rowNumbers }: { readonly join: JoinPlan; readonly rowNumbers: readonly number[] },
  context: JobContext,
): Promise<readonly OracleRow[]> {
  if (rowNumbers.length > ROWS_MAX) throw badPlan("rowNumbers", `${rowNumbers.length} are more than ${ROWS_MAX}`);
  await using session = await openSession(context, { reads: joinFiles(plan), writes: [] });
  const join = await bindJoin(describing(session), plan);
  const keyColumns = join.views.flatMap((view) => view.keys.map((it) => it.spine));
  const wanted = new Set(rowNumbers);
  const found = new Map<number, SpineRow>();
  const columns = [join.cutoff, ...keyColumns, ...join.passthrough];
  await eachRow({ session, context }, { segments: plan.spine.segments, columns }, (at, index, rowNumber) => {
    if (!wanted.has(rowNumber)) return;
    const values = at.map((it) => it(index));
    const keys = new Map(keyColumns.map((it, i) => [it.name, values[1 + i] ?? null]));
    const passthrough = values.slice(1 + keyColumns.length);
    found.set(rowNumber, { rowNumber, cutoff: nsOf(values[0]), keys, passthrough });
  });
  const rows = rowNumbers.map((rowNumber) => {
    const row = found.get(rowNumber);
    if (!row) throw badPlan("rowNumbers", `the spine has no row ${rowNumber}`);
    return row;
  });
  const parts: Row[][] = [];
  for (const view of join.views) {
    parts.push(await viewValues({ session, context }, view, rows));
  }
  return rows.map((row, i) => ({
    rowNumber: row.rowNumber,
    values: [...row.passthrough, ...parts.flatMap((it) => it[i] ?? [])],
  }));
}

interface Reader {
  readonly session: Session;
  readonly context: JobContext;
}

type Visit = (at: readonly ValueAt[], index: number, rowNumber: number) => void;

interface RowsToVisit extends Pick<BoundView["view"], "segments" | "fileColumns"> {
  readonly columns: readonly Column[];
}

/** Visits all rows of some files in their order. */
async function eachRow(
  { session, context }: Reader,
  { segments, fileColumns, columns }: RowsToVisit,
  visit: Visit,
): Promise<void> {
  const values = columns.map((it, i) => `${widened(it)} AS c${i}`).join(", ");
  let rowNumber = 0;
  for await (const chunk of chunksOf(
    await session.stream(`SELECT ${values} FROM ${viewRows(segments, fileColumns)}`),
  )) {
    const at = columnReaders(chunk);
    for (let index = 0; index < chunk.rowCount; index++) visit(at, index, rowNumber++);
    await breathe(context);
  }
}

/** What is known so far about one spine row's view. */
interface Tally {
  readonly cutoff: bigint;
  /** What was available until then, inclusive, is before the window. Undefined for views without one. */
  readonly startNs: bigint | undefined;
  best: { readonly event: bigint; readonly knowledge: bigint; readonly values: Row } | undefined;
  /** What entered a window of states. */
  readonly entered: Event[];
  readonly amounts: readonly { count: bigint; sum: bigint; min: bigint | undefined; max: bigint | undefined }[];
}

async function viewValues(reader: Reader, bound: BoundView, rows: readonly SpineRow[]): Promise<Row[]> {
  const { view, keys, eventTime, knowledgeTime, inputs } = bound;
  const tallies = rows.map((row) => newTally(row, bound));
  const byKey = Map.groupBy(
    rows.flatMap((row, i) => {
      const key = keyText(keys.map((it) => row.keys.get(it.spine.name) ?? null));
      const tally = tallies[i];
      return key === undefined || !tally ? [] : [{ key, tally }];
    }),
    (it) => it.key,
  );
  const columns = [...keys.map((it) => it.view), eventTime, knowledgeTime, ...inputs.filter((it) => it !== undefined)];
  await eachRow(reader, { ...view, columns }, (at, index, rowNumber) => {
    const key = keyText(keys.map((_, i) => at[i]?.(index) ?? null));
    const candidates = key === undefined ? undefined : byKey.get(key);
    if (!candidates) return;
    const event = nsOf(at[keys.length]?.(index));
    const knowledge = nsOf(at[keys.length + 1]?.(index));
    if (event === null || knowledge === null) return;
    let next = keys.length + 2;
    const values = inputs.map((it) => (it ? (at[next++]?.(index) ?? null) : true));
    const available = event > knowledge ? event : knowledge;
    const it: Event = { event, knowledge, available, values, rowNumber };
    for (const { tally } of candidates) consider(tally, view, it);
  });
  return tallies.map((tally) => (tally ? outcome(tally, bound) : bound.outputs.map(() => null)));
}

function newTally(row: SpineRow, bound: BoundView): Tally | undefined {
  const complete = row.cutoff !== null && bound.keys.every((it) => isKey(row.keys.get(it.spine.name) ?? null));
  if (!complete || row.cutoff === null) return undefined;
  const amounts = bound.inputs.map(() => ({ count: 0n, sum: 0n, min: undefined, max: undefined }));
  const { view } = bound;
  const startNs = view.kind === "latest" ? undefined : row.cutoff - view.windowNs;
  return { cutoff: row.cutoff, startNs, best: undefined, amounts, entered: [] };
}

interface Event {
  readonly event: bigint;
  readonly knowledge: bigint;
  /** The later of the two: from then on the row can be used. */
  readonly available: bigint;
  readonly values: Row;
  readonly rowNumber: number;
}

function consider(tally: Tally, view: BoundView["view"], it: Event): void {
  if (it.event > tally.cutoff || it.knowledge > tally.cutoff) return;
  if (view.kind === "latest") {
    const { best } = tally;
    const worse = best && (it.event < best.event || (it.event === best.event && it.knowledge < best.knowledge));
    // Rows come in the order they were written, so the later of two equals replaces the earlier.
    if (!worse) tally.best = it;
    return;
  }
  if (tally.startNs !== undefined && it.available <= tally.startNs) return;
  if (view.kind === "window") {
    tally.entered.push(it);
    return;
  }
  tally.amounts.forEach((amount, i) => {
    const value = it.values[i] ?? null;
    if (value === null) return;
    amount.count += 1n;
    if (typeof value !== "bigint" && typeof value !== "boolean") return;
    const whole = BigInt(value);
    amount.sum += whole;
    if (amount.min === undefined || whole < amount.min) amount.min = whole;
    if (amount.max === undefined || whole > amount.max) amount.max = whole;
  });
}

function outcome(tally: Tally, bound: BoundView): Row {
  const { view } = bound;
  if (view.kind === "aggregate") return aggregates(tally, view);
  if (view.kind === "window") return windowAggregates(tally, view, bound.inputs);
  const { best, cutoff } = tally;
  const fresh = best && (view.ttlNs === undefined || cutoff - best.event <= view.ttlNs);
  return fresh ? best.values : bound.outputs.map(() => null);
}

function aggregates(tally: Tally, view: AggregateView): Row {
  return tally.amounts.map((amount, i) => {
    const name: Aggregation["function"] | undefined = view.aggregations[i]?.function;
    if (name === "count") return amount.count;
    if (amount.count === 0n) return null;
    if (name === "min" || name === "max") return amount[name] ?? null;
    if (BigInt.asIntN(64, amount.sum) !== amount.sum)
      throw valueRange(`the sum ${amount.sum} does not fit into 64 bits`);
    return name === "sum" ? amount.sum : Number(amount.sum) / Number(amount.count);
  });
}

/** By the oracle of libs/windows; an approximate result by one state that takes the values one by one. */
function windowAggregates({ entered }: Tally, { aggregates }: WindowView, inputs: BoundView["inputs"]): Row {
  return aggregates.map(({ aggregate }, i) => {
    const isWhole = inputs[i]?.type === "int64" || inputs[i]?.type === "bool";
    const values = entered.flatMap(({ event, available, values, rowNumber }): PlacedValue[] => {
      const value = values[i] ?? null;
      return value === null ? [] : [{ value, eventNs: event, knowledgeNs: available, segment: 0, rowNumber }];
    });
    const exact = bruteForce(aggregate, values, isWhole);
    if (exact !== undefined) return exact;
    const tile = emptyTile(columnStates([{ column: 0, aggregate, isWhole }]).states);
    for (const { value, ...place } of values) tile.add({ ...place, values: [value] });
    return tile.state(0).result(aggregate);
  });
}

function nsOf(value: FeatureValue | undefined): bigint | null {
  if (typeof value === "bigint") return value;
  return value !== null && typeof value === "object" && "ns" in value ? value.ns : null;
}

const isKey = (value: FeatureValue): boolean => value !== null && !Number.isNaN(value);

/** A text that is equal for equal keys, as `String` gives one for zeros of both signs; undefined if a value is no key. Types are equal already, see bindJoin. */
function keyText(values: Row): string | undefined {
  if (!values.every(isKey)) return undefined;
  return JSON.stringify(
    values.map((it) => (it instanceof Uint8Array ? Buffer.from(it).toString("hex") : String(nsOf(it) ?? it))),
  );
}
