/**
 * Joins a source of 50,000,000 rows in several files with 1,000,000 labels, shows the progress, and says how much memory all
 * processes had at the most, as the kernel counts it (resident pages, sampled every 50 ms).
 *
 * Run: node bench/large-join.ts [--rows N] [--files N] [--labels N] [--memory MIB] [--certify ROWS] [--data FOLDER] [--keyless]
 *
 * `--data` keeps the files and uses those of an earlier run. `--keyless` joins without keys, so that all rows are of one entity.
 */
import { fork } from "node:child_process";
import { once } from "node:events";
import { access, mkdir, mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { openTables } from "../src/index.ts";

const { values: flags } = parseArgs({
  options: {
    rows: { type: "string", default: "50000000" },
    files: { type: "string", default: "10" },
    labels: { type: "string", default: "1000000" },
    memory: { type: "string", default: "2500" },
    certify: { type: "string", default: "0" },
    data: { type: "string" },
    keyless: { type: "boolean", default: false },
  },
});
const folder = await mkdtemp(join(tmpdir(), "large-join-"));
const data = flags.data ?? folder;
const seconds = (start: number): string => `${((performance.now() - start) / 1_000).toFixed(1)} s`;

const isThere = await access(join(data, "labels.parquet")).then(
  () => true,
  () => false,
);
if (!isThere) {
  const start = performance.now();
  await mkdir(data, { recursive: true });
  const child = fork(new URL("./large-data.ts", import.meta.url), [data, flags.rows, flags.files, flags.labels]);
  const [code] = await once(child, "exit");
  if (code !== 0) throw new Error(`the files could not be written (exit code ${code})`);
  console.log(`${flags.rows} rows in ${flags.files} files: written in ${seconds(start)}`);
}

/** Resident memory of this process and of all below it, in MiB. */
async function residentMib(): Promise<number> {
  const parents = new Map<number, number>();
  const resident = new Map<number, number>();
  for (const name of await readdir("/proc")) {
    if (!/^\d+$/.test(name)) continue;
    const status = await readFile(`/proc/${name}/status`, "utf8").catch(() => "");
    parents.set(Number(name), Number(/^PPid:\s+(\d+)/m.exec(status)?.[1]));
    resident.set(Number(name), Number(/^VmRSS:\s+(\d+) kB/m.exec(status)?.[1] ?? 0));
  }
  const isOurs = (pid: number | undefined): boolean =>
    pid !== undefined && pid > 1 && (pid === process.pid || isOurs(parents.get(pid)));
  return [...resident].reduce((sum, [pid, kib]) => sum + (isOurs(pid) ? kib / 1_024 : 0), 0);
}

let peakMib = 0;
let isMeasuring = true;
const measuring = (async () => {
  while (isMeasuring) {
    peakMib = Math.max(peakMib, await residentMib());
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
})();

const start = performance.now();
let shown = 0;
function show(fraction: number): void {
  const filled = Math.round(fraction * 40);
  const line = `[${"#".repeat(filled)}${" ".repeat(40 - filled)}] ${(fraction * 100).toFixed(1)} % ${seconds(start)}, peak ${peakMib.toFixed(0)} MiB`;
  if (process.stdout.isTTY) process.stdout.write(`\r${line}`);
  else if (fraction - shown >= 0.05 || fraction === 1) {
    console.log(line);
    shown = fraction;
  }
}

await using engine = await openTables({
  dataDir: join(folder, "engine"),
  memoryLimitMiB: Number(flags.memory),
  threads: 2,
  processes: 1,
});
const names = Array.from({ length: 4 }, (_, i) => `v${i}`);
const plan = {
  spine: { segments: [join(data, "labels.parquet")], cutoffColumn: "t", columns: ["id", "k", "t"] },
  views: [
    {
      kind: "latest" as const,
      name: "events",
      segments: Array.from({ length: Number(flags.files) }, (_, i) => join(data, `events${i}.parquet`)),
      keys: flags.keyless ? [] : [{ spineColumn: "k", viewColumn: "k" }],
      eventTimeColumn: "e",
      knowledgeTimeColumn: "kt",
      ttlNs: undefined,
      columns: names.map((name) => ({ name, as: name })),
    },
  ],
};
const result = await engine.pointInTimeJoin({ ...plan, output: join(folder, "joined.parquet") }, { onProgress: show });
const took = seconds(start);
isMeasuring = false;
await measuring;
console.log(
  `\n${result.rowCount} rows, ${result.views[0]?.matchedRows} with values: joined in ${took}; ` +
    `at most ${peakMib.toFixed(0)} MiB in all processes, with a limit of ${flags.memory} MiB for the engine`,
);
if (Number(flags.certify) > 0) {
  const options = { seed: 1, sampleRows: Number(flags.certify), onProgress: () => {} };
  console.log(`certificate of ${flags.certify} rows`, await engine.certify(plan, result, options));
}
await engine.close();
await rm(folder, { recursive: true, force: true });
