import type { Json, Page } from "@throughline/kernel";
import { pageSize } from "@throughline/kernel";
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

/** One page of the history of a metric, by step, time and arrival. Empty for a metric that was never logged. */
export async function metricHistory(
  tracking: Tracking,
  { run, metric, page }: { readonly run: Key; readonly metric: string; readonly page: PageRequest },
): Promise<Page<ArrivedPoint>> {
  await storedRun(tracking, run);
  const size = pageSize(page.size, PAGE_USUAL, PAGE_MOST);
  const tokens = pageOf<ArrivedPoint>(tracking.pageTokens, { list: "metrics", ...keyOf(run), metric }, positionOf);
  const found: ArrivedPoint[] = [];
  let after = pointAt(tokens.read(page.token), metric);
  while (found.length <= size) {
    const limit = Math.min(size + 1 - found.length, POINTS_AT_ONCE);
    const points = await tracking.store.points(run, metric, { limit, ...(after && { after }) });
    found.push(...points);
    after = points.at(-1);
    if (points.length < limit) break;
  }
  const pointBytes = POINT_BYTES + Buffer.byteLength(metric);
  return tokens.page(found, size, () => pointBytes);
}

const keyOf = ({ project, id }: Key): { readonly project: string; readonly id: string } => ({ project, id });

const positionOf = ({ step, timeMs, arrival }: ArrivedPoint): Json => [String(step), timeMs, arrival];

/** The value does not matter for a position: the arrival already tells all points apart. */
function pointAt(position: Json | undefined, key: string): ArrivedPoint | undefined {
  if (position === undefined) return undefined;
  const [step, timeMs, arrival] = position as readonly [string, number, number];
  return { key, step: BigInt(step), timeMs, arrival, value: Number.NaN };
}
