import { randomUUID } from "node:crypto";
import { mkdir, readdir, rm } from "node:fs/promises";
import { join as joinPath } from "node:path";
import { invariant } from "@throughline/kernel";
import { nativeType } from "../engine/column-types.ts";
import { identifier } from "../engine/sql.ts";
import type { JoinPlan, ViewCoverage } from "../join-plan.ts";
import type { CallOptions, JoinedTable, OutputPlan } from "../port.ts";
import type { Column, ColumnType } from "../table.ts";
import { type BoundFiles, bindFiles } from "./bound-join.ts";
import { fileDescriber } from "./files.ts";
import type { SparkCall } from "./spark-call.ts";
import { isJoinedOnSpark, SPARK_SHARE, writeJoin } from "./written-join.ts";

/** What the names of folders begin with that hold results on their way. */
export const RESULT_PREFIX = "join-";

/**
 * See TableEngine.pointInTimeJoin. Spark joins and sorts, and leaves the result in files of the exchange folder; the embedded
 * engine puts them into one, since Spark writes no nanoseconds, and the same rows must be the same bytes from both.
 */
export async function joinOnSpark(call: SparkCall, plan: JoinPlan & OutputPlan): Promise<JoinedTable> {
  const { embedded, options } = call;
  const join = await bindFiles(fileDescriber(embedded, options), plan);
  const folder = joinPath(call.exchangeDir, `${RESULT_PREFIX}${randomUUID()}`);
  const events = (index: number): string => joinPath(folder, `events${index}`);
  const folders = { joined: joinPath(folder, "joined"), events };
  try {
    await mkdir(folder);
    await writeJoin(call, join, folders);
    const signal = options.signal ? { signal: options.signal } : {};
    const place: Place = { call, join, plan, signal, folder, joined: await partsOf(folders.joined) };
    const windows = await joinWindows(place, folders.events);
    const coverage = await countEvents(place);
    const onProgress = (fraction: number): void => options.onProgress?.(SPARK_SHARE + (1 - SPARK_SHARE) * fraction);
    const query = { ...mergedQuery(place, windows?.path), output: plan.output };
    const written = await embedded.writeQuery(query, { ...signal, onProgress });
    invariant(written.rowCount === join.spine.rowCount, "every spine row is in the result once");
    const found = new Map([...coverage, ...(windows?.views ?? [])].map((it) => [it.name, it]));
    return { ...written, views: plan.views.flatMap((it) => found.get(it.name) ?? []) };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** Spark numbers its files in the order of their rows. */
async function partsOf(folder: string): Promise<readonly string[]> {
  const parts = (await readdir(folder)).filter((it) => it.startsWith("part-"));
  return parts.sort().map((it) => joinPath(folder, it));
}

interface Place {
  readonly call: SparkCall;
  readonly join: BoundFiles;
  readonly plan: JoinPlan;
  readonly signal: CallOptions;
  /** Where everything on its way is. */
  readonly folder: string;
  /** The files of the joined rows. */
  readonly joined: readonly string[];
}

/** Joins the window views in the embedded engine, over the events that Spark found; undefined if there are none. */
async function joinWindows(
  { call: { embedded }, join, plan, signal, folder }: Place,
  folderOf: (index: number) => string,
): Promise<JoinedTable | undefined> {
  const views: JoinPlan["views"][number][] = [];
  for (const [index, { view, keys, inputs }] of join.views.entries()) {
    if (view.kind !== "window") continue;
    const events = folderOf(index);
    const columns: Column[] = [
      { name: "e", type: "int64" },
      { name: "kt", type: "int64" },
      ...keys.map((it, i) => ({ name: `j${i}`, type: it.view.type })),
      ...inputs.flatMap((it, i) => (it ? [{ name: `c${i}`, type: it.type }] : [])),
    ];
    const sql = `SELECT ${columns.map((it) => `${restored(it.name, it.type)} AS ${it.name}`).join(", ")} FROM events`;
    const inputFiles = { events: await partsOf(events) };
    const { path } = await embedded.writeQuery({ sql, inputs: inputFiles, output: `${events}.parquet` }, signal);
    const { fileColumns: _, ...ofPlan } = view;
    views.push({
      ...ofPlan,
      segments: [path],
      keys: view.keys.map(({ spineColumn }, i) => ({ spineColumn, viewColumn: `j${i}` })),
      eventTimeColumn: "e",
      knowledgeTimeColumn: "kt",
      aggregates: view.aggregates.map((it, i) => ({ ...it, column: `c${i}` })),
    });
  }
  if (views.length === 0) return undefined;
  const output = joinPath(folder, "windows.parquet");
  return await embedded.pointInTimeJoin({ spine: { ...plan.spine, columns: [] }, views, output }, signal);
}

/** SQL for the result in spine order. Both of its parts are in this order already, and are put side by side. */
function mergedQuery({ join, joined }: Place, windows: string | undefined) {
  let next = join.passthrough.length;
  const columns = [
    ...join.passthrough.map((it, i) => ({ sql: restored(`j.o${i}`, it.type), name: it.name })),
    ...join.views.flatMap((view) =>
      view.outputs.map(({ name, type }) => ({
        sql: isJoinedOnSpark(view) ? restored(`j.o${next++}`, type) : `w.${identifier(name)}`,
        name,
      })),
    ),
  ];
  const select = columns.map((it) => `${it.sql} AS ${identifier(it.name)}`).join(", ");
  if (windows === undefined) return { sql: `SELECT ${select} FROM joined j`, inputs: { joined } };
  return { sql: `SELECT ${select} FROM joined j POSITIONAL JOIN windows w`, inputs: { joined, windows: [windows] } };
}

/** Counts from the times of the events that entered, as they stand in the result. */
async function countEvents({ call, join, joined, signal }: Place): Promise<readonly ViewCoverage[]> {
  const views = join.views.flatMap((it, v) => (isJoinedOnSpark(it) ? [{ name: it.view.name, v }] : []));
  if (views.length === 0) return [];
  const counts = views.flatMap(({ v }) => [`count(*) FILTER (m${v}) AS m${v}`, `count(*) FILTER (l${v}) AS l${v}`]);
  const sql = `SELECT ${counts.join(", ")} FROM joined`;
  const [row = []] = (await call.embedded.query({ sql, inputs: { joined }, rowsMax: 1 }, signal)).rows;
  return views.map(({ name }, i) => ({ name, matchedRows: Number(row[2 * i]), laterRows: Number(row[2 * i + 1]) }));
}

/** DuckDB's SQL for a column of Spark's with the type of ours that it had. */
function restored(name: string, type: ColumnType): string {
  if (type === "timestamp") return `make_timestamp_ns(${name})`;
  if (type === "list<timestamp>") return `list_transform(${name}, lambda it: make_timestamp_ns(it))`;
  return `CAST(${name} AS ${nativeType(type)})`;
}
