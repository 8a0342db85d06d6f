/** A name as SQL writes it. */
export const identifier = (name: string): string => `"${name.replaceAll('"', '""')}"`;

/** A text as SQL writes it. */
export const literal = (text: string): string => `'${text.replaceAll("'", "''")}'`;

/** A list of texts as SQL writes it. */
export const literals = (texts: readonly string[]): string => `[${texts.map(literal).join(", ")}]`;

/** Parquet files read in their order, with the virtual columns file_index and file_row_number that number every row. */
export const parquetRows = (segments: readonly string[]): string =>
  `read_parquet(${literals(segments)}, file_row_number = true, hive_partitioning = false)`;

/** The same with these columns alone, which every file is read in, whatever its own types are, and with null where it lacks them. `type` is DuckDB's. */
export function typedParquetRows(
  segments: readonly string[],
  columns: readonly { readonly name: string; readonly type: string }[],
): string {
  const schema = columns.map(
    ({ name, type }) => `${literal(name)}: {name: ${literal(name)}, type: ${literal(type)}, default_value: NULL}`,
  );
  return `read_parquet(${literals(segments)}, schema = MAP {${schema.join(", ")}}, hive_partitioning = false)`;
}
