/**
 * `npm run sweep -- NAME [ARGUMENTS...]` runs a long search for faults, which is no part of `npm run check`. Without a name
 * it lists them.
 */
import { join } from "node:path";
import { bundle } from "./bundle.ts";
import { withOwnFolder } from "./own-folder.ts";
import { ROOT, run } from "./run.ts";

interface Sweep {
  readonly about: string;
  readonly main: string;
  /** A program that it starts thousands of times, if it does. */
  readonly program?: string;
}

const SWEEPS: Readonly<Record<string, Sweep>> = {
  crash: {
    about: "kill -9 at thousands of moments: --kills 4000 --seed N --lanes 2 --store sqlite|mongodb --blobs files|s3",
    main: "apps/throughline/src/crash/main.ts",
    program: "apps/throughline/src/crash/child.ts",
  },
  up: {
    about: "kill -9 of the whole platform while every service is written to: --kills 200 --seed N --split",
    main: "apps/throughline/src/crash/up/main.ts",
  },
  features: {
    about:
      "kill -9 at the steps of ingestion, materialisation, compaction and revert: --kills 400 --seed N --lanes 2 --store sqlite|mongodb --blobs files|s3 --online embedded|mongodb",
    main: "apps/throughline/src/crash/features/main.ts",
    program: "apps/throughline/src/crash/features/child.ts",
  },
  models: {
    about:
      "models that are cut off, damaged or hostile, beside an honest one: --mutants 100000 --from 0 --lanes 2 --lives 20 --seed N",
    main: "apps/inference-router/src/hostile/main.ts",
  },
  rollouts: {
    about:
      "false aborts and power of simulated rollouts: --rollouts 10000 --seed N --only errors|labels|skewed|normal|latency|revenue|drift|pairs|delays|routers|routers:labels --shares 1000",
    main: "libs/rollouts/src/simulation/main.ts",
  },
  bandits: {
    about: "regret of every bandit policy beside a reference implementation: --seeds 200 --first 1",
    main: "libs/bandits/src/simulation/main.ts",
  },
};

const [name = "", ...given] = process.argv.slice(2);
const found = SWEEPS[name];
if (found) process.exitCode = await start(found);
else {
  for (const [known, { about }] of Object.entries(SWEEPS)) console.log(`${known.padEnd(10)} ${about}`);
  if (name !== "") process.exitCode = 1;
}

/** What a sweep starts thousands of times is bundled and compiled once, for this sweep alone: another may begin or end meanwhile. */
function start({ main, program }: Sweep): Promise<number> {
  // A terminal interrupts the sweep itself too: this waits for its end, and tidies up.
  process.on("SIGINT", () => {});
  return withOwnFolder(join(ROOT, ".cache", "sweep", name), async (folder) => {
    const ownProgram =
      program === undefined ? [] : ["--program", await bundle(join(ROOT, program), join(folder, "program"))];
    const env = { NODE_COMPILE_CACHE: join(folder, "compiled") };
    return (await run([process.execPath, main, ...ownProgram, ...given], { env })).code;
  });
}
