import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type BlobStore, fileBlobStore } from "@throughline/blobs";
import { isDomainError, systemClock } from "@throughline/kernel";
import { afterAll, beforeAll, expect, test } from "vitest";
import { fp32Row } from "../domain/tensor.ts";
import { type ChildProgram, writeChildProgram } from "../host/child-program.ts";
import { modelHosts, type RunningModelHosts } from "../host/model-hosts.ts";
import { ROUTER_LIMITS } from "../limits.ts";
import { fixture } from "../testing-services.ts";
import { examiner, type Verdict } from "./examiner.ts";
import { giant } from "./giants.ts";
import { numberedMutant } from "./mutants.ts";
import { type Probe, probeOf } from "./probe.ts";

const SEED = 20_261_121;
const dir = mkdtempSync(join(tmpdir(), "throughline-hostile-"));
const limits = { ...ROUTER_LIMITS, memoryBytesMax: 512 * 1024 ** 2, runMsMax: 2_000 };
let blobs: BlobStore;
let hosts: RunningModelHosts;
let probe: Probe;
let program: ChildProgram;

beforeAll(async () => {
  blobs = await fileBlobStore(join(dir, "blobs"));
  mkdirSync(join(dir, "scratch"));
  hosts = modelHosts({ blobs, clock: systemClock, scratchDir: join(dir, "scratch"), limits });
  const { digest } = await blobs.put(fixture("answers_a"));
  probe = probeOf(await hosts.load({ project: "p", digest }), 20);
  program = await writeChildProgram(join(dir, "program"));
});
afterAll(async () => {
  await probe.stop();
  await hosts.close();
  rmSync(dir, { recursive: true, force: true });
});

async function verdictsOn(models: Iterable<Uint8Array>): Promise<ReadonlySet<Verdict>> {
  const examination = examiner({ dir, program, limits });
  const verdicts = new Set<Verdict>();
  for (const it of models) verdicts.add((await examination.examine(it)).verdict);
  await examination.close();
  return verdicts;
}

test("every beginning of a model is refused, while another model keeps answering", async () => {
  const whole = fixture("logistic3");
  const beginnings = Array.from({ length: whole.byteLength }, (_, end) => whole.subarray(0, end));
  expect(await verdictsOn(beginnings)).toEqual(new Set(["refused"]));
  expect(await verdictsOn([whole])).toEqual(new Set(["answered"]));
  expect(probe.taken().length).toBeGreaterThan(0);
});

test.each(["ConstantOfShape", "Expand", "Tile", "Resize", "Pad", "Range", "ExpandInput"] as const)(
  "a small model that asks for gigabytes by %s is refused, or its requests are, while another model keeps answering",
  async (operator) => {
    expect(await outcomeOf(giant(operator, 1_000n))).toBe("answered");
    for (const count of [2n ** 30n, 2n ** 45n]) {
      const bytes = giant(operator, count);
      expect(bytes.byteLength).toBeLessThan(220);
      expect([count, await outcomeOf(bytes)]).toEqual([count, expect.stringMatching(REFUSALS)]);
    }
    expect(probe.taken().length).toBeGreaterThan(0);
  },
);

test("a model that declares inputs larger than any memory troubles nobody", async () => {
  const sizes = [2n ** 20n, 2n ** 28n, 2n ** 31n, 2n ** 45n, 2n ** 62n];
  for (const operator of ["Identity", "Empty"] as const) {
    for (const size of sizes)
      expect([operator, size, await outcomeOf(giant(operator, size))]).toEqual([
        operator,
        size,
        expect.stringMatching(/^(INPUTS_REFUSED|MODEL_NOT_LOADABLE)$/),
      ]);
  }
});

/** What may become of such a model: it is refused, or it is loaded and its requests are; and its process need not end. */
const REFUSALS = /^(MODEL_NOT_LOADABLE|MODEL_MEMORY|MODEL_CRASHED|MODEL_DEADLINE|INPUTS_REFUSED)$/;

async function outcomeOf(bytes: Uint8Array): Promise<string> {
  const { digest } = await blobs.put(bytes);
  try {
    const model = await hosts.load({ project: "p", digest });
    const answered = model.run({ tensors: [fp32Row("input", [1, 1, 1])], outputs: ["score"] });
    return await answered.then(() => "answered").finally(model.release);
  } catch (error) {
    if (isDomainError(error)) return error.reason;
    throw error;
  }
}

test("damaged models each come to an end, while another model keeps answering", async () => {
  const originals = ["logistic3", "echo", "endless_loop", "giant_allocation", "rows_interact"].map(fixture);
  const mutants = Array.from({ length: 150 }, (_, number) => numberedMutant(originals, SEED, number));
  const verdicts = await verdictsOn(mutants);
  expect([...verdicts]).toContain("refused");
  expect([...verdicts]).toContain("answered");
  expect(probe.taken().length).toBeGreaterThan(0);
});
