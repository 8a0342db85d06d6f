import type { AggregateView, JoinPlan, ViewCoverage, WindowView } from "../join-plan.ts";
import type { JoinedTable, OutputPlan } from "../port.ts";
import { bindJoin, describing, joinFiles } from "./bound-join.ts";
import type { BoundView } from "./bound-view.ts";
import { cutsQuery } from "./events-sql.ts";
import type { JobContext } from "./job-context.ts";
import { joinProgress } from "./join-progress.ts";
import { resultQuery, spineColumns, spineQuery } from "./join-sql.ts";
import { joinAggregate, joinLatest, type ViewPlace } from "./join-view.ts";
import { type Pass, passesOver, sharesOf, wholePass } from "./passes.ts";
import type { ProcessLimits } from "./protocol.ts";
import { openSession, type Session } from "./session.ts";
import { literals } from "./sql.ts";
import { windowAggregates } from "./window-aggregates.ts";
import { partialPath, writeOrdered } from "./write-table.ts";

/**
 * Groups by spine row are kept in a plain array when the rows' numbers have at most so many bits: it needs no hashing.
 * DuckDB's own bound of 12 is meant for groups of unknown use; here nearly all are used.
 */
const ARRAY_BITS_MAX = 20;

/**
 * See TableEngine.pointInTimeJoin. For each view it is found which events enter, by narrow columns alone; the values are
 * read while the result is written.
 */
export async function pointInTimeJoin(plan: JoinPlan & OutputPlan, context: JobContext): Promise<JoinedTable> {
  const access = { reads: joinFiles(plan), writes: [partialPath(plan.output, context)] };
  await using session = await openSession(context, access);
  session.phase(0, 0);
  const join = await bindJoin(describing(session), plan);
  await session.run(`SET perfect_ht_threshold = ${ARRAY_BITS_MAX}`);
  const [spine, inputs] = await filesOf(session, plan, context.limits);
  const late = join.views.flatMap((view, i) =>
    view.view.kind === "latest" ? [{ view, whole: inputs[i]?.whole }] : [],
  );
  const writeRows = WRITE_COST * sum(spine) + sum(late.map(({ whole }) => whole?.rowCount ?? 0));
  const progress = joinProgress(session, sum(spine) + sum(inputs.map((it) => it.whole.rowCount)) + writeRows);
  const keys = spineColumns(join);
  const { segments } = plan.spine;
  progress.rows(sum(spine));
  await session.run(
    `CREATE TEMP TABLE spine AS ${spineQuery(join, { segments, firstRows: firstRowNumbers(spine), keys })}`,
  );
  const views: ViewCoverage[] = [];
  for (const [index, view] of join.views.entries()) {
    const input = inputs[index] ?? NO_FILES;
    const place: JoinPlace = { ...input, table: `view${index}`, index, keys, step: progress.reading, context };
    await joinView(session, view, place);
    views.push(await coverage(session, view.view.name, place.table));
  }
  const values = late.map(({ view, whole }) => ({ pass: whole, columns: view.inputs.flatMap((it) => it?.name ?? []) }));
  await progress.writing(writeRows, values);
  const files = inputs.map((it) => it.whole);
  const table = { select: resultQuery(join, files), output: plan.output, columns: join.outputs };
  return { ...(await writeOrdered(session, table, context)), views };
}

/** Rows that are sorted, encoded and compressed take so much longer than rows that are read. */
const WRITE_COST = 4;

interface ViewFiles {
  readonly rowCounts: readonly number[];
  readonly whole: Pass;
  readonly passes: readonly Pass[];
}

const NO_FILES: ViewFiles = {
  rowCounts: [],
  whole: wholePass({ segments: [], rowCounts: [], shares: [] }),
  passes: [],
};

/** How many rows the spine's files have, and what is to be read of each view. */
async function filesOf(
  session: Session,
  plan: JoinPlan,
  { memoryLimitMiB, threads }: ProcessLimits,
): Promise<readonly [readonly number[], readonly ViewFiles[]]> {
  const inputs: ViewFiles[] = [];
  for (const { segments } of plan.views) {
    const found = await fileSizes(session, segments);
    const rowCounts = found.map((it) => it.rowCount);
    const files = { segments, rowCounts, shares: found.map((it) => sharesOf(it, threads)) };
    inputs.push({
      rowCounts,
      whole: wholePass(files),
      passes: passesOver({ ...files, memoryLimitMiB }),
    });
  }
  return [(await fileSizes(session, plan.spine.segments)).map((it) => it.rowCount), inputs];
}

const sum = (counts: readonly number[]): number => counts.reduce((total, it) => total + it, 0);

interface JoinPlace extends ViewPlace {
  readonly index: number;
  readonly context: JobContext;
}

async function joinView(session: Session, view: BoundView, place: JoinPlace): Promise<void> {
  if (view.view.kind === "latest") return await joinLatest(session, view, place);
  if (view.view.kind === "aggregate") return await joinAggregate(session, view as BoundView<AggregateView>, place);
  await place.step(place.whole, [], 1);
  const { index, context, keys } = place;
  await windowAggregates(session, view as BoundView<WindowView>, { index, cuts: cutsQuery(view, keys), context });
}

interface FileSize {
  readonly rowCount: number;
  readonly rowGroups: number;
}

const NOTHING: FileSize = { rowCount: 0, rowGroups: 0 };

/** Rows and row groups of each file, from what the files say of themselves. */
async function fileSizes(session: Session, segments: readonly string[]): Promise<readonly FileSize[]> {
  const rows = await (
    await session.run(`SELECT file_name, num_rows, num_row_groups FROM parquet_file_metadata(${literals(segments)})`)
  ).getRows();
  const sizes = new Map(
    rows.map(([name, ...counts]) => {
      const [rowCount = 0, rowGroups = 0] = counts.map(Number);
      return [String(name), { rowCount, rowGroups }];
    }),
  );
  return segments.map((segment) => sizes.get(segment) ?? NOTHING);
}

/** Number of the first row of every file, when the rows of all files are numbered through. */
function firstRowNumbers(counts: readonly number[]): readonly bigint[] {
  let next = 0;
  return counts.map((count) => {
    const first = next;
    next += count;
    return BigInt(first);
  });
}

/** Counts from the times of the events that entered, not from what the join meant to do. */
async function coverage(session: Session, name: string, table: string): Promise<ViewCoverage> {
  const [matched, later] = await session.one(
    `SELECT count(*) FILTER (v.e IS NOT NULL), count(*) FILTER (v.e > s.cut OR v.kt > s.cut)
     FROM ${table} v JOIN spine s ON s.row = v.row`,
  );
  return { name, matchedRows: Number(matched), laterRows: Number(later) };
}
