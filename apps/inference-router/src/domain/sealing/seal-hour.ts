import { type Clock, type Digest, invariant } from "@throughline/kernel";
import type { LineageRecord } from "@throughline/lineage";
import type { Write } from "@throughline/store";
import type { Row, TableEngine } from "@throughline/tables";
import { exportRecords } from "../export-lineage.ts";
import type { ExportFile } from "../export-predictions.ts";
import { gently } from "./gently.ts";
import { type HourColumns, hourColumns } from "./hour-columns.ts";
import { type HourShape, hourShape } from "./hour-shape.ts";
import type { LogPart, SealableLog } from "./sealable-log.ts";
import type { SealedLog, SealedLogStore, SealedSegment } from "./sealed-log.ts";

export interface SealingHour {
  readonly log: SealableLog;
  readonly sealed: SealedLogStore;
  readonly tables: Pick<TableEngine, "importRows">;
  readonly file: SealedFile;
  readonly clock: Clock;
  /** Writes that put a record where it is delivered to the thread from. */
  readonly lineage: (records: readonly LineageRecord[]) => readonly Write[];
}

/** Where the file of an hour goes. */
export interface SealedFile extends ExportFile {
  /** Removes what an unfinished attempt may have kept. */
  drop(digest: Digest): Promise<void>;
}

/** Parts of one hour that are not sealed yet. */
export interface Hour {
  readonly deployment: string;
  readonly hourMs: number;
  /** At least one, oldest first. */
  readonly parts: readonly LogPart[];
  /** What an attempt that a crash ended had written down. */
  readonly begun?: SealedLog;
}

/**
 * Seals an hour: writes its file, notes what it is going to keep, keeps it, and notes that it is kept. A crash between any two of these
 * leaves nothing that the next attempt does not find: the same parts give the same bytes, and so the same digest; of a file that
 * another version of the engine would write otherwise, the note tells the digest.
 */
export async function sealHour(parts: SealingHour, hour: Hour, signal: AbortSignal): Promise<SealedLog> {
  const { log } = parts;
  const { deployment } = hour;
  const segments = hour.parts.map((it) => it.segment);
  const read = () => gently(log.predictionsOf(deployment, segments), signal);
  const shape = await hourShape(read());
  const known = { ...(await describe(parts, hour, shape)), notSampledCount: 0 };
  for await (const _ of gently(log.unsampledOf(deployment, segments), signal)) known.notSampledCount += 1;
  if (shape.rowCount === 0) return finished(parts, { ...known, digest: "", sizeBytes: 0 });
  const columns = hourColumns(deployment, shape);
  return parts.file.write(async (output) => {
    const written = await parts.tables.importRows({ output, columns: columns.all }, rowsOf(read(), columns), {
      signal,
    });
    invariant(written.rowCount === shape.rowCount, "an hour of the log has other rows than when it was read first");
    const { named, leftOutFeatureCount } = columns;
    const { fileDigest: digest, byteCount: sizeBytes } = written;
    const sealed = { ...known, digest, sizeBytes, columns: named, leftOutFeatureCount };
    const before = hour.begun?.digest ?? "";
    if (before !== "" && before !== digest) await parts.file.drop(before);
    await parts.sealed.begin(sealed);
    const kept = await parts.file.keep(output);
    invariant(kept.digest === digest, "the file of an hour changed while it was kept");
    return finished(parts, sealed);
  });
}

async function* rowsOf(
  predictions: AsyncIterable<Parameters<HourColumns["rowOf"]>[0]>,
  columns: HourColumns,
): AsyncGenerator<Row> {
  for await (const it of predictions) yield columns.rowOf(it);
}

/** What is known before the file is written. */
async function describe(
  { log, clock }: SealingHour,
  { deployment, hourMs, parts }: Hour,
  { releases, rowCount, rowCounts }: HourShape,
): Promise<SealedLog> {
  const segments: SealedSegment[] = [];
  for (const { segment, bytes } of parts) {
    const digest = await log.segmentDigest(deployment, segment);
    segments.push({ segment, digest, sizeBytes: bytes, rowCount: rowCounts.get(segment) ?? 0 });
  }
  const [first] = segments;
  invariant(first, "an hour without a part is not sealed");
  return {
    deployment,
    hourMs,
    segments,
    releases,
    rowCount,
    first: first.segment,
    sealTimeMs: clock.now(),
    state: "WRITING",
    digest: "",
    sizeBytes: 0,
    notSampledCount: 0,
    columns: [],
    leftOutFeatureCount: 0,
  };
}

async function finished({ sealed, lineage }: SealingHour, writing: SealedLog): Promise<SealedLog> {
  const { deployment, digest, sizeBytes: size, first, segments, sealTimeMs: timeMs } = writing;
  const done: SealedLog = { ...writing, state: "SEALED" };
  const window = { deployment, actor: "inference-router" };
  const records =
    digest === ""
      ? []
      : exportRecords({ window, operation: `seal-${first}`, releases: [], segments, file: { digest, size }, timeMs });
  await sealed.finish(done, lineage(records));
  return done;
}
