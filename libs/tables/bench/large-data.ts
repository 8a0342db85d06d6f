/**
 * Writes the files of `large-join.ts`, in a process of its own, so that its memory is not counted there.
 *
 * Run: node bench/large-data.ts FOLDER ROWS FILES LABELS
 */
import { join } from "node:path";
import { DuckDBInstance } from "@duckdb/node-api";

const [folder = ".", rows = "50000000", files = "10", labels = "1000000"] = process.argv.slice(2);
const START = 1_600_000_000_000_000_000n;
const YEAR_NS = 365n * 86_400n * 1_000_000_000n;
const DAY_NS = 86_400_000_000_000n;
const ENTITIES = Math.max(1, Math.floor(Number(rows) / 25));

const instance = await DuckDBInstance.create(":memory:", { threads: "2", memory_limit: "2GiB" });
const connection = await instance.connect();
await connection.run("SET preserve_insertion_order = false");
const key = `(random() * ${ENTITIES})::BIGINT`;
const time = `${START} + (random() * ${YEAR_NS})::BIGINT`;
const values = Array.from({ length: 4 }, (_, i) => `round(random() * 1000, 2) AS v${i}`).join(", ");
const write = (select: string, name: string) =>
  connection.run(`COPY (${select}) TO '${join(folder, name)}' (FORMAT parquet, COMPRESSION zstd)`);
for (let file = 0; file < Number(files); file++) {
  const count = Math.floor(Number(rows) / Number(files));
  await write(
    `SELECT k, make_timestamp_ns(e) AS e, make_timestamp_ns(e + (random() * ${DAY_NS})::BIGINT) AS kt, v0, v1, v2, v3
     FROM (SELECT ${key} AS k, ${time} AS e, ${values} FROM range(${count}))`,
    `events${file}.parquet`,
  );
}
await write(`SELECT range AS id, ${key} AS k, make_timestamp_ns(${time}) AS t FROM range(${labels})`, "labels.parquet");
connection.closeSync();
instance.closeSync();
