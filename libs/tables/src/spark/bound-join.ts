import type { BoundJoin, BoundView } from "../engine/bound-join.ts";
import { checkWindow, windowColumns } from "../engine/bound-window.ts";
import { pick, pickTime } from "../engine/column-types.ts";
import { badPlan, keyTypesDiffer, typeUnsupported } from "../errors.ts";
import type { AggregateView, Aggregation, JoinPlan, LatestView, ViewInput } from "../join-plan.ts";
import type { Column, FoundColumn } from "../table.ts";
import type { DescribeFiles, FilesShape } from "./files.ts";

/** A join plan whose columns were found, and the files of its spine and of each of its views. */
export interface BoundFiles extends BoundJoin {
  readonly spine: FilesShape;
  readonly viewFiles: readonly FilesShape[];
}

/** Looks up the plan's columns in its files. It accepts and refuses the same plans as the embedded engine. */
export async function bindFiles(describe: DescribeFiles, plan: JoinPlan): Promise<BoundFiles> {
  const spine = await describe(plan.spine.segments);
  const passthrough = pick(spine.columns, plan.spine.columns, "the spine");
  const views: BoundView[] = [];
  const viewFiles: FilesShape[] = [];
  for (const [i, view] of plan.views.entries()) {
    const files = await describe(view.segments);
    viewFiles.push(files);
    views.push(bindView(view, { path: `views[${i}]`, spine: spine.columns, found: files.columns }));
  }
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
  const cutoff = pickTime(spine.columns, plan.spine.cutoffColumn, "the spine");
  return { cutoff, passthrough, views, outputs, spine, viewFiles };
}

function unique(path: string, names: readonly string[]): void {
  const twice = names.find((name, i) => names.indexOf(name) !== i);
  if (twice !== undefined) throw badPlan(path, `two of the result have the name "${twice}"`);
}

interface Place {
  readonly path: string;
  readonly spine: readonly FoundColumn[];
  readonly found: readonly FoundColumn[];
}

function bindView(view: ViewInput, place: Place): BoundView {
  const { found } = place;
  const table = `view "${view.name}"`;
  const keys = view.keys.map(({ spineColumn, viewColumn }) => {
    const spine = pick(place.spine, [spineColumn], "the spine")[0] as Column;
    const column = pick(found, [viewColumn], table)[0] as Column;
    if (spine.type !== column.type) throw keyTypesDiffer(view.name, spine.type, column.type);
    if (spine.type === "float64" || spine.type.startsWith("list"))
      throw typeUnsupported(spineColumn, spine.type, "a key type: bool, int64, string, bytes or timestamp");
    return { spine, view: column };
  });
  const times = {
    eventTime: pickTime(found, view.eventTimeColumn, table),
    knowledgeTime: pickTime(found, view.knowledgeTimeColumn, table),
  };
  if (view.kind === "latest") return { view, keys, ...times, ...latestColumns(view, place) };
  if (view.kind === "window") return { view, keys, ...times, ...windowColumns(view, { ...place, table }) };
  return { view, keys, ...times, ...aggregateColumns(view, place) };
}

function latestColumns(view: LatestView, { found, path }: Place): Pick<BoundView, "inputs" | "outputs"> {
  if (view.ttlNs !== undefined && view.ttlNs < 0n) throw badPlan(`${path}.ttlNs`, `${view.ttlNs} is negative`);
  const inputs = pick(
    found,
    view.columns.map((it) => it.name),
    `view "${view.name}"`,
  );
  return { inputs, outputs: inputs.map((it, i) => ({ name: view.columns[i]?.as ?? it.name, type: it.type })) };
}

function aggregateColumns(view: AggregateView, { found, path }: Place): Pick<BoundView, "inputs" | "outputs"> {
  checkWindow(view, path);
  const inputs = view.aggregations.map((it) => {
    const column = it.column === undefined ? undefined : pick(found, [it.column], `view "${view.name}"`)[0];
    if (it.function !== "count" && column?.type !== "int64" && column?.type !== "bool")
      throw typeUnsupported(
        String(it.column),
        String(column?.type),
        `int64 or bool, since ${it.function} must be exact`,
      );
    return column;
  });
  const outputs = view.aggregations.map(
    (it: Aggregation): Column => ({ name: it.as, type: it.function === "mean" ? "float64" : "int64" }),
  );
  return { inputs, outputs };
}
