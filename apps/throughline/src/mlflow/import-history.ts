import { createHash, type Hash } from "node:crypto";
import { timestampFromMs } from "@bufbuild/protobuf/wkt";
import type { Connection } from "@throughline/client";
import type { Metric } from "@throughline/contracts/throughline/tracking/v1/run_pb";
import { toMs } from "@throughline/rpc";
import { knownMs, sendAlike } from "./import-parts.ts";
import type { SourcePoint } from "./source.ts";

/** Points of one call. */
const BATCH = 5_000;
const PAGE = 25_000;

/** A history that was copied: how many different points it has, and how many of them the platform gives back. */
export interface CopiedHistory {
  readonly points: number;
  readonly equalPoints: number;
  /** What was left out, or is not the same, in words that follow the metric's name. */
  readonly problems: readonly string[];
}

/** Copies every point of a metric that the platform takes, reads them back, and compares the two, all of them by digest. */
export async function importHistory(
  { tracking }: Pick<Connection, "tracking">,
  { run, key }: { readonly run: string; readonly key: string },
  history: AsyncIterable<SourcePoint>,
): Promise<CopiedHistory> {
  const lines = new Set<string>();
  let batch: SourcePoint[] = [];
  const moved = new Set<string>();
  let [read, taken] = [0, 0];
  /** Why no point is taken: as their times are known ones, the platform can only refuse the key or the run. */
  let refusal: string | undefined;
  const flush = async (): Promise<void> => {
    const metrics = batch.map(({ value, step, timeMs }) => ({
      key,
      value,
      step,
      time: timestampFromMs(knownMs(timeMs)),
    }));
    batch = [];
    read += metrics.length;
    refusal ??= await sendAlike(metrics, async (some) => {
      await tracking.logBatch({ run, metrics: [...some] });
      taken += some.length;
    });
  };
  for await (const point of history) {
    lines.add(line(point));
    if (knownMs(point.timeMs) !== point.timeMs) moved.add(line(point));
    if (batch.push(point) === BATCH) await flush();
  }
  await flush();
  const stored = new Set<string>();
  for await (const it of storedPoints(tracking, run, key)) stored.add(line(it));
  const isEqual = digestOf(lines) === digestOf(stored);
  const problems = refusal === undefined ? [] : [`was left out at ${read - taken} points: ${refusal}`];
  if (moved.size > 0)
    problems.push(`has ${moved.size} points at times outside of the years 1 to 9999: they have the nearest`);
  if (!isEqual && problems.length === 0) problems.push("has another history than the one that was read");
  return {
    points: lines.size,
    equalPoints: isEqual ? lines.size : [...lines].filter((it) => stored.has(it)).length,
    problems,
  };
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
