import { setImmediate as breathe } from "node:timers/promises";
import type { FeatureValue } from "@throughline/kernel";
import type { Column, Row, TableEngine, WrittenTable } from "@throughline/tables";
import type { BoundService } from "../feature-service.ts";
import { quoted } from "../segment-query.ts";
import { featureName } from "../view-selection.ts";
import { type BoundOutput, costOf, outputValue, unsigned } from "./program.ts";

/** Joined rows, of which on-demand views compute the rest. */
export interface ComputingRows {
  readonly table: Pick<WrittenTable, "path" | "columns" | "rowCount">;
  readonly outputs: readonly BoundOutput[];
  /** Columns that are not wanted any more. */
  readonly dropped: ReadonlySet<string>;
  /** The column that has an input; its own name if left out. */
  readonly columnOf?: (input: string) => string;
  readonly output: string;
  readonly signal: AbortSignal;
}

/** Values in memory at a time, and the most rows that they are of. */
const VALUES_MAX = 1_000_000;
const PIECE_ROWS_MAX = 20_000;
/** The loop of events goes on after so many steps, which take some milliseconds. */
const STEPS_AT_ONCE = 50_000;

/** The outputs that a service has of on-demand views. */
export const outputsOf = ({ features }: Pick<BoundService, "features">): readonly BoundOutput[] =>
  features.filter((it) => it.from === "onDemand");

/** Columns of views that only on-demand views read. */
export function hiddenColumns({ views, features }: Pick<BoundService, "views" | "features">): ReadonlySet<string> {
  const all = views.flatMap((it) => it.features.map((feature) => featureName(it.view.id, feature.name)));
  const wanted = new Set(features.map((it) => it.name));
  return new Set(all.filter((it) => !wanted.has(it)));
}

/**
 * Writes joined rows anew with the outputs of on-demand views. The same rows give the same bytes. What is in memory does not grow with the
 * rows.
 */
export async function computeRows(tables: TableEngine, computing: ComputingRows): Promise<WrittenTable> {
  const { table, outputs, dropped, output, signal } = computing;
  const files: string[] = [];
  for await (const rows of computedPieces(tables, computing)) {
    const piece = `${output}.${files.length}.parquet`;
    const columns = outputs.map(({ name, type }): Column => ({ name, type }));
    await tables.importRows({ columns, output: piece }, rows, { signal });
    files.push(piece);
  }
  const kept = table.columns.filter((it) => !dropped.has(it.name)).map((it) => `j.${quoted(it.name)}`);
  const made = outputs.map((it) => `o.${quoted(it.name)}`);
  // Both sides are in the order of the rows, and have as many.
  const sql = `SELECT ${[...kept, ...made].join(", ")} FROM joined AS j POSITIONAL JOIN computed AS o`;
  return tables.writeQuery({ sql, inputs: { joined: [table.path], computed: files }, output }, { signal });
}

/** The outputs of the rows in their order, in pieces: at least one, if only to have the columns. */
async function* computedPieces(
  tables: TableEngine,
  { table: { path, rowCount }, outputs, columnOf = (it) => it, signal }: ComputingRows,
): AsyncGenerator<readonly Row[]> {
  const inputs = [...new Set(outputs.flatMap((it) => it.expression.variables))];
  const limit = Math.min(PIECE_ROWS_MAX, Math.ceil(VALUES_MAX / (inputs.length + outputs.length)));
  const rowsAtOnce = Math.max(1, Math.floor(STEPS_AT_ONCE / costOf(outputs)));
  for (let offset = 0; offset === 0 || offset < rowCount; offset += limit) {
    // Without any input there is still a row for each row.
    const columns = inputs.length > 0 ? { columns: inputs.map(columnOf) } : {};
    const { rows } = await tables.readRows({ segments: [path], ...columns, offset, limit }, { signal });
    const computed: Row[] = [];
    for (const [i, row] of rows.entries()) {
      if (i % rowsAtOnce === 0) await breathe();
      const values: Record<string, FeatureValue> = {};
      for (const [at, name] of inputs.entries()) values[name] = unsigned(row[at]);
      computed.push(outputs.map((it) => outputValue(it, values)));
    }
    yield computed;
  }
}
