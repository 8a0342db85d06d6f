/**
 * The point-in-time join of 1,000,000 feature rows (10 floats) with 100,000 labels beside DuckDB's raw ASOF join, which knows one time
 * only and breaks ties as it likes: the floor. Run: node bench/join.ts
 */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DuckDBInstance } from "@duckdb/node-api";
import { openTables } from "../src/index.ts";

const ROUNDS = 5;
const START = 1_600_000_000_000_000_000n;
const folder = await mkdtemp(join(tmpdir(), "join-bench-"));
const [events, labels] = [join(folder, "events.parquet"), join(folder, "labels.parquet")];

const instance = await DuckDBInstance.create(":memory:", { threads: "2" });
const connection = await instance.connect();
const names = Array.from({ length: 10 }, (_, i) => `c${i}`);
const time = `${START} + (random() * 2.6e15)::BIGINT`;
await connection.run("SELECT setseed(0.5)");
await connection.run(`COPY (
  SELECT k, make_timestamp_ns(e) AS e, make_timestamp_ns(e + (random() * 1e14)::BIGINT) AS kt, ${names.join(", ")}
  FROM (SELECT (random() * 50000)::BIGINT AS k, ${time} AS e, ${names.map((it) => `random() AS ${it}`).join(", ")} FROM range(1000000))
) TO '${events}' (FORMAT parquet, COMPRESSION zstd)`);
await connection.run(`COPY (
  SELECT range AS id, (random() * 50000)::BIGINT AS k, make_timestamp_ns(${time}) AS t FROM range(100000)
) TO '${labels}' (FORMAT parquet, COMPRESSION zstd)`);

const median = (values: readonly number[]): number =>
  [...values].sort((a, b) => a - b)[values.length >> 1] ?? Number.NaN;
async function timed(name: string, work: (round: number) => Promise<unknown>): Promise<number> {
  const times: number[] = [];
  for (let round = 0; round < ROUNDS; round++) {
    const start = performance.now();
    await work(round);
    times.push(performance.now() - start);
  }
  console.log(`${name}: median ${median(times).toFixed(0)} ms, least ${Math.min(...times).toFixed(0)} ms`);
  return median(times);
}

const raw = `SELECT l.id, l.k, l.t, ${names.map((it) => `e.${it}`).join(", ")}
  FROM '${labels}' l ASOF LEFT JOIN '${events}' e ON l.k = e.k AND l.t >= e.kt`;
const floor = await timed("raw DuckDB ASOF join, written as Parquet", () =>
  connection.run(`COPY (${raw} ORDER BY l.id) TO '${join(folder, "raw.parquet")}' (FORMAT parquet, COMPRESSION zstd)`),
);
connection.closeSync();
instance.closeSync();

await using engine = await openTables({
  dataDir: join(folder, "data"),
  memoryLimitMiB: 1_024,
  threads: 2,
  processes: 1,
});
const plan = {
  spine: { segments: [labels], cutoffColumn: "t", columns: ["id", "k", "t"] },
  views: [
    {
      kind: "latest" as const,
      name: "events",
      segments: [events],
      keys: [{ spineColumn: "k", viewColumn: "k" }],
      eventTimeColumn: "e",
      knowledgeTimeColumn: "kt",
      ttlNs: undefined,
      columns: names.map((name) => ({ name, as: name })),
    },
  ],
};
const ours = await timed("bitemporal join, flushed to the disk and digested", (round) =>
  engine.pointInTimeJoin({ ...plan, output: join(folder, `ours${round}.parquet`) }),
);
console.log(`ratio ${(ours / floor).toFixed(2)}`);
const result = await engine.pointInTimeJoin({ ...plan, output: join(folder, "last.parquet") });
console.log("certificate of 1,000 rows", await engine.certify(plan, result, { seed: 1, sampleRows: 1_000 }));
await rm(folder, { recursive: true, force: true });
