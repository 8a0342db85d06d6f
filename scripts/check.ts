/**
 * `npm run check -- [--servers]` is what CI runs: format and lint, contracts, types, tests. Every step runs even if an
 * earlier one failed, so that one run shows everything there is to mend.
 */
import { parseArgs } from "node:util";
import { buildServers } from "./build-servers.ts";
import { earlierContracts } from "./earlier-contracts.ts";
import { run } from "./run.ts";
import { isGreen, runTests } from "./run-tests.ts";
import { type Totals, totalsLine } from "./test-report.ts";

const { values } = parseArgs({ options: { servers: { type: "boolean", default: false } } });
let totals: Totals = { passed: 0, failed: 0, skipped: 0 };

/** Built while the steps before the tests run. True once they are there, or not asked for. */
const serversReady: Promise<boolean> = values.servers
  ? buildServers().then(
      () => true,
      (error: unknown) => {
        console.error("The servers for the tests could not be built:", error);
        return false;
      },
    )
  : Promise.resolve(true);

interface Step {
  readonly name: string;
  /** True if there is nothing to mend. */
  run(): Promise<boolean>;
}

const succeeds = async (...command: readonly [string, ...string[]]): Promise<boolean> =>
  (await run(command)).code === 0;

const STEPS: readonly Step[] = [
  { name: "format and lint", run: () => succeeds("biome", "check", "--error-on-warnings") },
  // First of the steps about contracts: it fetches the contracts of others, which the next two read.
  { name: "generated code is fresh", run: () => succeeds(process.execPath, "scripts/generate.ts", "--check") },
  { name: "contracts lint", run: () => succeeds("buf", "lint") },
  { name: "contracts break nobody", run: contractsBreakNobody },
  { name: "types", run: () => succeeds("nx", "run-many", "--target", "typecheck", "--outputStyle", "static") },
  { name: "tidy", run: async () => isGreen(await runTests({ projects: ["tidy"], servers: false })) },
  { name: "tests", run: allTests },
];

async function contractsBreakNobody(): Promise<boolean> {
  const earlier = await earlierContracts();
  if (earlier === undefined) {
    console.log("There is no earlier contract to compare with.");
    return true;
  }
  console.log(`Compared with ${earlier.ref}.`);
  return succeeds("buf", "breaking", "--against", earlier.folder);
}

/** Without the servers the other tests still run, and the step fails. */
async function allTests(): Promise<boolean> {
  const ready = await serversReady;
  totals = await runTests({ projects: [], servers: values.servers && ready });
  return isGreen(totals) && ready;
}

const results: string[] = [];
for (const step of STEPS) {
  console.log(`\n=== ${step.name}`);
  const start = performance.now();
  const good = await step.run().catch((error: unknown) => {
    console.error(error);
    return false;
  });
  if (!good) process.exitCode = 1;
  results.push(`${good ? "ok    " : "FAILED"} ${step.name} (${((performance.now() - start) / 1000).toFixed(1)} s)`);
  console.log(results.at(-1));
}

console.log(`\n=== check\n${results.join("\n")}`);
console.log(totalsLine(totals));
