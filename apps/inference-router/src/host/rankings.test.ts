import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { getPriority, tmpdir } from "node:os";
import { join } from "node:path";
import { type Digest, digestOfBytes, systemClock } from "@throughline/kernel";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { DEFAULT_EXECUTION, mergedSettings } from "../domain/execution-settings.ts";
import { fp32Row } from "../domain/tensor.ts";
import { ROUTER_LIMITS } from "../limits.ts";
import { fixture } from "../testing-services.ts";
import { modelHosts, type RunningModelHosts } from "./model-hosts.ts";
import type { ModelProcess } from "./model-process.ts";
import type { Rank } from "./process-priority.ts";
import { rankings } from "./rankings.ts";

const OWN = getPriority();
const PATIENCE = { timeout: 120_000, interval: 10 };

/** Niceness of each thread of the processes for a model. */
function nicenessOf(digest: Digest): readonly number[] {
  const pids = readdirSync("/proc").filter((it) => isChild(it) && textOf(it, "cmdline").includes(digest));
  return pids.flatMap((pid) => readdirSync(`/proc/${pid}/task`).map((it) => getPriority(Number(it)) - OWN));
}

const isChild = (pid: string): boolean =>
  /^\d+$/.test(pid) &&
  textOf(pid, "stat")
    .replace(/^.*\) \S /, "")
    .startsWith(`${process.pid} `);

function textOf(pid: string, file: string): string {
  try {
    return readFileSync(`/proc/${pid}/${file}`, "utf8");
  } catch {
    // It ended meanwhile.
    return "";
  }
}

describe.runIf(process.platform === "linux")("the process of a model", () => {
  const dir = mkdtempSync(join(tmpdir(), "throughline-ranks-"));
  const paths = new Map<string, string>();
  const blobs = { localFile: async (digest: string) => paths.get(digest) ?? "/nowhere" };
  let hosts: RunningModelHosts;
  // It stands until it is told to go on, so that no test has to be quick.
  let now = systemClock.now();
  const load = async (name: string) => {
    const digest = digestOfBytes(fixture(name));
    paths.set(digest, join(import.meta.dirname, `../../fixtures/${name}.onnx`));
    const model = await hosts.load({ project: "p", digest });
    const ranks = () => [...new Set(nicenessOf(digest))];
    return { model, ranks };
  };

  beforeAll(() => {
    const limits = { ...ROUTER_LIMITS, deathsWindowMs: 500, runMsMax: 3_000 };
    hosts = modelHosts({ blobs, clock: { now: () => now }, scratchDir: dir, limits });
  });
  afterAll(async () => {
    await hosts.close();
    rmSync(dir, { recursive: true, force: true });
  });

  test("ranks as the router once it is warm, behind everything while it only mirrors, and as the router again", async () => {
    const { model, ranks } = await load("answers_a");
    expect(ranks()).toEqual([0]);
    model.configure({ ...DEFAULT_EXECUTION, isBackground: true });
    expect(ranks()).toEqual([Math.min(19 - OWN, 19)]);
    model.configure(DEFAULT_EXECUTION);
    // At once, or by a process in place of this one where the system lets nobody forward.
    await expect.poll(ranks, PATIENCE).toEqual([0]);
    expect(await model.run({ tensors: [fp32Row("input", [1, 1, 1])], outputs: ["score"] })).toHaveLength(1);
  });

  test("ranks behind the others after one that had to be killed, until it has lived for a while", async () => {
    const { model, ranks } = await load("endless_loop");
    const outputs = [model.signature.outputs[0]?.name ?? ""];
    await expect(model.run({ tensors: [fp32Row("input", [1_000, 0, 0])], outputs })).rejects.toThrow();
    await expect.poll(() => model.isReady(), PATIENCE).toBe(true);
    expect(ranks()).toEqual([Math.min(19 - OWN, 10)]);
    now += 500;
    await expect.poll(ranks, PATIENCE).toEqual([0]);
    expect(await model.run({ tensors: [fp32Row("input", [3, 3, 3])], outputs })).toHaveLength(1);
  });
});

test("a process that the system does not let forward gives way to another one, once", async () => {
  let isBackground = true;
  const started: Rank[] = [];
  const alive = new Set<ModelProcess>();
  const rank = (): Rank => (isBackground ? "background" : "usual");
  const begun = (first: Rank): void => {
    started.push(first);
    alive.add({ rank: (wanted: Rank) => wanted === first } as ModelProcess);
  };
  const replaced = Promise.withResolvers<void>();
  const replace = async (it: ModelProcess): Promise<void> => {
    await replaced.promise;
    begun(rank());
    alive.delete(it);
  };
  const { look, close } = rankings({ rank, deaths: { distrustLeftMs: () => 0 }, alive, replace });
  begun("background");
  look();
  isBackground = false;
  look();
  look();
  replaced.resolve();
  await expect.poll(() => started).toEqual(["background", "usual"]);
  look();
  await Promise.resolve();
  expect([...alive]).toHaveLength(1);
  close();
});

test("a model that mirrors for one and answers for another ranks as one that answers", () => {
  const mirror = { ...DEFAULT_EXECUTION, isBackground: true } as const;
  expect(mergedSettings([mirror, DEFAULT_EXECUTION]).isBackground).toBeUndefined();
  expect(mergedSettings([mirror, mirror]).isBackground).toBe(true);
});
