import { nativeType } from "../engine/column-types.ts";
import { badPlan, columnUnknown, typeUnsupported } from "../errors.ts";
import type { CallOptions, TableEngine } from "../port.ts";
import type { Column, FoundColumn } from "../table.ts";

/** A Parquet file as its footer describes it. */
export interface FileShape {
  readonly path: string;
  readonly columns: readonly FoundColumn[];
  readonly rowCount: number;
}

/** Files that belong together, in order. Each has these columns in the same types of ours, or lacks some of them where that was said. */
export interface FilesShape {
  readonly files: readonly FileShape[];
  readonly columns: readonly FoundColumn[];
  readonly rowCount: number;
}

/** Looks at files once, however often a call asks for them. */
export type DescribeFiles = (segments: readonly string[], fileColumns?: readonly Column[]) => Promise<FilesShape>;

/** Footers are read by the embedded engine: no job of the cluster is worth them, and the types are DuckDB's names. */
export function fileDescriber(embedded: TableEngine, options: CallOptions): DescribeFiles {
  const known = new Map<string, Promise<FileShape>>();
  const describe = (path: string): Promise<FileShape> => {
    const shape = known.get(path) ?? inspected(embedded, path, options);
    known.set(path, shape);
    return shape;
  };
  return async (segments, fileColumns) => {
    const files: FileShape[] = [];
    for (const path of segments) files.push(await describe(path));
    const [first] = files;
    if (!first) throw badPlan("segments", "there must be at least one file");
    const typed = fileColumns?.map((it): FoundColumn => ({ ...it, nativeType: nativeType(it.type) }));
    const shape = { path: first.path, columns: typed ?? first.columns, mayLack: typed !== undefined };
    for (const file of files) checkAlike(shape, file);
    return { files, columns: shape.columns, rowCount: files.reduce((sum, it) => sum + it.rowCount, 0) };
  };
}

async function inspected(embedded: TableEngine, path: string, { signal }: CallOptions): Promise<FileShape> {
  const name = path.slice(path.lastIndexOf("/") + 1);
  if (/[{}\\]/.test(path))
    throw badPlan("path", `"${path}" has one of the characters { } \\, which are patterns on Spark`);
  if (/^[._]|\._COPYING_$/.test(name)) throw badPlan("path", `Spark takes "${name}" for a hidden file; rename it`);
  return { path, ...(await embedded.inspect({ path, format: "parquet" }, signal ? { signal } : {})) };
}

interface WantedShape extends Pick<FileShape, "path" | "columns"> {
  readonly mayLack: boolean;
}

function checkAlike(first: WantedShape, file: FileShape): void {
  for (const wanted of first.columns) {
    const column = file.columns.find((it) => it.name === wanted.name);
    if (!column && first.mayLack) continue;
    if (!column)
      throw columnUnknown(
        wanted.name,
        file.path,
        file.columns.map((it) => it.name),
      );
    if (column.type !== wanted.type)
      throw typeUnsupported(wanted.name, column.nativeType, `${wanted.type}, as in ${first.path}`);
  }
}
