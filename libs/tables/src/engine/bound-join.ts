import { badPlan, keyTypesDiffer, typeUnsupported } from "../errors.ts";
import type { AggregateView, JoinPlan, LatestView, ViewInput } from "../join-plan.ts";
import type { Column, FoundColumn } from "../table.ts";
import type { BoundView } from "./bound-view.ts";
import { checkWindow, windowColumns } from "./bound-window.ts";
import { describeSegments, describeTyped, pick, pickTime } from "./column-types.ts";
import type { Session } from "./session.ts";

/** A join plan whose columns were found, and whose types fit. */
export interface BoundJoin {
  readonly cutoff: Column;
  readonly passthrough: readonly Column[];
  readonly views: readonly BoundView[];
  /** All columns of the result. */
  readonly outputs: readonly Column[];
}

/** Every file that a plan reads. */
export const joinFiles = (plan: JoinPlan): readonly string[] => [
  ...new Set([plan.spine, ...plan.views].flatMap((it) => it.segments)),
];

/** Tells the columns of some files: those of the first, unless they are said. */
export type DescribeColumns = (
  segments: readonly string[],
  fileColumns?: readonly Column[],
) => Promise<readonly FoundColumn[]>;

/** The same by what DuckDB says of the files. */
export const describing =
  (session: Session): DescribeColumns =>
  (segments, columns) =>
    columns ? describeTyped(session, segments, columns) : describeSegments(session, segments);

/**
 * Looks up the plan's columns in its files, those of the spine first and then those of each view in their order. Fails for
 * what no data could make right.
 */
export async function bindJoin(describe: DescribeColumns, plan: JoinPlan): Promise<BoundJoin> {
  const { spine } = plan;
  const found = await describe(spine.segments);
  const passthrough = pick(found, spine.columns, "the spine");
  const views: BoundView[] = [];
  for (const [i, view] of plan.views.entries())
    views.push(await bindView(describe, { view, path: `views[${i}]`, spine: found }));
  const outputs = [...passthrough, ...views.flatMap((it) => it.outputs)];
  unique(
    "views",
    plan.views.map((it) => it.name),
  );
  unique(
    "columns",
    outputs.map((it) => it.name.toLowerCase()),
  );
  if (outputs.length === 0) throw badPlan("spine.columns", "the result would have no columns");
  return { cutoff: pickTime(found, spine.cutoffColumn, "the spine"), passthrough, views, outputs };
}

function unique(path: string, names: readonly string[]): void {
  const twice = names.find((name, i) => names.indexOf(name) !== i);
  if (twice !== undefined) throw badPlan(path, `two of the result have the name "${twice}"`);
}

interface ViewToBind {
  readonly view: ViewInput;
  readonly path: string;
  readonly spine: readonly FoundColumn[];
}

async function bindView(describe: DescribeColumns, { view, path, spine }: ViewToBind): Promise<BoundView> {
  const found = await describe(view.segments, view.fileColumns);
  const table = `view "${view.name}"`;
  const keys = view.keys.map(({ spineColumn, viewColumn }) => {
    const [left, right] = [pick(spine, [spineColumn], "the spine")[0], pick(found, [viewColumn], table)[0]];
    if (!left || !right || left.type !== right.type)
      throw keyTypesDiffer(view.name, String(left?.type), String(right?.type));
    if (left.type.startsWith("list"))
      throw typeUnsupported(spineColumn, left.type, "a key type: bool, int64, float64, string, bytes or timestamp");
    return { spine: left, view: right };
  });
  const times = {
    eventTime: pickTime(found, view.eventTimeColumn, table),
    knowledgeTime: pickTime(found, view.knowledgeTimeColumn, table),
  };
  if (view.kind === "latest") return { view, keys, ...times, ...latestColumns(view, { found, path, table }) };
  if (view.kind === "window") return { view, keys, ...times, ...windowColumns(view, { found, path, table }) };
  return { view, keys, ...times, ...aggregateColumns(view, { found, path, table }) };
}

interface Place {
  readonly found: readonly FoundColumn[];
  readonly path: string;
  readonly table: string;
}

function latestColumns(view: LatestView, { found, path, table }: Place): Pick<BoundView, "inputs" | "outputs"> {
  if (view.ttlNs !== undefined && view.ttlNs < 0n) throw badPlan(`${path}.ttlNs`, `${view.ttlNs} is negative`);
  const inputs = pick(
    found,
    view.columns.map((it) => it.name),
    table,
  );
  return { inputs, outputs: inputs.map((it, i) => ({ name: view.columns[i]?.as ?? it.name, type: it.type })) };
}

function aggregateColumns(view: AggregateView, { found, path, table }: Place): Pick<BoundView, "inputs" | "outputs"> {
  checkWindow(view, path);
  const inputs = view.aggregations.map((it) => {
    const column = it.column === undefined ? undefined : pick(found, [it.column], table)[0];
    if (it.function !== "count" && column?.type !== "int64" && column?.type !== "bool") {
      throw typeUnsupported(
        String(it.column),
        String(column?.type),
        `int64 or bool, since ${it.function} must be exact`,
      );
    }
    return column;
  });
  const outputs = view.aggregations.map(
    (it): Column => ({ name: it.as, type: it.function === "mean" ? "float64" : "int64" }),
  );
  return { inputs, outputs };
}
