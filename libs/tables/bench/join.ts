/**
 * The point-in-time join of 1,000,000 feature rows (10 floats) with 100,000 labels beside DuckDB's raw ASOF join, which knows one time
 * only and breaks ties as it likes: the floor. Measured in rounds, each of which runs everything once, since a shared machine
 * is not equally fast for long; a ratio is the median of the rounds' ratios.
 *
 * Run: node bench/join.ts [--rounds N] [--feast PYTHON --peers FOLDER]
 *
 * With `--feast`, a Python that has the packages of `requirements-features.txt`, the join of Feast over the same files is run
 * besides; FOLDER has `features_data.py` and `features_feast.py`.
 */
import { createHash } from "node:crypto";
import { mkdtemp, open, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { DuckDBInstance } from "@duckdb/node-api";
import { openTables } from "../src/index.ts";
import { besideFeast } from "./feast-join.ts";

const { values: flags } = parseArgs({
  options: {
    rounds: { type: "string", default: "7" },
    feast: { type: "string" },
    peers: { type: "string", default: "../shared/peers" },
  },
});
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

const asof = `SELECT l.id, l.k, l.t, ${names.map((it) => `e.${it}`).join(", ")}
  FROM '${labels}' l ASOF LEFT JOIN '${events}' e ON l.k = e.k AND l.t >= e.kt`;
const rawOutput = join(folder, "raw.parquet");
const written = () =>
  connection.run(`COPY (${asof} ORDER BY l.id) TO '${rawOutput}' (FORMAT parquet, COMPRESSION zstd)`);
const OURS = "ours: both times, ties, written, flushed, digested";
const contenders: Readonly<Record<string, () => Promise<unknown>>> = {
  "raw ASOF join into memory": () => connection.run(`CREATE OR REPLACE TEMP TABLE joined AS ${asof}`),
  "raw ASOF join, ordered and written as Parquet": written,
  "raw ASOF join, written, flushed, digested": async () => {
    await written();
    await using file = await open(rawOutput, "r");
    await file.sync();
    createHash("sha256")
      .update(await readFile(rawOutput))
      .digest();
  },
  [OURS]: () => engine.pointInTimeJoin({ ...plan, output: join(folder, "ours.parquet") }),
};

const times = new Map<string, number[]>(Object.keys(contenders).map((name) => [name, []]));
// The first round starts the engine's process and warms the files; it does not count.
for (let round = 0; round <= Number(flags.rounds); round++) {
  for (const [name, work] of Object.entries(contenders)) {
    const start = performance.now();
    await work();
    if (round > 0) times.get(name)?.push(performance.now() - start);
  }
}
const median = (values: readonly number[]): number =>
  [...values].sort((a, b) => a - b)[values.length >> 1] ?? Number.NaN;
const ours = times.get(OURS) ?? [];
for (const [name, values] of times) {
  const ratio = median(ours.map((it, round) => it / (values[round] ?? Number.NaN)));
  const shown = name === OURS ? "" : `, ours takes ${ratio.toFixed(2)} of it`;
  console.log(`${name}: median ${median(values).toFixed(0)} ms, least ${Math.min(...values).toFixed(0)} ms${shown}`);
}
connection.closeSync();
instance.closeSync();

const result = await engine.pointInTimeJoin({ ...plan, output: join(folder, "last.parquet") });
console.log("certificate of 1,000 rows", await engine.certify(plan, result, { seed: 1, sampleRows: 1_000 }));
if (flags.feast !== undefined) await besideFeast(engine, { python: flags.feast, peers: flags.peers, folder });
await rm(folder, { recursive: true, force: true });
