import { type BoundJoin, bindJoin } from "../engine/bound-join.ts";
import type { JoinPlan } from "../join-plan.ts";
import type { DescribeFiles, FilesShape } from "./files.ts";

/** A join plan whose columns were found, and the files of its spine and of each of its views. */
export interface BoundFiles extends BoundJoin {
  readonly spine: FilesShape;
  readonly viewFiles: readonly FilesShape[];
}

/** Looks up the plan's columns in its files. It accepts and refuses the same plans as the embedded engine. */
export async function bindFiles(describe: DescribeFiles, plan: JoinPlan): Promise<BoundFiles> {
  const shapes: FilesShape[] = [];
  const join = await bindJoin(async (segments, fileColumns) => {
    const shape = await describe(segments, fileColumns);
    shapes.push(shape);
    return shape.columns;
  }, plan);
  const [spine, ...viewFiles] = shapes;
  return { ...join, spine: spine as FilesShape, viewFiles };
}
