/** The sweep over hostile models as a command: `npm run sweep -- models`. */
import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { Worker } from "node:worker_threads";
import { fileBlobStore } from "@throughline/blobs";
import { isDomainError, systemClock } from "@throughline/kernel";
import type { LoadedModel } from "../domain/model-host.ts";
import { fp32Row } from "../domain/tensor.ts";
import { writeChildProgram } from "../host/child-program.ts";
import { modelHosts } from "../host/model-hosts.ts";
import { ROUTER_LIMITS } from "../limits.ts";
import { fixture } from "../testing-services.ts";
import { type Probe, probeOf } from "./probe.ts";
import type { SweepOptions, Swept } from "./sweep.ts";
import type { SweepData, SweepMessage, SweepTask } from "./sweep-thread.ts";

const { values: flags } = parseArgs({
  options: {
    mutants: { type: "string", default: "100000" },
    from: { type: "string", default: "0" },
    seed: { type: "string", default: String(Date.now() % 2 ** 31) },
    lanes: { type: "string", default: "2" },
    lives: { type: "string", default: "20" },
  },
});
const numbers = [flags.mutants, flags.from, flags.seed, flags.lanes, flags.lives].map(Number);
const [mutants, from, seed, lanes, killings] = numbers as [number, number, number, number, number];
if (!numbers.every((it) => Number.isSafeInteger(it) && it >= 0) || lanes < 1)
  throw new Error("--mutants, --from, --seed and --lives are whole numbers, and there is at least one of --lanes");

const PROGRESS_EVERY = 10_000;
const REASONS_SHOWN = 12;
const DEATHS_SHOWN = 20;

const dir = mkdtempSync(join(tmpdir(), "throughline-hostile-"));
// Deaths in a row are answered with growing pauses, and with quarantine: these are not what is measured.
const forgiving = { deathsMax: 1_000_000, deathsWindowMs: 1 };
const limits = { ...ROUTER_LIMITS, ...forgiving, memoryBytesMax: 512 * 1024 ** 2, runMsMax: 2_000 };
const blobs = await fileBlobStore(join(dir, "blobs"));
mkdirSync(join(dir, "scratch"));
const hosts = modelHosts({ blobs, clock: systemClock, scratchDir: join(dir, "scratch"), limits });
const load = async (name: string): Promise<LoadedModel> =>
  hosts.load({ project: "p", digest: (await blobs.put(fixture(name))).digest });
const probe = probeOf(await load("answers_a"), 5);
try {
  await rest(5_000);
  report("an honest model, alone", probe);
  // What a sweep that is taken up again has shown already.
  if (from === 0) await examined("a model cut off at every byte", { kind: "beginnings" });
  const task: SweepTask = { kind: "mutants", from, count: mutants, seed };
  await examined(`${mutants} mutants from ${from} on (--seed ${seed})`, task);
  if (from === 0) await hostile("endless_loop", [1_000_000, 0, 0]);
  if (from === 0) await hostile("giant_allocation", [104, 0, 0]);
} finally {
  await probe.stop();
  await hosts.close();
  rmSync(dir, { recursive: true, force: true });
}

async function examined(name: string, task: SweepTask): Promise<void> {
  const startedAt = performance.now();
  const seconds = (): string => ((performance.now() - startedAt) / 1_000).toFixed(0);
  const program = await writeChildProgram(join(dir, "program"));
  const { verdicts, reasons, deaths, wornOut, recoveriesMs } = await sweptBeside(
    { task, options: { dir, lanes, program, limits: { ...limits, runMsMax: 300 } } },
    (done, below) => {
      if (done % PROGRESS_EVERY === 0) console.log(`  ${done} after ${seconds()} s, all below --from ${below}`);
    },
  );
  report(`${name}, ${seconds()} s`, probe);
  console.log(`  ${[...verdicts].map(([verdict, count]) => `${verdict} ${count}`).join(", ")}`);
  for (const [reason, count] of reasons.slice(0, REASONS_SHOWN))
    console.log(`    ${String(count).padStart(6)} ${reason}`);
  const rest = reasons.slice(REASONS_SHOWN);
  if (rest.length > 0)
    console.log(
      `    ${String(rest.reduce((sum, [, it]) => sum + it, 0)).padStart(6)} for ${rest.length} other reasons`,
    );
  for (const [what, all] of [
    ["ended a process of their own", deaths],
    ["came to a process that those before had used up", wornOut],
  ] as const) {
    if (all.length === 0) continue;
    const shown = all.slice(0, DEATHS_SHOWN).map(({ number, verdict }) => `${number} (${verdict})`);
    console.log(`  ${all.length} ${what}: ${shown.join(", ")}${all.length > DEATHS_SHOWN ? ", ..." : ""}`);
  }
  if (recoveriesMs.length > 0) console.log(`  another process answered after ${quantiles(recoveriesMs)}`);
}

function sweptBeside(workerData: SweepData, progress: SweepOptions["progress"]): Promise<Swept> {
  const thread = new Worker(new URL("./sweep-thread.ts", import.meta.url), { workerData });
  return new Promise((resolve, reject) => {
    thread.on("message", (it: SweepMessage) => {
      if (it.kind === "progress") progress(it.done, it.below);
      else resolve(it.swept);
    });
    thread.on("error", reject);
  });
}

/** A model that loads, and then kills its process with each request. */
async function hostile(name: string, row: readonly number[]): Promise<void> {
  const model = await load(name);
  const recoveries: number[] = [];
  const reasons = new Map<string, number>();
  for (let i = 0; i < killings; i++) {
    const failed = model.run({ tensors: [fp32Row("input", row)], outputs: [model.signature.outputs[0]?.name ?? ""] });
    const error = await failed.then(
      () => undefined,
      (it: unknown) => it,
    );
    const reason = isDomainError(error) ? error.reason : String(error);
    reasons.set(reason, (reasons.get(reason) ?? 0) + 1);
    const goneAt = performance.now();
    while (!model.isReady()) await rest(1);
    recoveries.push(performance.now() - goneAt);
  }
  report(`${name}: ${[...reasons].map(([reason, count]) => `${reason} ${count}`).join(", ")}`, probe);
  console.log(`  ready again after ${quantiles(recoveries)}`);
}

function report(name: string, of: Probe): void {
  console.log(`${name}\n  the honest model answers in ${quantiles(of.taken())}`);
}

function quantiles(values: readonly number[]): string {
  const sorted = [...values].sort((a, b) => a - b);
  const at = (share: number): string => (sorted[Math.floor(share * (sorted.length - 1))] ?? Number.NaN).toFixed(2);
  return `p50 ${at(0.5)} ms, p99 ${at(0.99)} ms, at most ${at(1)} ms (${sorted.length})`;
}

async function rest(ms: number): Promise<void> {
  await new Promise((resolve) => setTimeout(resolve, ms));
}
