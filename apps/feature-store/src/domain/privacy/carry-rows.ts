import { setImmediate as breathe } from "node:timers/promises";
import { type Digest, DomainError } from "@throughline/kernel";
import {
  type ClassCounter,
  type Column,
  classCounter,
  type Places,
  type PrivacyReport,
  placesOf,
  privacyReport,
  type Row,
  rowTreatment,
  smallClassesOf,
  type TreatmentContext,
} from "@throughline/privacy";
import type { TableEngine, WrittenTable } from "@throughline/tables";
import type { Run } from "../load-source.ts";
import type { ScratchFiles } from "../scratch.ts";
import type { CarryingPlan } from "./carrying.ts";

/** Rows to treat. */
export interface CarryRequest {
  readonly plan: CarryingPlan;
  readonly joined: Pick<WrittenTable, "path" | "columns" | "rowCount">;
  /** What noise is drawn from, besides the key. */
  readonly seed: Digest;
  readonly scratch: ScratchFiles;
  readonly run: Run;
}

/** Rows as they are carried. */
export interface CarriedRows {
  readonly table: WrittenTable;
  readonly suppressedRows: number;
  /** By the name of the column. */
  readonly suppressedCells: ReadonlyMap<string, number>;
  /** Undefined: nothing was demanded. */
  readonly report: PrivacyReport | undefined;
}

/** Rows in memory at a time. */
const PIECE_ROWS = 20_000;
/** The loop of events goes on after so many rows, which take some milliseconds. */
const ROWS_AT_ONCE = 250;

/**
 * Writes the joined rows anew as the policies say. The same plan, rows, keys and seed give the same bytes. What is in memory does
 * not grow with the rows, but for the counts of classes, which have a limit.
 *
 * Fails with PRIVACY_DEMAND_UNMET, TOO_MANY_CLASSES and KEY_VERSION_GONE.
 */
export async function carryRows(tables: TableEngine, request: CarryRequest): Promise<CarriedRows> {
  const { plan, joined, scratch, run } = request;
  const { policy } = plan;
  const columns = joined.columns as readonly Column[];
  const treatment = rowTreatment(policy, columns, contextOf(request));
  if (treatment.columns.length === 0) throw nothingToCarry(plan.purpose);
  const isSmall = await smallClasses(tables, request);
  const counted = countedColumns(policy, treatment.columns);
  const pass = treatment.begin();
  const files: string[] = [];
  let suppressedRows = 0;
  for await (const rows of piecesOf(tables, joined, run.signal)) {
    const kept: Row[] = [];
    for (const [i, row] of rows.entries()) {
      if (i % ROWS_AT_ONCE === 0) await breathe();
      const treated = pass.row(row);
      if (isSmall(treated)) suppressedRows += 1;
      else {
        kept.push(treated);
        counted?.add(treated);
      }
    }
    const output = scratch.path(`carried-${files.length}.parquet`);
    await tables.importRows({ columns: treatment.columns, output }, kept, { signal: run.signal });
    files.push(output);
    run.progress(0.6 + (0.1 * files.length * PIECE_ROWS) / Math.max(1, joined.rowCount), "treating the rows");
  }
  const report = counted?.report();
  if (report && report.unmet.length > 0) throw demandUnmet(report);
  const output = scratch.path("carried.parquet");
  const merged = { sql: "SELECT * FROM pieces", inputs: { pieces: files }, output };
  const table = await tables.writeQuery(merged, { signal: run.signal });
  return { table, suppressedRows, suppressedCells: pass.suppressedCells(), report };
}

function contextOf({ plan, seed }: CarryRequest): TreatmentContext {
  const { purpose, keys, keyVersion } = plan;
  return { purpose, keys, seed, ...(keyVersion > 0 && { keyVersion }) };
}

/** The rows in their order, in pieces: at least one, if only to have the columns. */
async function* piecesOf(
  tables: TableEngine,
  { path, rowCount }: CarryRequest["joined"],
  signal: AbortSignal,
): AsyncGenerator<readonly Row[]> {
  for (let offset = 0; offset === 0 || offset < rowCount; offset += PIECE_ROWS)
    yield (await tables.readRows({ segments: [path], offset, limit: PIECE_ROWS }, { signal })).rows;
}

/** Reads the rows once, and says of treated rows whether their class is smaller than the policy allows. */
async function smallClasses(tables: TableEngine, request: CarryRequest): Promise<(treated: Row) => boolean> {
  const { plan, joined, run } = request;
  const columns = joined.columns as readonly Column[];
  const small = smallClassesOf(plan.policy, columns, contextOf(request));
  if (!small) return () => false;
  for await (const rows of piecesOf(tables, joined, run.signal)) {
    for (const [i, row] of rows.entries()) {
      if (i % ROWS_AT_ONCE === 0) await breathe();
      small.add(row);
    }
  }
  return small.isSmall;
}

/** Counts the classes of rows for a report, if the policy demands anything. */
function countedColumns({ demand, ...policy }: CarryingPlan["policy"], columns: readonly Column[]) {
  if (!demand) return undefined;
  const quasi = placesOf(policy, columns, "quasi_identifier");
  const sensitive = placesOf(policy, columns, "sensitive");
  const counter: ClassCounter = classCounter({ quasiIdentifiers: namesOf(quasi), sensitive: namesOf(sensitive) });
  return {
    add: (row: Row) => counter.add(quasi.valuesOf(row), sensitive.valuesOf(row)),
    report: () => privacyReport(counter.counts(), demand),
  };
}

const namesOf = ({ columns }: Places): readonly string[] => columns.map((it) => it.name);

/** A set without any feature is none. */
export const nothingToCarry = (purpose: string): DomainError =>
  new DomainError(
    "precondition",
    "NOTHING_TO_CARRY",
    `For ${purpose} every feature is left out. Let the policies permit some of them, or name another purpose.`,
    { metadata: { purpose } },
  );

const demandUnmet = ({ unmet }: PrivacyReport): DomainError =>
  new DomainError(
    "precondition",
    "PRIVACY_DEMAND_UNMET",
    `The set was not made: ${unmet.map((it) => it.message).join(" ")}`,
    {
      metadata: { demands: [...new Set(unmet.map((it) => it.demand))].join(",") },
      violations: unmet.map((it) => ({ path: it.column ?? it.demand, description: it.message })),
    },
  );
