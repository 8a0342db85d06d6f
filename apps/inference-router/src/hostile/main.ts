/** The sweep over hostile models as a command: `npm run sweep -- models`. */
import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { fileBlobStore } from "@throughline/blobs";
import { isDomainError, systemClock } from "@throughline/kernel";
import { seededRandom } from "@throughline/stats";
import type { LoadedModel } from "../domain/model-host.ts";
import { fp32Row } from "../domain/tensor.ts";
import { writeChildProgram } from "../host/child-program.ts";
import { modelHosts } from "../host/model-hosts.ts";
import { ROUTER_LIMITS } from "../limits.ts";
import { fixture } from "../testing-services.ts";
import { examiner, type Verdict } from "./examiner.ts";
import { mutant } from "./mutants.ts";
import { type Probe, probeOf } from "./probe.ts";

const { values: flags } = parseArgs({
  options: {
    mutants: { type: "string", default: "100000" },
    seed: { type: "string", default: String(Date.now() % 2 ** 31) },
    lives: { type: "string", default: "20" },
  },
});
const [mutants, seed, killings] = [flags.mutants, flags.seed, flags.lives].map(Number) as [number, number, number];

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
  await truncations();
  await damaged();
  await hostile("endless_loop", [1_000_000, 0, 0]);
  await hostile("giant_allocation", [104, 0, 0]);
} finally {
  await probe.stop();
  await hosts.close();
  rmSync(dir, { recursive: true, force: true });
}

/** Every beginning of a small model. */
async function truncations(): Promise<void> {
  const whole = fixture("logistic3");
  const all = Array.from({ length: whole.byteLength }, (_, end) => whole.subarray(0, end));
  await examined("a model cut off at every byte", all);
}

async function damaged(): Promise<void> {
  const random = seededRandom(seed);
  const originals = ["logistic3", "echo", "endless_loop", "giant_allocation", "rows_interact"].map(fixture);
  const all = (function* () {
    for (let i = 0; i < mutants; i++) yield mutant(originals, random);
  })();
  await examined(`${mutants} mutants (--seed ${seed})`, all);
}

async function examined(name: string, models: Iterable<Uint8Array>): Promise<void> {
  const program = await writeChildProgram(join(dir, "program"));
  const examination = examiner({ dir, program, limits: { ...limits, runMsMax: 300 } });
  const verdicts = new Map<Verdict, number>();
  const startedAt = performance.now();
  let count = 0;
  for (const model of models) {
    count += 1;
    if (count % 10_000 === 0) console.log(`  ${count} after ${((performance.now() - startedAt) / 1_000).toFixed(0)} s`);
    const verdict = await examination.examine(model);
    verdicts.set(verdict, (verdicts.get(verdict) ?? 0) + 1);
  }
  await examination.close();
  const seconds = (performance.now() - startedAt) / 1_000;
  report(`${name}, ${seconds.toFixed(0)} s`, probe);
  console.log(`  ${[...verdicts].map(([verdict, count]) => `${verdict} ${count}`).join(", ")}`);
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
