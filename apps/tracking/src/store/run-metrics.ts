import type { Document, Write } from "@throughline/store";
import {
  type LatestMetric,
  type MetricPiece,
  metricBytes,
  NO_METRICS,
  NO_PIECE,
  type RunMetrics,
} from "../domain/metric.ts";
import type { Key } from "../domain/names.ts";
import type { Change } from "../domain/ports.ts";
import { type Collections, type MetricPieceValue, pieceId, seriesKey, storedKey } from "./collections.ts";
import { getAll, written } from "./documents.ts";

/** Reads of one run's pieces, while a writer keeps putting its metrics into more of them. */
const ATTEMPTS_MAX = 5;

/** The metrics of runs, in the order of the keys. */
export async function readMetrics(collections: Collections, runs: readonly Key[]): Promise<readonly RunMetrics[]> {
  const firsts = await getAll(
    collections.metricPieces,
    runs.map((run) => pieceId(run, 0)),
  );
  const metrics = firsts.map((first, i) =>
    first === undefined || first.value.of === 1
      ? { pieces: [pieceOf(first)] }
      : allPieces(collections, { run: runs[i] as Key, pieces: first.value.of }),
  );
  return Promise.all(metrics);
}

async function allPieces(
  collections: Collections,
  { run, pieces, attempt = 1 }: { readonly run: Key; readonly pieces: number; readonly attempt?: number },
): Promise<RunMetrics> {
  const ids = Array.from({ length: pieces }, (_, i) => pieceId(run, i));
  const documents = await getAll(collections.metricPieces, ids);
  const [first] = documents;
  // The run was removed meanwhile.
  if (first === undefined) return NO_METRICS;
  // Metrics that moved between two reads would be read twice or not at all.
  const moved = documents.some((it) => it?.value.of !== pieces);
  if (moved && attempt < ATTEMPTS_MAX)
    return allPieces(collections, { run, pieces: first.value.of, attempt: attempt + 1 });
  return { pieces: documents.map(pieceOf) };
}

function pieceOf(document: Document<MetricPieceValue> | undefined): MetricPiece {
  if (document === undefined) return NO_PIECE;
  const latest = new Map<string, LatestMetric>();
  let bytes = 0;
  for (const [key, step, timeMs, value, count] of document.value.latest) {
    latest.set(key, { key, step: BigInt(step), timeMs, value, count });
    bytes += metricBytes(key);
  }
  return { latest, bytes, revision: document.revision };
}

/** The pieces that changed, and the points. */
export function metricWrites(
  { metricPieces, points }: Collections,
  { run, metrics, arrived, changed }: NonNullable<Change["metrics"]>,
): readonly Write[] {
  const of = metrics.pieces.length;
  const pieces = changed.map((number) => {
    const { latest, revision } = metrics.pieces[number] ?? NO_PIECE;
    const rows = [...latest.values()].map((it) => [it.key, String(it.step), it.timeMs, it.value, it.count] as const);
    return written(metricPieces, { id: pieceId(run, number), revision, value: { of, latest: rows } });
  });
  if (arrived.length === 0) return pieces;
  const prefix = seriesKey(run, "");
  const added = arrived.map(({ key, step, timeMs, value, arrival }) => ({
    key: prefix + storedKey(key),
    step,
    timeMs,
    value,
    sequence: BigInt(arrival),
  }));
  return [...pieces, points.write(added)];
}
