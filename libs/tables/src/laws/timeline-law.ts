import { canonicalRowBytes } from "@throughline/kernel";
import fc from "fast-check";
import type { TableEngine } from "../port.ts";
import type { Row } from "../table.ts";
import { eventRows, eventsOf, lacksLast, type SpineEntry, spineOf, spineRows } from "./timeline-files.ts";
import { expectedRows } from "./timeline-oracle.ts";
import { eventColumns, planOf, spineColumns, type TimelineCase, timelineCaseArb } from "./timelines.ts";

/** Where a law works: an engine, and paths for its files, which are written again and again. */
export interface TimelinePlace {
  readonly engine: TableEngine;
  path(name: string): string;
}

/** How many timelines are tried, and how. */
export interface TimelineRun {
  /** Rounded up to whole cases. */
  readonly count: number;
  /** Timelines of one case, which is one join. */
  readonly perCase: number;
  /** The same seed tries the same timelines; a random one if it is absent. */
  readonly seed?: number;
  /** Told after each case. */
  readonly onCase?: (timelines: number) => void;
}

/**
 * The law: the join gives what the words of JoinPlan say, for any timelines. Fails with the timeline that it is wrong for: a
 * failing case is not made smaller, which would take a join for each of many attempts.
 */
export async function checkTimelines(place: TimelinePlace, run: TimelineRun): Promise<void> {
  const { count, perCase, seed, onCase } = run;
  const law = fc.asyncProperty(timelineCaseArb(perCase), async (it) => {
    await checkCase(place, it);
    onCase?.(it.timelines.length);
  });
  const numRuns = Math.ceil(count / perCase);
  const tried = await fc.check(law, { numRuns, endOnFailure: true, ...(seed === undefined ? {} : { seed }) });
  if (!tried.failed) return;
  const { errorInstance: cause } = tried;
  const what = cause instanceof Error ? cause.message : String(cause);
  throw new Error(`seed ${tried.seed}, case ${tried.numRuns} of ${perCase} timelines: ${what}`, { cause });
}

async function checkCase({ engine, path }: TimelinePlace, it: TimelineCase): Promise<void> {
  const [spine, events] = [spineOf(it), eventsOf(it)];
  const write = async (name: string, columns: ReturnType<typeof eventColumns>, rows: readonly Row[]) =>
    (await engine.importRows({ columns, output: path(`${name}.parquet`) }, rows)).path;
  const files = { spine: [] as string[], events: [] as string[] };
  for (const [i, rows] of spineRows(spine).entries())
    files.spine.push(await write(`spine${i}`, spineColumns(it), rows));
  for (const [segment, rows] of eventRows(events).entries()) {
    const width = eventColumns(it).length - (lacksLast(it, { segment }) ? 1 : 0);
    const cut = rows.map((row) => row.slice(0, width));
    files.events.push(await write(`events${segment}`, eventColumns(it).slice(0, width), cut));
  }
  const result = await engine.pointInTimeJoin({ ...planOf(it, files), output: path("joined.parquet") });
  const expected = expectedRows(it, spine, events);
  const names = result.columns.map((column) => column.name);
  let next = 0;
  for (let offset = 0; offset < Math.max(result.rowCount, 1); offset += 50_000) {
    const { rows } = await engine.readRows({ segments: [result.path], offset, limit: 50_000 });
    for (const row of rows) {
      const wrong = difference(names, row, expected[next] ?? []);
      if (wrong !== undefined) throw new Error(`spine row ${next}: ${wrong}\n${described(it, spine[next])}`);
      next += 1;
    }
  }
  if (next !== expected.length) throw new Error(`the join gave ${next} rows for ${expected.length} of the spine`);
  const late = result.views.filter((view) => view.laterRows > 0);
  if (late.length > 0) throw new Error(`later knowledge entered: ${JSON.stringify(late)}`);
}

/** The first value that differs. Values are equal when their canonical bytes are: the same rule as for digests. */
function difference(names: readonly string[], row: Row, expected: Row): string | undefined {
  const at = names.findIndex(
    (_, i) => !canonicalRowBytes([row[i] ?? null]).equals(canonicalRowBytes([expected[i] ?? null])),
  );
  if (at < 0) return undefined;
  return `${names[at]} is ${shown(row[at] ?? null)} in the join, and ${shown(expected[at] ?? null)} by the law`;
}

function described(it: TimelineCase, spine: SpineEntry | undefined): string {
  const { timelines, ...plan } = it;
  return shown({ plan, spine, timeline: timelines[spine?.timeline ?? -1] });
}

const shown = (value: unknown): string => JSON.stringify(value, (_, it) => (typeof it === "bigint" ? `${it}n` : it));
