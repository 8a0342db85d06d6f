/**
 * 50,000,000 rows as a user has them: ten Parquet files loaded into a source of the running platform by the command line, and a training
 * set of 1,000,000 labels joined to them, with its certificate. Says how much memory all processes had at the most: those of the
 * platform and of the command line, pages that they share counted in each of them.
 *
 * Run: npm run bench -- join-50m [--rows N] [--files N] [--labels N] [--memory MIB] [--data FOLDER] [--loads N]
 *
 * `--memory` is the setting of the table engine. `--data` keeps everything, and a later run goes on there: after `--loads` files it ends.
 */
import { fork, spawn } from "node:child_process";
import { once } from "node:events";
import { access, mkdir, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { ValueType } from "@throughline/contracts/throughline/type/v1/value_pb";
// By path: what every bench tells memory with.
import { residentMb } from "../../gateway/bench/load/process-cost.ts";
import { startUp, type UpProcess } from "../src/testing-process.ts";

const { values: flags } = parseArgs({
  options: {
    rows: { type: "string", default: "50000000" },
    files: { type: "string", default: "10" },
    labels: { type: "string", default: "1000000" },
    memory: { type: "string", default: "2048" },
    data: { type: "string" },
    loads: { type: "string", default: "1000" },
  },
});
const BIN = join(import.meta.dirname, "../bin/throughline.mjs");
const LARGE_DATA = join(import.meta.dirname, "../../../libs/tables/bench/large-data.ts");
const SOURCE = "projects/default/sources/events";
const SERVICE = "projects/default/featureServices/events";

const folder = flags.data ?? (await mkdtemp(join(tmpdir(), "join-50m-")));
const fileOf = (number: number): string => join(folder, "files", `events${number}.parquet`);
await writeFiles();
process.env["THROUGHLINE_TABLE_MEMORY_MIB"] = flags.memory;
let mostMb = 0;
const up = await startUp("--data", join(folder, "data"));
const watch = setInterval(() => {
  mostMb = Math.max(mostMb, residentMb(process.pid) - process.memoryUsage.rss() / 2 ** 20);
}, 50);
try {
  await define(up);
  const loaded = await loadFiles(up);
  if (loaded === Number(flags.files)) {
    mostMb = 0;
    const seconds = await timed(
      "training-set",
      SERVICE,
      "--spine",
      join(folder, "files", "labels.parquet"),
      "--cutoff",
      "t",
    );
    console.log(
      `${flags.rows} rows joined with ${flags.labels} labels, certified and stored in ${seconds.toFixed(1)} s; ${memory()}`,
    );
  }
} finally {
  clearInterval(watch);
  await up.stop();
  if (flags.data === undefined) await rm(folder, { recursive: true, force: true });
}

function memory(): string {
  return `at most ${mostMb.toFixed(0)} MiB in all processes, with ${flags.memory} MiB for the table engine`;
}

/** In a process of its own, before there is a platform. */
async function writeFiles(): Promise<void> {
  const labels = join(folder, "files", "labels.parquet");
  const isThere = await access(labels).then(
    () => true,
    () => false,
  );
  if (isThere) return;
  await mkdir(join(folder, "files"), { recursive: true });
  const started = performance.now();
  const [code] = await once(fork(LARGE_DATA, [join(folder, "files"), flags.rows, flags.files, flags.labels]), "exit");
  if (code !== 0) throw new Error(`the files could not be written (exit code ${code})`);
  console.log(
    `${flags.rows} rows in ${flags.files} files: written in ${((performance.now() - started) / 1_000).toFixed(1)} s`,
  );
}

async function define({ connection: { definitions, parent } }: UpProcess): Promise<void> {
  const column = (name: string, type: ValueType) => ({ name, type });
  const values = ["v0", "v1", "v2", "v3"];
  const key = column("k", ValueType.INT64);
  const columns = [key, column("e", ValueType.TIMESTAMP), column("kt", ValueType.TIMESTAMP)];
  const view = `${parent}/featureViews/events`;
  await definitions.applyDefinitions({
    parent,
    definitions: {
      entities: [{ name: `${parent}/entities/thing`, keys: [key] }],
      sources: [
        {
          name: SOURCE,
          columns: [...columns, ...values.map((it) => column(it, ValueType.FLOAT64))],
          eventTimeColumn: "e",
          knowledgeTime: { case: "knowledgeTimeColumn", value: "kt" },
        },
      ],
      featureViews: [
        {
          name: view,
          entity: `${parent}/entities/thing`,
          source: SOURCE,
          features: values.map((name) => ({ name, kind: { case: "column" as const, value: name } })),
        },
      ],
      featureServices: [{ name: SERVICE, views: [{ view }] }],
    },
  });
}

/** Loads what an earlier run has not, and tells how many files there are then. */
async function loadFiles({ connection }: UpProcess): Promise<number> {
  const { source } = await connection.features.getSource({ name: SOURCE });
  const before = source?.segments.length ?? 0;
  const until = Math.min(Number(flags.files), before + Number(flags.loads));
  let seconds = 0;
  for (let number = before; number < until; number++) seconds += await timed("load", SOURCE, fileOf(number));
  if (until > before)
    console.log(`files ${before + 1} to ${until} uploaded and loaded in ${seconds.toFixed(1)} s; ${memory()}`);
  return until;
}

/** Runs the command line as a user does, and gives the seconds that it took. */
async function timed(...args: readonly string[]): Promise<number> {
  const started = performance.now();
  const grpc = new URL(up.grpcUrl).host;
  const child = spawn(process.execPath, [BIN, ...args, "--grpc", grpc], { stdio: ["ignore", "inherit", "inherit"] });
  const [code] = await once(child, "exit");
  if (code !== 0) throw new Error(`throughline ${args[0]} ended with ${code}`);
  return (performance.now() - started) / 1_000;
}
