import { execFile } from "node:child_process";
import { delimiter, dirname, join, resolve } from "node:path";
import { promisify } from "node:util";
import type { TableEngine } from "../src/index.ts";

const run = promisify(execFile);

/** Where Feast is, and what is measured with. */
export interface FeastPlace {
  /** A Python with the packages of `requirements-features.txt`. */
  readonly python: string;
  /** The folder of `features_data.py` and `features_feast.py`. */
  readonly peers: string;
  /** A folder for data and feature repositories. */
  readonly folder: string;
}

const STORES = ["file", "duckdb"];
const ROUNDS = 3;
const YEAR_NS = 365n * 86_400n * 1_000_000_000n;

interface Answer {
  readonly seconds: number;
  readonly sum: number;
  readonly nulls: number;
}

/**
 * Feast's `get_historical_features` on each of its local stores, and our join of the same files (which is also written,
 * flushed and digested), in turn. Prints the ratios, and the sums of a column that show whether both found the same.
 */
export async function besideFeast(engine: TableEngine, { python, peers, folder }: FeastPlace): Promise<void> {
  const [scripts, data] = [resolve(peers), join(folder, "data-of-feast")];
  await run(python, [join(scripts, "features_data.py"), data]);
  // The scripts call the program `feast`, which lies beside the Python.
  const env = { ...process.env, PATH: [dirname(python), process.env["PATH"]].join(delimiter) };
  const feast = (...words: readonly string[]) =>
    run(python, [join(scripts, "features_feast.py"), ...words], { env, maxBuffer: 1 << 26 });
  const repository = (store: string): string => join(folder, `feast-${store}`);
  for (const store of STORES) await feast("setup", repository(store), data, "--offline", store);

  const times = new Map<string, number[]>();
  const note = (name: string, seconds: number): void => void times.set(name, [...(times.get(name) ?? []), seconds]);
  for (let round = 0; round < ROUNDS; round++) {
    for (const store of STORES) {
      const { stdout } = await feast("join", repository(store), data, "--reps", "2");
      const row = JSON.parse(stdout.trim().split("\n").at(-1) ?? "{}") as FeastRow;
      // The second call of two, as of ours below: the first also pays for what is loaded late.
      const seconds = row.all.at(-1) ?? row.seconds;
      note(store, seconds);
      console.log(
        `Feast, ${store} store: ${seconds} s, ${row.rows} rows, sum ${row.sum_f0.toFixed(4)}, ${row.nulls} nulls`,
      );
      const output = join(folder, "beside-feast.parquet");
      await ourJoin(engine, data, output);
      const ours = await ourJoin(engine, data, output);
      note(`ours beside ${store}`, ours.seconds);
      console.log(`ours: ${ours.seconds.toFixed(3)} s, sum ${ours.sum.toFixed(4)}, ${ours.nulls} nulls`);
    }
  }
  const least = (name: string): number => Math.min(...(times.get(name) ?? []));
  for (const store of STORES) {
    const ratio = least(store) / least(`ours beside ${store}`);
    console.log(`Feast's ${store} store takes ${ratio.toFixed(1)} times as long (least of ${ROUNDS} rounds each)`);
  }
}

interface FeastRow {
  readonly rows: number;
  readonly seconds: number;
  readonly all: readonly number[];
  readonly sum_f0: number;
  readonly nulls: number;
}

async function ourJoin(engine: TableEngine, data: string, output: string): Promise<Answer> {
  const names = Array.from({ length: 10 }, (_, i) => `f${i}`);
  const start = performance.now();
  await engine.pointInTimeJoin({
    spine: {
      segments: [join(data, "labels.parquet")],
      cutoffColumn: "event_timestamp",
      columns: ["entity_id", "event_timestamp", "label"],
    },
    views: [
      {
        kind: "latest",
        name: "history",
        segments: [join(data, "history.parquet")],
        keys: [{ spineColumn: "entity_id", viewColumn: "entity_id" }],
        eventTimeColumn: "event_timestamp",
        knowledgeTimeColumn: "event_timestamp",
        ttlNs: YEAR_NS,
        columns: names.map((name) => ({ name, as: name })),
      },
    ],
    output,
  });
  const seconds = (performance.now() - start) / 1_000;
  const sql = "SELECT sum(f0) AS sum, count(*) - count(f0) AS nulls FROM joined";
  const { rows } = await engine.query({ sql, inputs: { joined: [output] }, rowsMax: 1 });
  return { seconds, sum: Number(rows[0]?.[0]), nulls: Number(rows[0]?.[1]) };
}
