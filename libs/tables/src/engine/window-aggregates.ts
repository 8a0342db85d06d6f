import type { FeatureValue } from "@throughline/kernel";
import { columnStates, slidingWindow } from "@throughline/windows";
import type { WindowView } from "../join-plan.ts";
import type { Column, Row } from "../table.ts";
import type { BoundView } from "./bound-view.ts";
import { widened } from "./column-types.ts";
import { eventsQuery, keyList, sameKeys, WITHIN_REACH } from "./events-sql.ts";
import { rowsTable } from "./import-rows.ts";
import { breathe, type JobContext } from "./job-context.ts";
import { chunkRows, chunksOf } from "./result-rows.ts";
import type { Session } from "./session.ts";

/** Rows that are read at a time. */
const PAGE_ROWS = 50_000;
/** Rows that are written at a time. */
const BATCH_ROWS = 2_048;

/**
 * Makes the table of a window view, where `index` is its number and `cuts` the SQL of its cut-offs: row, c0.. (values), e and kt (times of what entered last, null if nothing did).
 *
 * DuckDB sorts the events and the cut-offs of each entity into one sequence, which is then read once: the window slides over
 * it, and libs/windows computes the aggregates from the same states as the online store does. The rows of one entity's window
 * are in memory.
 */
export async function windowAggregates(
  session: Session,
  bound: BoundView<WindowView>,
  { index, cuts, context }: { readonly index: number; readonly cuts: string; readonly context: JobContext },
): Promise<void> {
  const steps = `steps${index}`;
  await session.run(`CREATE TEMP TABLE ${steps} AS ${stepsQuery(bound, cuts)}`);
  const table = await rowsTable(session, tableColumns(bound));
  const valuesOf = windowValues(bound);
  const [count] = await session.one(`SELECT count(*) FROM ${steps}`);
  // Page by page, since a result that is read while rows are written would end. The order of the rows is that of their ids.
  for (let from = 0; from < Number(count); from += PAGE_ROWS) {
    const page = `SELECT * FROM ${steps} WHERE rowid >= ${from} AND rowid < ${from + PAGE_ROWS} ORDER BY rowid`;
    for await (const chunk of chunksOf(await session.run(page))) {
      const rows = chunkRows(chunk).flatMap((step) => valuesOf(step) ?? []);
      for (let at = 0; at < rows.length; at += BATCH_ROWS) table.append(rows.slice(at, at + BATCH_ROWS));
    }
    await breathe(context);
  }
  table.end();
  await session.run(`ALTER TABLE rows RENAME TO view${index}; DROP TABLE ${steps}`);
}

const tableColumns = (bound: BoundView<WindowView>): readonly Column[] => [
  ...["row", "e", "kt"].map((name): Column => ({ name, type: "int64" })),
  ...bound.outputs.map(({ type }, i): Column => ({ name: `c${i}`, type })),
];

/** Columns of a step before those of the values; keys come last. */
const STEP = ["a", "row", "e", "f", "n"] as const;

/** Events and cut-offs, entity by entity in the order of time; an event comes before a cut-off of the same moment. */
function stepsQuery(bound: BoundView<WindowView>, cuts: string): string {
  const values = bound.inputs.map((it, i) => (it ? `${widened(it)} AS x${i}` : `true AS x${i}`));
  const names = bound.inputs.map((_, i) => `x${i}`);
  const events = eventsQuery(bound, ["file_index AS f", "file_row_number AS n", ...values]);
  return `
    WITH cuts AS MATERIALIZED (${cuts})
    SELECT ${["a", "NULL::BIGINT AS row", "e", "f::BIGINT AS f", "n::BIGINT AS n", ...names, keyList(bound)].join(", ")}
    FROM (${events}) v SEMI JOIN cuts c ON ${sameKeys(bound, "v", "c")} WHERE ${WITHIN_REACH}
    UNION ALL BY NAME
    SELECT cut AS a, row, ${keyList(bound)} FROM cuts
    ORDER BY ${keyList(bound)}, a, row NULLS FIRST, e, f, n`;
}

/** Takes step after step: of an event it remembers what the window needs, and of a cut-off it gives a row of the view's table. */
function windowValues(bound: BoundView<WindowView>): (step: Row) => readonly [Row] | undefined {
  const { windowNs, aggregates } = bound.view;
  const { states, places } = columnStates(
    aggregates.map(({ aggregate }, column) => {
      const type = bound.inputs[column]?.type;
      return { column, aggregate, isWhole: type === "int64" || type === "bool" };
    }),
  );
  const valuesAt = STEP.length;
  const keysAt = valuesAt + aggregates.length;
  let window = slidingWindow(states);
  let last: Row | undefined;
  return (step) => {
    const [available, row, eventNs, segment, rowNumber] = step as readonly (bigint | null)[];
    if (!last || !haveSameKeys(last, step, keysAt)) window = slidingWindow(states);
    last = step;
    if (typeof row !== "bigint") {
      const values = step.slice(valuesAt, keysAt);
      const place = { segment: Number(segment), rowNumber: Number(rowNumber) };
      window.push({ eventNs: eventNs as bigint, knowledgeNs: available as bigint, ...place, values });
      return undefined;
    }
    window.forgetUntil((available as bigint) - windowNs);
    const newest = window.newest();
    const values = aggregates.map(({ aggregate }, i) => window.result(places[i] ?? -1, aggregate));
    return [[row, newest?.eventNs ?? null, newest?.knowledgeNs ?? null, ...values]];
  };
}

/** Compares the keys of two steps, which are from `keysAt` on. Types are equal already, and no key is null. */
function haveSameKeys(a: Row, b: Row, keysAt: number): boolean {
  for (let i = keysAt; i < a.length; i++) {
    if (a[i] !== b[i] && !isSame(a[i] ?? null, b[i] ?? null)) return false;
  }
  return true;
}

function isSame(a: FeatureValue, b: FeatureValue): boolean {
  if (a instanceof Uint8Array && b instanceof Uint8Array) return Buffer.compare(a, b) === 0;
  return a !== null && b !== null && typeof a === "object" && typeof b === "object" && "ns" in a && "ns" in b
    ? a.ns === b.ns
    : false;
}
