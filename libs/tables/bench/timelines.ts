/**
 * Joins random timelines and compares each spine row with what a loop over the events of its timeline finds.
 *
 * Run: node bench/timelines.ts [--count 10000] [--seed N] [--per-case 200]
 */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { openTables } from "../src/index.ts";
import { checkTimelines } from "../src/laws/timeline-law.ts";

const { values: flags } = parseArgs({
  options: {
    count: { type: "string", default: "10000" },
    seed: { type: "string", default: String(Date.now() % 2 ** 31) },
    "per-case": { type: "string", default: "200" },
  },
});
const folder = await mkdtemp(join(tmpdir(), "timelines-"));
const settings = { dataDir: join(folder, "data"), memoryLimitMiB: 512, threads: 2, processes: 1 };
await using engine = await openTables(settings);
const start = performance.now();
let tried = 0;
await checkTimelines(
  { engine, path: (name) => join(folder, name) },
  {
    count: Number(flags.count),
    perCase: Number(flags["per-case"]),
    seed: Number(flags.seed),
    onCase(timelines) {
      tried += timelines;
      if (tried % 1_000 < timelines)
        console.log(`${tried} timelines, ${((performance.now() - start) / 1_000).toFixed(0)} s`);
    },
  },
);
console.log(`${tried} timelines, seed ${flags.seed}: every row is what the law says`);
await rm(folder, { recursive: true, force: true });
