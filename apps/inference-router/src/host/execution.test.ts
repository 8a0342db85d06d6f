import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type DomainError, digestOfBytes, isDomainError, systemClock } from "@throughline/kernel";
import { afterEach, describe, expect, test } from "vitest";
import { DEFAULT_EXECUTION, mergedSettings } from "../domain/execution-settings.ts";
import type { LoadedModel, RunCall } from "../domain/model-host.ts";
import { elementAt, fp32Row } from "../domain/tensor.ts";
import { ROUTER_LIMITS } from "../limits.ts";
import { fixture } from "../testing-services.ts";
import { executionProviders } from "./execution-providers.ts";
import { type ModelHostsOptions, modelHosts } from "./model-hosts.ts";

/** Any path will do for a model whose file is in the fixtures. */
const fileOf = (digest: string): string => paths.get(digest) ?? "/nowhere";
const paths = new Map<string, string>();
const opened: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const it of opened.splice(0)) await it();
});

type Limits = ModelHostsOptions["limits"];

function hostsWith(limits: Partial<Limits> = {}, options: Partial<ModelHostsOptions> = {}) {
  const scratchDir = mkdtempSync(join(tmpdir(), "throughline-execution-"));
  const all = { ...ROUTER_LIMITS, ...limits };
  const blobs = { localFile: async (digest: string) => fileOf(digest) };
  const hosts = modelHosts({ blobs, clock: systemClock, scratchDir, limits: all, ...options });
  opened.push(async () => {
    await hosts.close();
    rmSync(scratchDir, { recursive: true, force: true });
  });
  const load = (name: string): Promise<LoadedModel> => {
    const digest = digestOfBytes(fixture(name));
    paths.set(digest, join(import.meta.dirname, `../../fixtures/${name}.onnx`));
    return hosts.load({ project: "p", digest });
  };
  return { hosts, load };
}

const score = async (model: LoadedModel, row: readonly number[], call?: RunCall): Promise<number> => {
  const outputs = [model.signature.outputs[0]?.name ?? ""];
  const [output] = await model.run({ tensors: [fp32Row("input", row)], outputs, call });
  return output ? elementAt(output, 0) : Number.NaN;
};
const failure = async (work: Promise<unknown>): Promise<DomainError> =>
  work.then(
    (it) => {
      throw new Error(`it was answered: ${it}`);
    },
    (error: unknown) => {
      if (isDomainError(error)) return error;
      throw error;
    },
  );
const signal = new AbortController().signal;
async function until(isSo: () => boolean): Promise<void> {
  while (!isSo()) await new Promise((resolve) => setTimeout(resolve, 5));
}

describe("a model's queue", () => {
  test("is run in few batches when many come, and at once when one comes", async () => {
    const { hosts, load } = hostsWith();
    const model = await load("logistic3");
    const before = hosts.states()[0]?.totals.runs ?? 0;
    await Promise.all(Array.from({ length: 320 }, () => score(model, [1, 2, 3])));
    const { totals } = hosts.states()[0] ?? {};
    expect(totals?.requests).toBe(320);
    expect(totals?.rows).toBe(320);
    // 32 rows a run at most.
    expect((totals?.runs ?? 0) - before).toBe(10);
    expect(model.statistics()).toMatchObject({ rows: 320, executions: 10, batches: [{ rows: 32 }] });
  });

  test("tells when to try again, and refuses at the door what cannot be done in time", async () => {
    const { hosts, load } = hostsWith({ queueRowsMax: 40, batchRowsMax: 1 });
    const model = await load("slow");
    const call: RunCall = { signal, timeoutMs: () => 60_000 };
    // Each takes a millisecond or more, and the model's pace is known.
    for (let i = 0; i < 5; i++) await score(model, [100, 0, 0], call);
    const waiting = Array.from({ length: 40 }, () => score(model, [100, 0, 0], call));
    const full = await failure(score(model, [3, 0, 0], call));
    expect(full).toMatchObject({ kind: "exhausted", reason: "QUEUE_FULL" });
    expect(full.retryAfterMs).toBeGreaterThanOrEqual(10);
    const late = await failure(score(model, [3, 0, 0], { signal, timeoutMs: () => 0.01 }));
    expect(late).toMatchObject({ kind: "exhausted", reason: "DEADLINE_UNREACHABLE" });
    expect(late.retryAfterMs).toBeGreaterThanOrEqual(10);
    await Promise.all(waiting);
    const refusals = hosts.states()[0]?.refusals;
    expect([refusals?.get("QUEUE_FULL"), refusals?.get("DEADLINE_UNREACHABLE")]).toEqual([1, 1]);
  });

  test("lets a request of a higher priority in when it is full, at the cost of the newest lower one", async () => {
    const { load } = hostsWith({ queueRowsMax: 8, batchRowsMax: 1 });
    const model = await load("logistic3");
    const low: RunCall = { signal, priority: "low" };
    const lows = Array.from({ length: 8 }, () => score(model, [1, 2, 3], low));
    const settled = Promise.allSettled(lows);
    const high = score(model, [1, 2, 3], { signal, priority: "high" });
    expect(await high).toBeGreaterThan(0);
    const results = await settled;
    expect(results.map((it) => it.status)).toEqual([...Array(7).fill("fulfilled"), "rejected"]);
    const last = results[7] as PromiseRejectedResult;
    expect(last.reason).toMatchObject({ reason: "QUEUE_FULL" });
  });

  test("is left by callers whose deadline passes, which the model is not asked for any more", async () => {
    const { hosts, load } = hostsWith({ runMsMax: 60_000 });
    const model = await load("slow");
    const busy = score(model, [50_000, 0, 0]);
    await until(() => hosts.states()[0]?.rowsWaiting === 0);
    const late = failure(score(model, [3, 0, 0], { signal: AbortSignal.timeout(1) }));
    expect(await late).toMatchObject({ reason: "DEADLINE_EXCEEDED" });
    await busy;
    await until(() => hosts.states()[0]?.rowsWaiting === 0);
    expect(hosts.states()[0]?.totals.requests).toBe(1);
  });
});

describe("a process that is ended", () => {
  test("takes its own request along, and the next one serves those who waited", async () => {
    const { hosts, load } = hostsWith({ runMsMax: 3_000 });
    const model = await load("endless_loop");
    const endless = failure(score(model, [1_000, 0, 0]));
    await until(() => hosts.states()[0]?.rowsWaiting === 0);
    const others = Array.from({ length: 5 }, (_, i) => score(model, [i, i, i]));
    expect((await endless).reason).toBe("MODEL_DEADLINE");
    expect(await Promise.all(others)).toEqual([0, 1, 2, 3, 4]);
    expect(hosts.states()[0]?.totals).toMatchObject({ deaths: 1, requests: 5 });
  });
});

describe("the settings of a deployment", () => {
  test("start more processes beside the one at work, share the work, and end them again", async () => {
    const { hosts, load } = hostsWith({ batchRowsMax: 1 });
    const model = await load("logistic3");
    model.configure({ ...DEFAULT_EXECUTION, instances: 2 });
    const processes = () => hosts.states()[0]?.processes;
    // Answers go on while the second one starts.
    while (processes() !== 2) expect(await score(model, [1, 2, 3])).toBeGreaterThan(0);
    await Promise.all(Array.from({ length: 50 }, () => score(model, [1, 2, 3])));
    model.configure(DEFAULT_EXECUTION);
    while (processes() !== 1) expect(await score(model, [1, 2, 3])).toBeGreaterThan(0);
  });

  test("of several deployments that have one model are merged so that none is served worse", () => {
    const a = { latencyObjectiveMs: 20, instances: 1, priority: "low", batchRowsMax: undefined } as const;
    const b = { latencyObjectiveMs: undefined, instances: 3, priority: "high", batchRowsMax: 8 } as const;
    const merged = { latencyObjectiveMs: 20, instances: 3, priority: "high", batchRowsMax: 8 };
    expect(mergedSettings([a, b])).toEqual(merged);
    expect(mergedSettings([b, a])).toEqual(merged);
    expect(mergedSettings([a])).toEqual(a);
  });

  test("name execution providers, and a model says which one the machine has not", async () => {
    expect(executionProviders("CUDA, cpu")).toEqual(["cuda", "cpu"]);
    expect(() => executionProviders("cpu,abacus")).toThrow("abacus is none of cpu, cuda");
    const { load } = hostsWith({}, { providers: ["cuda", "cpu"] });
    const error = await failure(load("logistic3"));
    expect(error.reason).toBe("MODEL_NOT_LOADABLE");
    expect(error.message).toMatch(/cuda/i);
  });
});

describe("memory for all models", () => {
  test("is kept to by unloading the model that was idle longest, which is loaded again when it is asked", async () => {
    // Room for one process, and not for two.
    const { hosts, load } = hostsWith({ modelsBytesMax: 130 * 1024 ** 2 });
    const [a, b] = [await load("answers_a"), await load("answers_b")];
    const asleep = () => hosts.states().map((it) => it.isAsleep);
    await until(() => asleep().includes(true));
    expect(asleep()).toEqual([true, false]);
    expect(a.isReady()).toBe(true);
    expect(await Promise.all([score(a, [1, 1, 1]), score(a, [1, 1, 1])])).toEqual([0.25, 0.25]);
    expect(asleep()).toEqual([false, true]);
    expect(await score(b, [1, 1, 1])).toBe(0.75);
    expect(asleep()).toEqual([true, false]);
  });

  test("is refused to a model that was unloaded while the others work", async () => {
    const { load } = hostsWith({ modelsBytesMax: 130 * 1024 ** 2, runMsMax: 3_000 });
    const idle = await load("answers_a");
    const endless = await load("endless_loop");
    await until(() => idle.isReady());
    const busy = failure(score(endless, [1_000_000, 0, 0]));
    const refused = await failure(score(idle, [1, 1, 1]));
    expect(refused).toMatchObject({ kind: "exhausted", reason: "MODELS_MEMORY_FULL", retryAfterMs: 1_000 });
    expect((await busy).reason).toBe("MODEL_DEADLINE");
    await until(() => endless.isReady());
    expect(await score(idle, [1, 1, 1])).toBe(0.25);
  });
});
