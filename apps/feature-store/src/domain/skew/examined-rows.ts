import { canonicalRowBytes, type FeatureValue, isDomainError } from "@throughline/kernel";
import type { Row, TableEngine, WrittenTable } from "@throughline/tables";
import type { BoundSelection, BoundService } from "../feature-service.ts";
import type { ScratchFiles } from "../scratch.ts";
import type { DataFile } from "../segment.ts";
import { quoted, wholeRows } from "../segment-query.ts";
import { SEGMENT_COLUMNS } from "../source.ts";
import { differs } from "./compare-values.ts";
import { type ComparedFeature, filesOfSources, type JoiningDeps, joinRows, type KeyColumns } from "./joined-rows.ts";

/** Differing rows that are looked at to find causes. */
export const EXAMINED_ROWS_MAX = 1_000;

/** Joins of the examined rows that are made to find causes: one for each data version that is tried. */
const JOINS_MAX = 64;

/** A row that is looked at. */
export interface ExaminedRow {
  readonly timeMs: number;
  /** Canonical bytes of the served values, in the order of the features. */
  readonly served: readonly string[];
  /** The same of the joined ones. */
  readonly joined: readonly string[];
}

/** Some of the differing rows, the first ones of each feature, and what they would be on other data. */
export interface ExaminedRows {
  readonly rows: readonly ExaminedRow[];
  /**
   * What a join of a service gives for the rows at a data version, in the order of rows and features; undefined when enough joins were made,
   * when the data version is kept no more, and where the service has no such feature.
   */
  joinedAt(bound: BoundService, dataVersion: number): Promise<readonly (readonly (string | undefined)[])[] | undefined>;
}

/** Rows that were compared. */
export interface Compared {
  readonly table: Pick<WrittenTable, "path" | "columns">;
  readonly keys: KeyColumns;
  /** Those that differ somewhere. */
  readonly features: readonly ComparedFeature[];
  readonly scratch: ScratchFiles;
  readonly signal: AbortSignal;
}

export async function examineRows(deps: JoiningDeps, compared: Compared): Promise<ExaminedRows> {
  const { tables } = deps;
  const { keys, features, scratch, signal } = compared;
  const spine = await writeExamined(tables, compared);
  const rows = await readExamined(tables, { ...compared, table: spine });
  const reduced = new Map<string, Promise<string>>();
  const local = (file: DataFile, views: readonly BoundSelection[]): Promise<string> => {
    const { digest } = file;
    const where = views.map((it) => isExamined(it, keys)).join(" OR ");
    // Two versions of a service may have other keys of one source: each has rows of its own.
    const known =
      reduced.get(`${digest} ${where}`) ??
      ofExamined(deps, compared, {
        file,
        where,
        spine: spine.path,
        output: scratch.path(`of-examined-${reduced.size}.parquet`),
      });
    reduced.set(`${digest} ${where}`, known);
    return known;
  };
  const made = new Map<string, Promise<readonly (readonly (string | undefined)[])[] | undefined>>();
  const join = async (bound: BoundService, dataVersion: number, count: number) => {
    const { files } = await filesOfSources(deps, bound, { dataVersion, scratch, local });
    const names = new Set(features.map((it) => it.name));
    const output = scratch.path(`examined-${count}.parquet`);
    const bare = { path: spine.path, columns: spine.columns.filter((it) => !names.has(it.name)) };
    const parts = { spine: bare, keys, joined: bound, features: names, files, output, run: { signal } };
    const written = await joinRows({ engine: tables, local: tables }, parts);
    return readJoined(tables, { ...compared, table: written });
  };
  return {
    rows,
    async joinedAt(bound, dataVersion) {
      const key = `${bound.service.version}/${dataVersion}`;
      const known = made.get(key);
      if (known) return known;
      if (made.size >= JOINS_MAX) return undefined;
      // What is kept no more cannot be joined: then the cause is not known.
      const result = join(bound, dataVersion, made.size).catch((error: unknown) => {
        if (isDomainError(error, "DATA_VERSION_EXPIRED")) return undefined;
        throw error;
      });
      made.set(key, result);
      return result;
    },
  };
}

/**
 * The spine of the rows alone: joins give it the features anew. Rows are taken by their place among those that differ in a feature, so that
 * a feature in which few rows differ is looked at too.
 */
function writeExamined(tables: TableEngine, { table, features, scratch, signal }: Compared): Promise<WrittenTable> {
  const differing = features.map((it) => `(${differs(it)})`);
  const places = differing.map((it) => `CASE WHEN ${it} THEN row_number() OVER (PARTITION BY ${it} ORDER BY n) END`);
  const placed = `SELECT *, least(${places.join(", ")}) AS __place FROM rows WHERE ${differing.join(" OR ")}`;
  const some = `SELECT * FROM (${placed}) ORDER BY __place, n LIMIT ${EXAMINED_ROWS_MAX}`;
  const sql = `SELECT * EXCLUDE (__place) FROM (${some}) ORDER BY n`;
  return tables.writeQuery(
    { sql, inputs: { rows: [table.path] }, output: scratch.path("examined.parquet") },
    { signal },
  );
}

async function readExamined(tables: TableEngine, compared: Compared): Promise<readonly ExaminedRow[]> {
  const { features } = compared;
  const names = ["epoch_ns(t)", ...features.flatMap((it) => [quoted(it.served), quoted(it.name)])];
  return (await read(tables, compared, names)).map(([time, ...values]) => ({
    timeMs: Number((time as bigint) / 1_000_000n),
    served: features.map((_, i) => bytesOf(values[2 * i])),
    joined: features.map((_, i) => bytesOf(values[2 * i + 1])),
  }));
}

async function readJoined(
  tables: TableEngine,
  compared: Compared,
): Promise<readonly (readonly (string | undefined)[])[]> {
  const { features, table } = compared;
  const there = new Set(table.columns.map((it) => it.name));
  const found = features.filter((it) => there.has(it.name));
  const rows = await read(tables, compared, ["n", ...found.map((it) => quoted(it.name))]);
  const places = features.map((it) => found.indexOf(it));
  return rows.map((row) => places.map((at) => (at === -1 ? undefined : bytesOf(row[at + 1]))));
}

async function read(
  tables: TableEngine,
  { table, signal }: Compared,
  columns: readonly string[],
): Promise<readonly Row[]> {
  const sql = `SELECT ${columns.join(", ")} FROM rows ORDER BY n`;
  const plan = { sql, inputs: { rows: [table.path] }, rowsMax: EXAMINED_ROWS_MAX };
  return (await tables.query(plan, { signal })).rows;
}

/** Equal values have equal bytes, and no others do. */
const bytesOf = (value: FeatureValue | undefined): string => canonicalRowBytes([value ?? null]).toString("latin1");

/** SQL that holds for the rows of a source that are of the entities of the spine. */
function isExamined({ keys }: BoundSelection, columns: KeyColumns): string {
  const equal = keys.map(({ field, column }) => `source.${quoted(column)} = spine.${columns.get(field)?.name}`);
  return `EXISTS (SELECT 1 FROM spine WHERE ${equal.join(" AND ")})`;
}

interface Reducing {
  readonly file: DataFile;
  /** SQL. */
  readonly where: string;
  readonly spine: string;
  readonly output: string;
}

/** Writes the rows of a file that are of the examined entities, so that it is read once however many joins are made. */
async function ofExamined(
  { tables, blobs }: JoiningDeps,
  { signal }: Compared,
  { file, where, spine, output }: Reducing,
): Promise<string> {
  const source = await blobs.localFile(file.digest);
  const sql = `SELECT * FROM ${wholeRows("source", file)} source WHERE ${where} ORDER BY ${quoted(SEGMENT_COLUMNS.rowNumber)}`;
  return (await tables.writeQuery({ sql, inputs: { source: [source], spine: [spine] }, output }, { signal })).path;
}
