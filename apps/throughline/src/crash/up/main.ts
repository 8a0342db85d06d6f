/** Kills of the whole platform as a command: `npm run sweep -- up`. */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { sweepUp } from "./sweep-up.ts";

/** Kills on the same data, which grow, and with them the time of a start. */
const KILLS_PER_PLACE = 40;

const { values: flags } = parseArgs({
  options: {
    kills: { type: "string", default: "200" },
    seed: { type: "string", default: String(Date.now() % 2 ** 31) },
    split: { type: "boolean", default: false },
  },
});
const [kills, seed] = [Number(flags.kills), Number(flags.seed)];
if (![kills, seed].every((it) => Number.isSafeInteger(it) && it >= 0))
  throw new Error("--kills and --seed are whole numbers");

console.log(`${kills} kills of throughline up${flags.split ? " --split" : ""}, seed ${seed}`);
const started = performance.now();
let [done, noted, failed] = [0, 0, 0];
for (let place = 0; done < kills; place++) {
  const dir = await mkdtemp(join(tmpdir(), "throughline-up-"));
  try {
    const swept = await sweepUp({
      kills: Math.min(KILLS_PER_PLACE, kills - done),
      seed: seed + place,
      dir,
      args: ["--data", join(dir, "data"), ...(flags.split ? ["--split"] : [])],
      progress: (line) => console.log(`place ${place + 1}, ${line}`),
    });
    for (const it of swept.problems) console.log(`- place ${place + 1}, ${it}`);
    done += swept.kills;
    noted += swept.noted;
    failed += swept.problems.length;
  } finally {
    await rm(dir, { recursive: true, force: true, maxRetries: 5 });
  }
}
const seconds = (performance.now() - started) / 1_000;
console.log(`${done} kills in ${seconds.toFixed(0)} s, ${noted} acknowledged writes; ${failed} problems`);
process.exitCode = failed === 0 ? 0 : 1;
