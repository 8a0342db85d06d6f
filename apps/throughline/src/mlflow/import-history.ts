import { createHash, type Hash } from "node:crypto";
import { timestampFromMs } from "@bufbuild/protobuf/wkt";
import type { Connection } from "@throughline/client";
import type { Metric } from "@throughline/contracts/throughline/tracking/v1/run_pb";
import { toMs } from "@throughline/rpc";
import type { SourcePoint } from "./source.ts";

/** Points of one call. */
const BATCH = 5_000;
const PAGE = 25_000;

/** A history that was copied: how many different points it has, and whether the platform gives back the same. */
export interface CopiedHistory {
  readonly points: number;
  readonly isEqual: boolean;
}

/** Copies every point of a metric, reads them back, and compares the two by digest. */
export async function importHistory(
  { tracking }: Pick<Connection, "tracking">,
  { run, key }: { readonly run: string; readonly key: string },
  history: AsyncIterable<SourcePoint>,
): Promise<CopiedHistory> {
  const lines = new Set<string>();
  let batch: SourcePoint[] = [];
  const flush = async (): Promise<void> => {
    const metrics = batch.map(({ value, step, timeMs }) => ({ key, value, step, time: timestampFromMs(timeMs) }));
    batch = [];
    if (metrics.length > 0) await tracking.logBatch({ run, metrics });
  };
  for await (const point of history) {
    lines.add(line(point));
    if (batch.push(point) === BATCH) await flush();
  }
  await flush();
  const stored = new Set<string>();
  for await (const it of storedPoints(tracking, run, key)) stored.add(line(it));
  return { points: lines.size, isEqual: digestOf(lines) === digestOf(stored) };
}

async function* storedPoints(tracking: Connection["tracking"], run: string, key: string): AsyncIterable<SourcePoint> {
  let pageToken = "";
  do {
    const page = await tracking.getMetricHistory({ run, key, pageSize: PAGE, pageToken });
    yield* page.metrics.map(pointOf);
    pageToken = page.nextPageToken;
  } while (pageToken !== "");
}

const pointOf = ({ value, step, time }: Metric): SourcePoint => ({ value, step, timeMs: time ? toMs(time) : 0 });

/** JavaScript writes the shortest text that gives the same float again. */
const line = ({ step, timeMs, value }: SourcePoint): string => `${step} ${timeMs} ${value + 0}`;

/** The points in one order, whatever order they came in. */
function digestOf(lines: ReadonlySet<string>): string {
  const sorted = [...lines].sort();
  return sorted.reduce((hash: Hash, it) => hash.update(`${it}\n`), createHash("sha256")).digest("hex");
}
