import { type Digest, digestOfBytes, notFound } from "@throughline/kernel";
import { columnTypes, withDataFile } from "./data-file.ts";
import type { Deps } from "./deps.ts";
import { dataColumnUnknown, statisticsTooLarge } from "./errors.ts";
import { idOfDigest, statisticsName } from "./names.ts";
import type { Run } from "./run.ts";
import { type DatasetStatistics, parseStatistics, type StatisticsContent, statisticsText } from "./statistics.ts";
import { STATISTICS_FORM, summarize } from "./summarize.ts";
import { lineageOf } from "./thread.ts";

/** The most that the statistics of one data set may be. */
const STATISTICS_BYTES_MAX = 64 * 1024 * 1024;

export interface StatisticsRequest {
  /** Id of the project, which knows the file. */
  readonly project: string;
  readonly dataDigest: Digest;
  /** Empty: all columns of a type that is ours. */
  readonly columns: readonly string[];
  readonly actor: string;
}

/**
 * Computes and keeps the statistics of a Parquet file. The bytes are stored first and the name after them, so that what
 * has a name has bytes. Equal data and columns give equal statistics, and so the same name.
 */
export async function computeStatistics(deps: Deps, request: StatisticsRequest, run: Run): Promise<DatasetStatistics> {
  const { project, dataDigest, actor } = request;
  run.progress(0, "fetching the file");
  const content = await withDataFile(deps.blobs, dataDigest, (path) => describe(deps, { path, ...request }, run));
  const text = statisticsText(content);
  const sizeBytes = Buffer.byteLength(text);
  if (sizeBytes > STATISTICS_BYTES_MAX) throw statisticsTooLarge(sizeBytes, STATISTICS_BYTES_MAX);
  const digest = digestOfBytes(text);
  await deps.blobs.put(Buffer.from(text), { expectedDigest: digest });
  const name = statisticsName.format({ project, statistics: idOfDigest(digest) });
  const timeMs = deps.clock.now();
  const record = lineageOf({
    project,
    kind: "VALIDATE",
    resource: name,
    actor,
    timeMs,
    inputs: [{ digest: dataDigest, role: "data" }],
    output: { digest, kind: "STATISTICS", sizeBytes },
  });
  const thing = { name, digest, dataDigest, rowCount: content.rowCount, createTimeMs: timeMs };
  return { ...(await deps.statistics.add({ thing, record })), columns: content.columns };
}

async function describe(
  { tables, tablesOf }: Deps,
  request: StatisticsRequest & { readonly path: string },
  run: Run,
): Promise<StatisticsContent> {
  const { project, path, columns, dataDigest } = request;
  const { types } = await columnTypes(tables, path, run.signal);
  const known = [...types].flatMap(([name, type]) => (type === undefined ? [] : [name]));
  const unknown = columns.findIndex((it) => types.get(it) === undefined);
  if (unknown >= 0) throw dataColumnUnknown(columns[unknown] as string, `columns[${unknown}]`, known);
  // In the file's order and each once, so that equal questions have equal answers.
  const wanted = columns.length === 0 ? known : known.filter((it) => columns.includes(it));
  run.progress(0, `describing ${wanted.length} columns`);
  const found = await tablesOf(project).statistics(
    { segments: [path], columns: wanted, ...STATISTICS_FORM },
    { signal: run.signal, onProgress: (share) => run.progress(0.95 * share, `describing ${wanted.length} columns`) },
  );
  return { dataDigest, rowCount: found.rowCount, columns: summarize(found) };
}

/** Statistics with their columns. Fails with NOT_FOUND. */
export async function getStatistics({ statistics, blobs }: Deps, name: string): Promise<DatasetStatistics> {
  const summary = await statistics.find(name);
  if (!summary) throw notFound(name);
  const pieces: Uint8Array[] = [];
  for await (const piece of blobs.get(summary.digest)) pieces.push(piece);
  return { ...summary, columns: parseStatistics(Buffer.concat(pieces).toString("utf8")).columns };
}
