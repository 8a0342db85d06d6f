import type { JoinPlan, ViewCoverage } from "../join-plan.ts";
import type { JoinedTable, OutputPlan } from "../port.ts";
import { bindJoin, joinFiles } from "./bound-join.ts";
import type { JobContext } from "./job-context.ts";
import { resultQuery, spineColumns, spineQuery, viewQuery } from "./join-sql.ts";
import { openSession, type Session } from "./session.ts";
import { parquetRows } from "./sql.ts";
import { partialPath, writeTable } from "./write-table.ts";

/** See TableEngine.pointInTimeJoin. Each view is joined into a table of its own, then all are put beside the spine. */
export async function pointInTimeJoin(plan: JoinPlan & OutputPlan, context: JobContext): Promise<JoinedTable> {
  const files = { reads: joinFiles(plan), writes: [partialPath(plan.output, context)] };
  await using session = await openSession(context, files);
  const join = await bindJoin(session, plan);
  const keys = spineColumns(join);
  const steps = join.views.length + 2;
  session.phase(0, 1 / steps);
  const firstRows = await firstRowNumbers(session, plan.spine.segments);
  await session.run(
    `CREATE TEMP TABLE spine AS ${spineQuery(join, { segments: plan.spine.segments, firstRows, keys })}`,
  );
  const views: ViewCoverage[] = [];
  for (const [i, view] of join.views.entries()) {
    session.phase((i + 1) / steps, (i + 2) / steps);
    await session.run(`CREATE TEMP TABLE view${i} AS ${viewQuery(view, keys)}`);
    views.push(await coverage(session, view.view.name, i));
  }
  session.phase((steps - 1) / steps, 1);
  const table = { select: resultQuery(join), output: plan.output, columns: join.outputs };
  return { ...(await writeTable(session, table, context)), views };
}

/** Number of the first row of every file, when the rows of all files are numbered through. */
export async function firstRowNumbers(session: Session, segments: readonly string[]): Promise<readonly bigint[]> {
  const rows = await (
    await session.run(`SELECT file_index, count(*) FROM ${parquetRows(segments)} GROUP BY file_index`)
  ).getRows();
  const counts = new Map(rows.map(([index, count]) => [Number(index), BigInt(String(count))]));
  let next = 0n;
  return segments.map((_, i) => {
    const first = next;
    next += counts.get(i) ?? 0n;
    return first;
  });
}

/** Counts from the times of the events that entered, not from what the join meant to do. */
async function coverage(session: Session, name: string, index: number): Promise<ViewCoverage> {
  const [matched, later] = await session.one(
    `SELECT count(*) FILTER (v.e IS NOT NULL), count(*) FILTER (v.e > s.cut OR v.kt > s.cut)
     FROM view${index} v JOIN spine s ON s.row = v.row`,
  );
  return { name, matchedRows: Number(matched), laterRows: Number(later) };
}
