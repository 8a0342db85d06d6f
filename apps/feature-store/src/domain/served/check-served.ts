import { type Digest, rowDigest } from "@throughline/kernel";
import type { Row, TableEngine, WrittenTable } from "@throughline/tables";
import type { Run } from "../load-source.ts";
import { quoted } from "../segment-query.ts";
import type { ServedChecks } from "./served-rows.ts";
import type { ServedColumns } from "./served-table.ts";
import type { ServedPredictions, ServingLog } from "./serving-log.ts";

/** Served rows that are to be checked. */
export interface Checking {
  /** Path of the file of predictions. */
  readonly predictions: string;
  readonly table: Pick<WrittenTable, "path">;
  readonly columns: ServedColumns;
  readonly served: ServedPredictions;
  /** The sample's. */
  readonly seed: number;
  readonly sampleRows: number;
  readonly labelDelayNs: bigint | undefined;
  readonly run: Run;
}

/** What was found, over all rows but for the sample. */
export interface FoundOfServed {
  /** Rows with a value that became known after their `as_of`. */
  readonly laterKnowledgeCount: number;
  readonly sampledRowCount: number;
  /** Rows of the sample that are not what the log has under the prediction's name. */
  readonly mismatchCount: number;
  readonly checks: ServedChecks;
}

/** What checking needs. */
export interface CheckingDeps {
  readonly tables: TableEngine;
  readonly servingLog: Pick<ServingLog, "rowDigest">;
}

/** Checks the times of all rows, and reads a sample of them again from the log, prediction by prediction. */
export async function checkServed(deps: CheckingDeps, checking: Checking): Promise<FoundOfServed> {
  const { labelDelayNs, served, run } = checking;
  // The time of an answer is known to the millisecond, within which `as_of` may lie.
  const counted = [
    "count(*) FILTER (epoch_ns(knowledge_time) > epoch_ns(as_of))",
    "count(*) FILTER (epoch_ns(as_of) >= epoch_ns(time) + 1000000)",
    labelDelayNs === undefined ? "0" : "count(*) FILTER (epoch_ns(actual_time) - epoch_ns(as_of) > $delay)",
  ];
  const found = await deps.tables.query(
    {
      sql: `SELECT ${counted.join(", ")} FROM predictions`,
      ...(labelDelayNs !== undefined && { parameters: { delay: labelDelayNs } }),
      inputs: { predictions: [checking.predictions] },
      rowsMax: 1,
    },
    { signal: run.signal },
  );
  const [laterKnowledgeCount = 0, laterAsOfCount = 0, lateLabelCount = 0] = (found.rows[0] ?? []).map(Number);
  const sample = await sampleOf(deps.tables, checking);
  return {
    laterKnowledgeCount,
    sampledRowCount: sample.length,
    mismatchCount: await mismatches(deps.servingLog, sample, run.signal),
    checks: { loggedRowsDigest: served.rowsDigest, laterAsOfCount, lateLabelCount },
  };
}

interface SampledRow {
  readonly prediction: string;
  readonly digest: Digest;
}

/** The same seed samples the same rows. */
async function sampleOf(
  tables: TableEngine,
  { table, columns, seed, sampleRows, run }: Checking,
): Promise<readonly SampledRow[]> {
  const [prediction] = columns.all;
  const name = quoted(prediction?.name ?? "");
  const selected = columns.all.filter((it) => !Object.values(columns.own).includes(it.name));
  const sql = `SELECT ${[name, ...selected.map((it) => quoted(it.name))].join(", ")} FROM rows
    ORDER BY md5(concat($seed, ${name})), ${name} LIMIT ${sampleRows}`;
  const plan = { sql, parameters: { seed: String(seed) }, inputs: { rows: [table.path] }, rowsMax: sampleRows };
  const { rows } = await tables.query(plan, { signal: run.signal });
  return rows.map((row: Row) => ({ prediction: String(row[0]), digest: rowDigest(row.slice(1)) }));
}

/** Calls that are out at a time. */
const CALLS_MAX = 16;

async function mismatches(
  log: Pick<ServingLog, "rowDigest">,
  sample: readonly SampledRow[],
  signal: AbortSignal,
): Promise<number> {
  let count = 0;
  for (let at = 0; at < sample.length; at += CALLS_MAX) {
    const some = sample.slice(at, at + CALLS_MAX);
    const logged = await Promise.all(some.map((it) => log.rowDigest(it.prediction, signal)));
    count += some.filter((it, i) => logged[i] !== it.digest).length;
  }
  return count;
}
