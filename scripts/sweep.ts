/**
 * `npm run sweep -- NAME [ARGUMENTS...]` runs a long search for faults, which is no part of `npm run check`. Without a name
 * it lists them.
 */
import { basename, join } from "node:path";
import { ROOT, run } from "./run.ts";

interface Sweep {
  readonly about: string;
  readonly main: string;
  /** A program that the sweep starts thousands of times: as one file it is loaded several times as fast. */
  readonly program?: string;
  /** Threads that it starts, which it looks for beside itself. */
  readonly threads?: readonly string[];
}

const SWEEPS: Readonly<Record<string, Sweep>> = {
  crash: {
    about: "kill -9 at thousands of moments: --kills 4000 --seed N --lanes 2 --store sqlite|mongodb --blobs files|s3",
    main: "apps/throughline/src/crash/main.ts",
    program: "apps/throughline/src/crash/child.ts",
    threads: ["libs/store/src/sqlite/writer-thread.ts"],
  },
  models: {
    about:
      "models that are cut off, damaged or hostile, beside an honest one: --mutants 100000 --from 0 --lanes 2 --lives 20 --seed N",
    main: "apps/inference-router/src/hostile/main.ts",
  },
  rollouts: {
    about:
      "false aborts and power of simulated rollouts: --rollouts 10000 --seed N --only errors|labels|skewed|normal|latency|revenue|pairs|delays|routers|routers:labels --shares 1000",
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

async function start({ main, program, threads = [] }: Sweep): Promise<number> {
  if (program === undefined) return (await run([process.execPath, main, ...given])).code;
  const folder = join(ROOT, ".cache", "sweep", name);
  const file = join(folder, "program.mjs");
  for (const [source, target] of [
    [program, file] as const,
    ...threads.map((it) => [it, join(folder, basename(it))] as const),
  ]) {
    // Rolldown comes with Vite, which builds the console.
    const flags = ["--platform", "node", "--format", "esm", "--no-codeSplitting"] as const;
    const bundled = ["rolldown", source, ...flags, "--file", target] as const;
    const { code } = await run(bundled, { quiet: true });
    if (code !== 0) return code;
  }
  const env = { NODE_COMPILE_CACHE: join(folder, "compiled") };
  return (await run([process.execPath, main, "--program", file, ...given], { env })).code;
}
