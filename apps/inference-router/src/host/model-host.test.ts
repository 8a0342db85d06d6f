import { mkdtempSync, readFileSync, rmdirSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { digestOfBytes, isDomainError, systemClock } from "@throughline/kernel";
import { afterAll, describe, expect, test } from "vitest";
import type { LoadedModel } from "../domain/model-host.ts";
import { elementAt, fp32Row } from "../domain/tensor.ts";
import { modelHosts } from "./model-hosts.ts";

const fileOf = (model: string) => fileURLToPath(new URL(`../../fixtures/${model}.onnx`, import.meta.url));
const digestOf = (model: string) => digestOfBytes(readFileSync(fileOf(model)));
const models = ["logistic3", "answers_a", "endless_loop", "giant_allocation", "not_a_number", "rows_interact"];
const files = new Map([...models, "external_data"].map((it) => [digestOf(it), fileOf(it)]));

const limits = {
  memoryBytesMax: 512 * 1024 * 1024,
  loadMsMax: 240_000,
  runMsMax: 60_000,
  batchRowsMax: 32,
  modelsBytesMax: 8 * 1024 ** 3,
  queueRowsMax: 64,
  deathsMax: 3,
  deathsWindowMs: 600_000,
  quarantineMs: 600_000,
};
const blobs = { localFile: async (digest: string) => files.get(digest as never) ?? "/nowhere" };
const scratchDir = mkdtempSync(join(tmpdir(), "throughline-hosts-"));
const hosts = modelHosts({ blobs, clock: systemClock, scratchDir, limits });
/** For models that never end. */
const hasty = modelHosts({ blobs, clock: systemClock, scratchDir, limits: { ...limits, runMsMax: 3_000 } });
afterAll(async () => {
  await Promise.all([hosts.close(), hasty.close()]);
  // Every process took its folder along.
  rmdirSync(scratchDir);
});

const load = (model: string, at = hosts): Promise<LoadedModel> => at.load({ project: "p", digest: digestOf(model) });
const score = async (model: LoadedModel, row: readonly number[], signal?: AbortSignal): Promise<number> => {
  const [name = ""] = model.signature.outputs.map((it) => it.name);
  const [output] = await model.run({ tensors: [fp32Row("input", row)], outputs: [name], signal });
  return output ? elementAt(output, output.shape[1] === 2 ? 1 : 0) : Number.NaN;
};
const reasonOf = (work: Promise<unknown>): Promise<string> =>
  work.then(
    () => "OK",
    (error: unknown) => (isDomainError(error) ? error.reason : String(error)),
  );
const logistic = (row: readonly number[]): number =>
  1 / (1 + Math.exp(-(0.1 + 0.5 * (row[0] ?? 0) - (row[1] ?? 0) + 2 * (row[2] ?? 0))));

/** The reason that a caller gets who waits for a model that never ends, and leaves once it has begun. */
async function impatient(endless: LoadedModel): Promise<string> {
  const leaving = new AbortController();
  const reason = reasonOf(score(endless, [200, 0, 0], leaving.signal));
  while (hasty.states().some((it) => it.rowsWaiting > 0)) await new Promise((resolve) => setTimeout(resolve, 5));
  leaving.abort(new DOMException("late", "TimeoutError"));
  return reason;
}

/** Waits until a replaced process is there. */
async function untilReady(model: LoadedModel): Promise<void> {
  while (!model.isReady()) await new Promise((resolve) => setTimeout(resolve, 10));
}

/** Waits until a process is killed. */
async function untilDead(model: LoadedModel): Promise<void> {
  while (model.isReady()) await new Promise((resolve) => setTimeout(resolve, 10));
}

describe("a model's process", () => {
  test("answers each of many requests of one turn with its own row", async () => {
    const model = await load("logistic3");
    const rows = Array.from({ length: 60 }, (_, i) => [i / 10, -i / 7, (i % 5) / 3]);
    const scores = await Promise.all(rows.map((it) => score(model, it)));
    rows.forEach((row, i) => {
      expect(scores[i]).toBeCloseTo(logistic(row), 5);
    });
  });

  test("refuses more rows than may wait", async () => {
    const model = await load("logistic3");
    const reasons = await Promise.all(Array.from({ length: 70 }, () => reasonOf(score(model, [1, 2, 3]))));
    expect(reasons.filter((it) => it === "QUEUE_FULL")).toHaveLength(6);
    expect(reasons.filter((it) => it === "OK")).toHaveLength(64);
  });

  test("never puts rows together that would change each other's answer", async () => {
    const model = await load("rows_interact");
    expect(await Promise.all([score(model, [1, 2, 3]), score(model, [0, 0, 0])])).toEqual([1, 1]);
  });

  test("says which inputs a model refuses, and answers the others of the batch", async () => {
    const model = await load("logistic3");
    const wrong = model.run({ tensors: [fp32Row("input", [1, 2])], outputs: ["probabilities"] });
    const right = score(model, [1, 2, 3]);
    expect(await reasonOf(wrong)).toBe("INPUTS_REFUSED");
    expect(await right).toBeCloseTo(logistic([1, 2, 3]), 5);
  });

  test("is not started for a model that names data outside of its bytes, or whose bytes changed", async () => {
    expect(await reasonOf(load("external_data"))).toBe("MODEL_NOT_LOADABLE");
    const changed = digestOfBytes("something else");
    files.set(changed, fileOf("answers_a"));
    expect(await reasonOf(hosts.load({ project: "p", digest: changed }))).toBe("MODEL_NOT_LOADABLE");
  });
});

describe("a hostile model", () => {
  test("that allocates gigabytes is refused or killed, and another model keeps answering", async () => {
    const [giant, other] = await Promise.all([load("giant_allocation"), load("answers_a")]);
    expect(await score(giant, [3, 3, 3])).toBeCloseTo(4, 5);
    const giants = reasonOf(score(giant, [104, 0, 0]));
    expect(await score(other, [1, 1, 1])).toBe(0.25);
    expect(await giants).toBe("MODEL_MEMORY");
    await untilReady(giant);
    expect(await score(giant, [3, 3, 3])).toBeCloseTo(4, 5);
  });

  test("that never ends is killed and replaced, its callers are told, and another model keeps answering", async () => {
    const [endless, other] = await Promise.all([load("endless_loop", hasty), load("answers_a", hasty)]);
    const reason = impatient(endless);
    expect(await score(other, [1, 1, 1])).toBe(0.25);
    expect(await reason).toBe("DEADLINE_EXCEEDED");
    await untilDead(endless);
    await untilReady(endless);
    expect(await score(endless, [3, 3, 3])).toBe(3);
  });

  test("that kills three processes in a minute is switched off, and another model keeps answering", async () => {
    const [endless, other] = await Promise.all([load("endless_loop", hasty), load("answers_a", hasty)]);
    for (let deaths = 0; deaths < 2; deaths++) {
      await untilReady(endless);
      expect(await impatient(endless)).toBe("DEADLINE_EXCEEDED");
      await untilDead(endless);
    }
    expect(await reasonOf(score(endless, [0, 0, 0]))).toBe("MODEL_QUARANTINED");
    expect(await reasonOf(load("endless_loop", hasty))).toBe("OK");
    expect(await score(other, [1, 1, 1])).toBe(0.25);
  });
});
