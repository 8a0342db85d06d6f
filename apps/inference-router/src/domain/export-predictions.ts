import { type Digest, invariant, type MerkleTree, merkleTree } from "@throughline/kernel";
import type { LineageRecord } from "@throughline/lineage";
import type { Row, TableEngine } from "@throughline/tables";
import { countedRevision } from "./counted-feedback.ts";
import { nothingToExport } from "./errors.ts";
import { type ExportColumns, exportColumns, type Labeled } from "./export-columns.ts";
import { exportRecords } from "./export-lineage.ts";
import { type Shape, shapeOf } from "./export-shape.ts";
import {
  type ClosedWindow,
  type ClosingParts,
  closed,
  type ExportWindow,
  type LeftOut,
  notSampledIn,
  predictionsOf,
} from "./export-window.ts";
import type { Feedback } from "./feedback.ts";
import type { Prediction, ReleaseFacts } from "./prediction.ts";
import type { PredictionLog } from "./prediction-log.ts";

export interface ExportResult {
  readonly digest: Digest;
  readonly rowCount: number;
  /** Merkle root over the row digests, in row order. */
  readonly rowsDigest: Digest;
  readonly knownByMs: number;
  readonly features: readonly string[];
  /** The columns that hold the features, in their order. */
  readonly featureColumns: readonly string[];
  readonly releases: readonly ExportedRelease[];
  readonly segments: readonly ExportedSegment[];
  readonly labeledCount: number;
  readonly leftOut: LeftOut & { readonly withoutLabel: number; readonly notSampled: number };
}

/** A release that answered some of the rows. */
export interface ExportedRelease {
  readonly facts: ReleaseFacts;
  readonly rowCount: number;
}

/** A sealed part of the log with some of the rows. */
export interface ExportedSegment {
  readonly segment: string;
  readonly digest: Digest;
  readonly rowCount: number;
}

export interface ExportRun {
  /** Name of the operation. */
  readonly operation: string;
  readonly signal: AbortSignal;
  progress(share: number, message: string): void;
}

export type ExportPredictions = (window: ExportWindow, run: ExportRun) => Promise<ExportResult>;

/** Where the file of an export goes. */
export interface ExportFile {
  /** Gives `work` the path of a new file, and removes the file afterwards. */
  write<T>(work: (path: string) => Promise<T>): Promise<T>;
  /** Keeps the file's bytes for good, by their digest. */
  keep(path: string): Promise<{ readonly digest: Digest; readonly size: number }>;
}

export interface ExportParts extends ClosingParts {
  readonly log: Pick<PredictionLog, "forwards" | "unsampled" | "seal" | "segmentDigest">;
  readonly feedback: Pick<Feedback, "find" | "settled">;
  readonly tables: Pick<TableEngine, "importRows" | "rowsIdentity">;
  readonly file: ExportFile;
  /** Puts the records where they survive, to be delivered to the thread. */
  readonly recordLineage: (records: readonly LineageRecord[]) => Promise<void>;
}

/**
 * Writes the predictions of a window to a Parquet file in the blob store. The rows come from the log twice: first for the
 * types of the columns, then for the rows. Afterwards the row digests are computed again, from the file by the table
 * engine, and must have the same root as those of the log: what was served is what the file has.
 */
export function exportPredictions(parts: ExportParts): ExportPredictions {
  return async (asked, run) => {
    run.progress(0, "reading the log");
    const window = await closed(parts, asked);
    const leftOut: LeftOut = { withoutEntity: 0, laterAsOf: 0 };
    const shape = await shapeOf(predictionsOf(parts.log, window, { signal: run.signal, leftOut }));
    if (shape.rowCount === 0) throw nothingToExport(window);
    return parts.file.write((output) => writeTable(parts, { window, run, shape, output, leftOut }));
  };
}

interface Writing {
  readonly window: ClosedWindow;
  readonly run: ExportRun;
  readonly shape: Shape;
  readonly output: string;
  readonly leftOut: LeftOut;
}

/** What was written so far. */
interface Written {
  readonly tree: MerkleTree;
  readonly releases: Map<string, { readonly facts: ReleaseFacts; rowCount: number }>;
  readonly segments: Map<string, number>;
  labeledCount: number;
}

async function writeTable(parts: ExportParts, writing: Writing): Promise<ExportResult> {
  const { window, run, shape, output, leftOut } = writing;
  const written: Written = { tree: merkleTree(), releases: new Map(), segments: new Map(), labeledCount: 0 };
  const columns = exportColumns(window, shape);
  const rows = rowsOf(parts, writing, { columns, written });
  await parts.tables.importRows({ output, columns: columns.all }, rows, { signal: run.signal });
  const rowCount = written.tree.count();
  if (rowCount === 0) throw nothingToExport(window);
  run.progress(0.8, "checking the rows");
  const identity = await parts.tables.rowsIdentity(
    { segments: [output], columns: columns.features },
    { signal: run.signal },
  );
  const rowsDigest = written.tree.root();
  invariant(identity.merkleRoot === rowsDigest, "the exported rows are not those of the log");
  run.progress(0.9, "storing the file");
  const segments: ExportedSegment[] = [];
  for (const [segment, count] of written.segments) {
    segments.push({ segment, rowCount: count, digest: await parts.log.segmentDigest(window.deployment, segment) });
  }
  const file = await parts.file.keep(output);
  const releases = [...written.releases.values()];
  const notSampled = await notSampledIn(parts.log, window);
  const { operation } = run;
  await parts.recordLineage(exportRecords({ window, operation, releases, segments, file, timeMs: parts.clock.now() }));
  return {
    digest: file.digest,
    rowCount,
    rowsDigest,
    releases,
    segments,
    knownByMs: window.knownByMs,
    features: shape.features.map((it) => it.name),
    featureColumns: columns.features,
    labeledCount: written.labeledCount,
    leftOut: { ...leftOut, withoutLabel: shape.rowCount - rowCount, notSampled },
  };
}

async function* rowsOf(
  parts: ExportParts,
  { window, run, shape }: Writing,
  { columns, written }: { readonly columns: ExportColumns; readonly written: Written },
): AsyncGenerator<Row> {
  const again = { signal: run.signal, leftOut: { withoutEntity: 0, laterAsOf: 0 } };
  let read = 0;
  for await (const chunk of inChunks(predictionsOf(parts.log, window, again))) {
    for (const row of await labeled(parts, window, chunk)) {
      if (window.labeledOnly && row.label === undefined) continue;
      count(written, row);
      yield columns.rowOf(row);
    }
    read += chunk.length;
    run.progress(0.8 * (read / shape.rowCount), `${read} of ${shape.rowCount} predictions`);
  }
}

async function labeled(
  { feedback }: ExportParts,
  { deployment, labelDelayNs: delayNs, knownByMs }: ClosedWindow,
  chunk: readonly Prediction[],
): Promise<readonly Labeled[]> {
  const found = await feedback.find(
    deployment,
    chunk.map((it) => it.id),
  );
  return chunk.map((prediction, i) => {
    const { asOfNs } = prediction;
    return { prediction, label: countedRevision(found[i], { asOfNs, delayNs, knownByMs }) };
  });
}

function count(written: Written, { prediction, label }: Labeled): void {
  const { facts, position, rowDigest } = prediction;
  written.tree.add(rowDigest as Digest);
  const release = written.releases.get(facts.release) ?? { facts, rowCount: 0 };
  release.rowCount += 1;
  written.releases.set(facts.release, release);
  written.segments.set(position.segment, (written.segments.get(position.segment) ?? 0) + 1);
  if (label !== undefined) written.labeledCount += 1;
}

const CHUNK = 1_000;

async function* inChunks(items: AsyncIterable<Prediction>): AsyncGenerator<readonly Prediction[]> {
  let chunk: Prediction[] = [];
  for await (const item of items) {
    chunk.push(item);
    if (chunk.length < CHUNK) continue;
    yield chunk;
    chunk = [];
  }
  if (chunk.length > 0) yield chunk;
}
