import type { Column, FoundColumn } from "../table.ts";
import type { FileShape, FilesShape } from "./files.ts";
import type { SparkSession } from "./session.ts";
import type { SharedFiles } from "./shared-files.ts";
import { keyOnSpark, sparkType, textLiteral, widenedOnSpark } from "./spark-sql.ts";

/** Rows of files, with columns of ours. */
export interface RowsOfFiles {
  /** What the views of the session that hold the files begin with. */
  readonly name: string;
  readonly shape: FilesShape;
  readonly columns: readonly ReadColumn[];
}

/** A column of the files, and its name for queries. */
export interface ReadColumn {
  readonly column: Column;
  readonly as: string;
  /** True gives null for a value that can be no key, and one value for all that are one key. */
  readonly isKey?: boolean;
}

interface PlacedFile {
  readonly file: FileShape;
  readonly url: string;
  /** Number of its first row. */
  readonly firstRow: number;
}

/**
 * Opens files in a session, and gives SQL for their rows: r (number of the row through all files, from 0), and the columns that were
 * asked for, widened to our types. Only r is their order, which Spark itself does not keep.
 */
export async function openRows(session: SparkSession, rows: RowsOfFiles, shared: SharedFiles): Promise<string> {
  const urls = await Promise.all(rows.shape.files.map((it) => shared.find(it.path)));
  let firstRow = 0;
  const files = rows.shape.files.map((file, i): PlacedFile => {
    const placed = { file, url: urls[i] ?? "", firstRow };
    firstRow += file.rowCount;
    return placed;
  });
  const parts = alike(files, rows).map(async (group, i) => {
    const [first] = group;
    const name = `${rows.name}_${i}`;
    const columns = rows.columns.map(({ column, as, isKey = false }) => {
      const found = foundIn(first.file, column);
      const value = found ? widenedOnSpark(column, found) : `CAST(NULL AS ${sparkType(column.type)})`;
      return `${isKey ? keyOnSpark(value, column) : value} AS ${as}`;
    });
    const place = ["_metadata.file_path AS path", "_metadata.row_index AS n"];
    await session.nameFiles(name, { paths: group.map((it) => it.url), columns: [...place, ...columns] });
    return numbered(name, group, rows);
  });
  return (await Promise.all(parts)).join(" UNION ALL ");
}

/** A row knows its file by its path alone. A table of few files is looked up by hash; a map would be searched through. */
function numbered(name: string, group: readonly PlacedFile[], { columns }: RowsOfFiles): string {
  const others = columns.map((it) => `, ${it.as}`).join("");
  const [first] = group;
  if (first && group.length === 1) return `SELECT n + ${first.firstRow}L AS r${others} FROM ${name}`;
  const files = group.flatMap(({ url, firstRow }) => namesOf(url).map((it) => `(${textLiteral(it)}, ${firstRow}L)`));
  return `SELECT /*+ BROADCAST(files) */ n + first AS r${others} FROM ${name}
    JOIN (VALUES ${files.join(", ")}) AS files(file, first) ON file = path`;
}

/** Spark takes the columns' types from one of the files that it reads together, and lists a path once however often it is given. */
function alike(files: readonly PlacedFile[], { columns }: RowsOfFiles): (readonly [PlacedFile, ...PlacedFile[]])[] {
  const seen = new Map<string, number>();
  const groups = Map.groupBy(files, ({ file, url }) => {
    const times = seen.get(url) ?? 0;
    seen.set(url, times + 1);
    return JSON.stringify([times, ...columns.map((it) => foundIn(file, it.column)?.nativeType)]);
  });
  return [...groups.values()] as [PlacedFile, ...PlacedFile[]][];
}

/** Undefined for a column that the file may lack: others were looked for when the files were described. */
const foundIn = (file: FileShape, { name }: Column): FoundColumn | undefined =>
  file.columns.find((it) => it.name === name);

/**
 * The names that Spark gives to a URL: what java.net.URI does not allow in a path is percent-encoded, and a percent sign always; letters
 * beyond ASCII stay. A local file has three slashes or one, which depends on who listed it.
 */
function namesOf(url: string): readonly string[] {
  const [, scheme = "", rest = ""] = /^([a-z][a-z0-9+.-]*:)(.*)$/s.exec(url) ?? [];
  const path = rest.replace(/[^\w\-.!~'()*,;:$&+=@/\u{80}-\u{10ffff}]|[\p{Z}\p{Cc}]/gu, (it) =>
    [...Buffer.from(it)].map((byte) => `%${byte.toString(16).toUpperCase().padStart(2, "0")}`).join(""),
  );
  return scheme === "file:" ? ["", "//"].map((it) => scheme + it + path.replace(/^\/+/, "/")) : [scheme + path];
}
