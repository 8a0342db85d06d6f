import { badPlan, badValue, typeUnsupported } from "../errors.ts";
import type { ConvertPlan } from "../port.ts";
import type { Column, ScalarType, TableFile, WrittenTable } from "../table.ts";
import { describe, itemType, pick, widenedWhole } from "./column-types.ts";
import { csvFailure, csvRows, parsed } from "./csv.ts";
import { checkColumns } from "./import-rows.ts";
import type { JobContext } from "./job-context.ts";
import { openSession, type Session } from "./session.ts";
import { identifier, literal } from "./sql.ts";
import { partialPath, writeTable } from "./write-table.ts";

/** See TableEngine.convert. */
export async function convert(plan: ConvertPlan, context: JobContext): Promise<WrittenTable> {
  const { input, output, columns } = plan;
  checkColumns(columns);
  await using session = await openSession(context, { reads: [input.path], writes: [partialPath(output, context)] });
  const select =
    input.format === "csv" ? await fromCsv(session, input, columns) : await fromParquet(session, input.path, columns);
  return await writeTable(session, { select, output, columns }, context);
}

async function fromParquet(session: Session, path: string, columns: readonly Column[]): Promise<string> {
  const rows = `read_parquet(${literal(path)})`;
  const names = columns.map((it) => it.name);
  pick(await describe(session, rows), names, path).forEach((found, i) => {
    const wanted = columns[i]?.type ?? found.type;
    if (found.type !== wanted) throw typeUnsupported(found.name, found.type, wanted);
  });
  return `SELECT ${columns.map((it) => `${widenedWhole(it)} AS ${identifier(it.name)}`).join(", ")} FROM ${rows}`;
}

async function fromCsv(
  session: Session,
  input: Extract<TableFile, { format: "csv" }>,
  columns: readonly Column[],
): Promise<string> {
  const list = columns.find((it) => itemType(it.type));
  if (list) throw badPlan("columns", `column "${list.name}" is a list, which CSV cannot hold`);
  session.phase(0, 0.4);
  try {
    // The texts are kept in a table: its row ids are the row numbers that errors name.
    await session.run(`CREATE TEMP TABLE texts AS SELECT * FROM ${csvRows(input.path, input.csv)}`);
  } catch (error) {
    throw await csvFailure(error, input);
  }
  pick(
    await describe(session, "texts"),
    columns.map((it) => it.name),
    input.path,
  );
  session.phase(0.4, 0.7);
  await checkTexts(session, columns);
  session.phase(0.7, 1);
  const values = columns.map((it) => `${parsed(identifier(it.name), it.type as ScalarType)} AS ${identifier(it.name)}`);
  return `SELECT ${values.join(", ")} FROM texts ORDER BY rowid`;
}

/** Fails for the first text, by row and then by column, that is not of its column's type. */
async function checkTexts(session: Session, columns: readonly Column[]): Promise<void> {
  const bad = columns.map((it) => {
    const text = identifier(it.name);
    return it.type === "string"
      ? "false"
      : `(${text} IS NOT NULL AND (${parsed(text, it.type as ScalarType)}) IS NULL)`;
  });
  const [rowId] = await session.one(`SELECT min(rowid) FROM texts WHERE ${bad.join(" OR ")}`);
  if (rowId === null || rowId === undefined) return;
  const texts = columns.map((it) => identifier(it.name));
  const found = await session.one(`SELECT ${[...bad, ...texts].join(", ")} FROM texts WHERE rowid = ${rowId}`);
  const at = columns.findIndex((_, i) => found[i] === true);
  const column = columns[at];
  if (!column) return;
  const text = String(found[columns.length + at]);
  throw badValue({ rowNumber: Number(rowId) + 1, column: column.name, text, type: column.type });
}
