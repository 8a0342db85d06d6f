import { type Clock, type Digest, type FeatureValue, invariant, merkleTree } from "@throughline/kernel";
import type { LineageRecord } from "@throughline/lineage";
import type { Column, ColumnType, Row, ScalarType, TableEngine } from "@throughline/tables";
import { mixedFeatures, nothingToExport } from "./errors.ts";
import type { Feedback } from "./feedback.ts";
import { type Prediction, vectorNames, vectorValues } from "./prediction.ts";
import type { PredictionLog } from "./prediction-log.ts";

/** Which predictions to export. */
export interface ExportWindow {
  readonly deployment: string;
  /** Only this one's. Empty: all, if they have the same features. */
  readonly release: string;
  readonly actor: string;
  /** First `as_of`. Unset: from the beginning. */
  readonly startNs?: bigint;
  /** End of the window, not included. Unset: up to now. */
  readonly endNs?: bigint;
}

export interface ExportResult {
  readonly digest: Digest;
  readonly rowCount: number;
  /** Merkle root over the row digests, in row order. */
  readonly rowsDigest: Digest;
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

export interface ExportParts {
  readonly log: Pick<PredictionLog, "forwards">;
  readonly feedback: Pick<Feedback, "newest">;
  readonly tables: Pick<TableEngine, "importRows" | "rowsIdentity">;
  readonly file: ExportFile;
  readonly clock: Clock;
  /** Puts the record where it survives, to be delivered to the thread. */
  readonly recordLineage: (record: LineageRecord) => Promise<void>;
}

const OWN_COLUMNS: readonly Column[] = [
  { name: "prediction", type: "string" },
  { name: "release", type: "string" },
  { name: "as_of", type: "timestamp" },
  { name: "row_digest", type: "string" },
  { name: "score", type: "float64" },
  { name: "actual", type: "float64" },
];

/**
 * Writes the predictions of a window to a Parquet file in the blob store. The rows come from the log twice: first for the
 * types of the columns, then for the rows. Afterwards the row digests are computed again, from the file by the table
 * engine, and must have the same root as those of the log: what was served is what the file has.
 */
export function exportPredictions(parts: ExportParts): ExportPredictions {
  return async (window, run) => {
    run.progress(0, "reading the log");
    const shape = await shapeOf(parts, window, run.signal);
    if (shape.rowCount === 0) throw nothingToExport(window.deployment);
    return parts.file.write((output) => writeTable(parts, { window, run, shape, output }));
  };
}

interface Shape {
  readonly features: readonly Column[];
  readonly rowCount: number;
  /** Digests of the releases by name. */
  readonly releases: ReadonlyMap<string, string>;
}

async function shapeOf(parts: ExportParts, window: ExportWindow, signal: AbortSignal): Promise<Shape> {
  let names: readonly string[] | undefined;
  let types: (ColumnType | undefined)[] = [];
  let rowCount = 0;
  const releases = new Map<string, string>();
  for await (const prediction of within(parts, window, signal)) {
    const own = vectorNames(prediction);
    names ??= own;
    if (own.length !== names.length || own.some((name, i) => name !== names?.[i])) throw mixedFeatures();
    types = vectorValues(prediction).map((value, i) => commonType(types[i], typeOf(value)));
    releases.set(prediction.facts.release, prediction.facts.digest);
    rowCount += 1;
  }
  const features = (names ?? []).map((name, i) => ({ name, type: types[i] ?? ("float64" as const) }));
  return { features, rowCount, releases };
}

function commonType(known: ColumnType | undefined, next: ColumnType | undefined): ColumnType | undefined {
  if (known !== undefined && next !== undefined && known !== next) throw mixedFeatures();
  return known ?? next;
}

/** The column type of a value. Undefined for null, which fits every type. */
function typeOf(value: FeatureValue): ColumnType | undefined {
  if (Array.isArray(value)) {
    const item = value.map(typeOf).find((it) => it !== undefined);
    return item === undefined ? undefined : `list<${item as ScalarType}>`;
  }
  if (value === null) return undefined;
  if (typeof value === "boolean") return "bool";
  if (typeof value === "bigint") return "int64";
  if (typeof value === "number") return "float64";
  if (typeof value === "string") return "string";
  return value instanceof Uint8Array ? "bytes" : "timestamp";
}

async function* within({ log }: ExportParts, window: ExportWindow, signal: AbortSignal): AsyncGenerator<Prediction> {
  for await (const prediction of log.forwards(window.deployment)) {
    signal.throwIfAborted();
    const { asOfNs, facts } = prediction;
    if (window.release !== "" && facts.release !== window.release) continue;
    if (asOfNs < (window.startNs ?? asOfNs) || (window.endNs !== undefined && asOfNs >= window.endNs)) continue;
    yield prediction;
  }
}

interface Writing {
  readonly window: ExportWindow;
  readonly run: ExportRun;
  readonly shape: Shape;
  readonly output: string;
}

async function writeTable(parts: ExportParts, { window, run, shape, output }: Writing): Promise<ExportResult> {
  const tree = merkleTree();
  const columns = [...OWN_COLUMNS, ...shape.features.map((it) => ({ ...it, name: featureColumn(it.name) }))];
  const rows = async function* (): AsyncGenerator<Row> {
    for await (const chunk of inChunks(within(parts, window, run.signal), shape.rowCount)) {
      const ids = chunk.map((it) => it.id);
      const actuals = await parts.feedback.newest(window.deployment, ids);
      for (const [i, prediction] of chunk.entries()) {
        tree.add(prediction.rowDigest as Digest);
        yield rowOf(window.deployment, prediction, actuals[i]?.actual ?? null);
      }
      run.progress(0.8 * (tree.count() / shape.rowCount), `${tree.count()} of ${shape.rowCount} rows`);
    }
  };
  await parts.tables.importRows({ output, columns }, rows(), { signal: run.signal });
  run.progress(0.8, "checking the rows");
  const names = shape.features.map((it) => featureColumn(it.name));
  const identity = await parts.tables.rowsIdentity({ segments: [output], columns: names }, { signal: run.signal });
  invariant(identity.merkleRoot === tree.root(), "the exported rows are not those of the log");
  run.progress(0.9, "storing the file");
  const { digest, size } = await parts.file.keep(output);
  const rowCount = tree.count();
  await parts.recordLineage(lineageOf({ window, run, shape, digest, size, timeMs: parts.clock.now() }));
  return { digest, rowCount, rowsDigest: tree.root() };
}

/** A feature's own name, unless it is that of one of our columns. */
const featureColumn = (name: string): string =>
  OWN_COLUMNS.some((it) => it.name === name) ? `feature__${name}` : name;

const rowOf = (deployment: string, prediction: Prediction, actual: number | null): Row => [
  `${deployment}/predictions/${prediction.id}`,
  prediction.facts.release,
  { ns: prediction.asOfNs },
  prediction.rowDigest,
  prediction.score,
  actual,
  ...vectorValues(prediction),
];

const CHUNK = 1_000;

/** At most `most` items, in pieces. The log may have grown since they were counted. */
async function* inChunks(items: AsyncIterable<Prediction>, most: number): AsyncGenerator<readonly Prediction[]> {
  let chunk: Prediction[] = [];
  let left = most;
  for await (const item of items) {
    chunk.push(item);
    left -= 1;
    if (chunk.length < CHUNK && left > 0) continue;
    yield chunk;
    chunk = [];
    if (left === 0) return;
  }
}

function lineageOf(it: {
  readonly window: ExportWindow;
  readonly run: ExportRun;
  readonly shape: Shape;
  readonly digest: Digest;
  readonly size: number;
  readonly timeMs: number;
}): LineageRecord {
  const { window, run, shape, digest, size, timeMs } = it;
  const [, project = ""] = window.deployment.split("/");
  return {
    execution: {
      id: `inference-router:${run.operation.slice(run.operation.lastIndexOf("/") + 1)}`,
      project: `projects/${project}`,
      kind: "PREDICT",
      resource: window.deployment,
      actor: window.actor,
      timeMs,
    },
    artifacts: [
      {
        digest,
        kind: "PREDICTION_LOG",
        resource: window.deployment,
        sizeBytes: size,
        mediaType: "application/vnd.apache.parquet",
      },
    ],
    events: [
      ...[...shape.releases.values()].map((release) => ({
        digest: release as Digest,
        type: "INPUT" as const,
        role: "release",
      })),
      { digest, type: "OUTPUT", role: "predictions" },
    ],
  };
}
