import type { Json, Page } from "@throughline/kernel";
import { pageSize } from "@throughline/kernel";
import { firstByTime } from "./history-by-time.ts";
import type { ArrivedPoint } from "./metric.ts";
import type { Key } from "./names.ts";
import { type PageRequest, pageOf } from "./page.ts";
import type { Tracking } from "./ports.ts";
import { storedRun } from "./runs.ts";

/** Points that the store gives at a time. */
const POINTS_AT_ONCE = 10_000;
const PAGE_USUAL = 1_000;
const PAGE_MOST = 25_000;
/** What a point takes in a message beside its key. */
const POINT_BYTES = 48;

interface History {
  readonly run: Key;
  readonly metric: string;
}

interface Found {
  readonly points: readonly ArrivedPoint[];
  /** True if the pages behind these are read as the points are stored. */
  readonly isStoredSo: boolean;
}

/** Where a page begins: behind a point. */
interface Place {
  readonly point: ArrivedPoint;
  readonly isStoredSo: boolean;
}

/**
 * One page of the history of a metric, by step, time and arrival, or by time, step and value. Empty for a metric that was
 * never logged.
 */
export async function metricHistory(
  tracking: Tracking,
  { run, metric, page, byTime }: History & { readonly page: PageRequest; readonly byTime: boolean },
): Promise<Page<ArrivedPoint>> {
  await storedRun(tracking, run);
  const size = pageSize(page.size, PAGE_USUAL, PAGE_MOST);
  const query = { list: "metrics", ...keyOf(run), metric, ...(byTime && { byTime }) };
  const tokens = pageOf<ArrivedPoint>(tracking.pageTokens, query, (it) => positionOf(it, found.isStoredSo));
  const place = placeAt(tokens.read(page.token), metric);
  const read = byTime && place?.isStoredSo !== true ? foundByTime : foundAsStored;
  const found = await read(tracking, { run, metric }, { after: place?.point, count: size + 1 });
  const pointBytes = POINT_BYTES + Buffer.byteLength(metric);
  return tokens.page(found.points, size, () => pointBytes);
}

interface Stretch {
  readonly after: ArrivedPoint | undefined;
  readonly count: number;
}

async function foundAsStored(tracking: Tracking, history: History, stretch: Stretch): Promise<Found> {
  const found: ArrivedPoint[] = [];
  for await (const points of partsOf(tracking, history, stretch)) found.push(...points);
  return { points: found, isStoredSo: true };
}

/** Most histories stand in the order of time as they are stored: then the pages behind the first are read as they stand. */
async function foundByTime(tracking: Tracking, history: History, stretch: Stretch): Promise<Found> {
  const all = partsOf(tracking, history, { after: undefined, count: Number.POSITIVE_INFINITY });
  const { points, isStoredSo } = await firstByTime(all, stretch.after, stretch.count);
  return points === undefined ? foundAsStored(tracking, history, stretch) : { points, isStoredSo };
}

/** So many points behind a place, as they are stored. */
async function* partsOf(
  tracking: Tracking,
  { run, metric }: History,
  { after: start, count }: Stretch,
): AsyncIterable<readonly ArrivedPoint[]> {
  let after = start;
  for (let left = count; left > 0; ) {
    const limit = Math.min(left, POINTS_AT_ONCE);
    const points = await tracking.store.points(run, metric, { limit, ...(after && { after }) });
    yield points;
    if (points.length < limit) return;
    after = points.at(-1);
    left -= points.length;
  }
}

const keyOf = ({ project, id }: Key): { readonly project: string; readonly id: string } => ({ project, id });

// JSON has no NaN and no infinity.
const positionOf = ({ step, timeMs, arrival, value }: ArrivedPoint, isStoredSo: boolean): Json => [
  String(step),
  timeMs,
  arrival,
  String(value),
  isStoredSo,
];

function placeAt(position: Json | undefined, key: string): Place | undefined {
  if (position === undefined) return undefined;
  const [step, timeMs, arrival, value, isStoredSo] = position as readonly [string, number, number, string, boolean];
  return { point: { key, step: BigInt(step), timeMs, arrival, value: Number(value) }, isStoredSo };
}
