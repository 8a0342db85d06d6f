import { DataType } from "@throughline/contracts/inference/model_config_pb";
import { reasonOf } from "@throughline/rpc";
import { beforeAll, describe, expect, test } from "vitest";
import { platform } from "./testing-platform.ts";
import type { Platform, Router } from "./testing-router.ts";

let on: Platform;
let router: Router;
let first = "";
let second = "";
let broken = "";

/** Long enough for a machine that is busy with other things. */
const SOON = { timeout: 120_000 };
const RISK = "projects/default/deployments/risk";
const id = (release: string): string => release.slice(release.lastIndexOf("/") + 1);
const text = (value: string) => ({ parameterChoice: { case: "stringParam" as const, value } });
const row = (...values: readonly number[]) => ({
  modelName: "risk",
  inputs: [{ name: "input", datatype: "FP32", shape: [1n, 3n], contents: { fp32Contents: [...values] } }],
});
const failure = (call: Promise<unknown>): Promise<unknown> => call.then(() => "no failure", reasonOf);

beforeAll(async () => {
  on = await platform();
  router = await on.start({ preloadsMax: 2 });
  const model = await on.model("logistic3");
  first = on.registry.release(model, { output: "probabilities", column: 1 });
  second = on.registry.release(model, { output: "probabilities", column: 1 });
  broken = on.registry.release(await on.model("external_data"));
  on.registry.deploy(RISK, { [first]: 10_000 });
  await router.serving(RISK, [first]);
});

describe("the repository", () => {
  test("lists what there is, and what can answer of it", async () => {
    on.registry.deploy("projects/other/deployments/stuck", { [broken]: 10_000 });
    await expect
      .poll(
        async () => (await router.open.repositoryIndex({})).models.map((it) => [it.name, it.version, it.state]),
        SOON,
      )
      .toEqual([
        ["other/stuck", id(broken), "UNAVAILABLE"],
        ["risk", id(first), "READY"],
      ]);
    const { models } = await router.open.repositoryIndex({});
    expect(models[0]?.reason).toContain("data outside of its own bytes");
    const ready = await router.open.repositoryIndex({ ready: true });
    expect(ready.models.map((it) => it.name)).toEqual(["risk"]);
    on.registry.remove("projects/other/deployments/stuck");
  });

  test("loads a release ahead of traffic, which answers by its version and goes again", async () => {
    const byVersion = { ...row(1, 2, 3), modelVersion: id(second) };
    expect(await failure(router.open.modelInfer(byVersion))).toBe("RELEASE_NOT_SERVED");
    await router.open.repositoryModelLoad({ modelName: "risk", parameters: { release: text(id(second)) } });
    expect(await router.open.modelReady({ name: "risk", version: id(second) })).toMatchObject({ ready: true });
    expect(await router.open.modelInfer(byVersion)).toMatchObject({ modelVersion: id(second) });
    expect((await router.open.modelMetadata({ name: "risk" })).versions).toEqual([id(first), id(second)]);
    expect((await router.open.modelInfer(row(1, 2, 3))).modelVersion).toBe(id(first));
    const { models } = await router.open.repositoryIndex({});
    expect(models.find((it) => it.version === id(second))).toMatchObject({ state: "READY" });
    await router.open.repositoryModelUnload({ modelName: "risk", parameters: { release: text(id(second)) } });
    expect(await failure(router.open.modelInfer(byVersion))).toBe("RELEASE_NOT_SERVED");
    expect((await router.open.modelMetadata({ name: "risk" })).versions).toEqual([id(first)]);
  });

  test("leaves a release to its deployment once that names it", async () => {
    await router.open.repositoryModelLoad({ modelName: "risk", parameters: { release: text(id(second)) } });
    on.registry.deploy(RISK, { [first]: 5_000, [second]: 5_000 });
    await router.serving(RISK, [first, second]);
    const unload = { modelName: "risk", parameters: { release: text(id(second)) } };
    expect(await failure(router.open.repositoryModelUnload(unload))).toBe("RELEASE_DEPLOYED");
    on.registry.deploy(RISK, { [first]: 10_000 });
    await router.serving(RISK, [first]);
  });

  test("lets go of what a deployment had ahead of traffic when that is removed", async () => {
    const passing = "projects/default/deployments/passing";
    on.registry.deploy(passing, { [first]: 10_000 });
    await router.serving(passing, [first]);
    await router.open.repositoryModelLoad({ modelName: "passing", parameters: { release: text(id(second)) } });
    on.registry.remove(passing);
    const load = { modelName: "passing" };
    await expect.poll(() => failure(router.open.repositoryModelLoad(load)), SOON).toBe("DEPLOYMENT_UNKNOWN");
    on.registry.deploy(passing, { [first]: 10_000 });
    await router.serving(passing, [first]);
    on.registry.remove(passing);
  });

  test("unloads nothing that the deployment names, and loads nothing that cannot serve", async () => {
    const ofRisk = { modelName: "risk" };
    expect(await failure(router.open.repositoryModelUnload(ofRisk))).toBe("RELEASE_DEPLOYED");
    await router.open.repositoryModelLoad(ofRisk);
    const load = (release: string) =>
      failure(router.open.repositoryModelLoad({ ...ofRisk, parameters: { release: text(release) } }));
    expect(await load(id(broken))).toBe("MODEL_NOT_LOADABLE");
    expect(await load("0000000000000000")).toBe("NOT_FOUND");
    expect(await failure(router.open.repositoryModelLoad({ modelName: "none" }))).toBe("DEPLOYMENT_UNKNOWN");
    expect((await router.open.repositoryIndex({})).models.map((it) => it.version)).toEqual([id(first)]);
  });

  test("keeps no more releases ahead of traffic than it may", async () => {
    const model = await on.model("logistic3");
    const releases = [1, 2, 3].map(() => on.registry.release(model, { output: "probabilities", column: 1 }));
    const load = (release: string) =>
      failure(router.open.repositoryModelLoad({ modelName: "risk", parameters: { release: text(id(release)) } }));
    const results: unknown[] = [];
    for (const it of releases) results.push(await load(it));
    expect(results).toEqual(["no failure", "no failure", "PRELOADS_FULL"]);
    await router.open.repositoryModelUnload({ modelName: "risk" });
    expect((await router.open.repositoryIndex({})).models.map((it) => it.version)).toEqual([id(first)]);
  });
});

describe("a model", () => {
  test("tells how it is run", async () => {
    const { config } = await router.open.modelConfig({ name: "risk" });
    expect(config).toMatchObject({
      name: "risk",
      platform: "onnxruntime_onnx",
      maxBatchSize: 32,
      input: [{ name: "input", dataType: DataType.TYPE_FP32, dims: [3n] }],
      output: [{ name: "probabilities", dataType: DataType.TYPE_FP32, dims: [2n] }],
      parameters: { release: { stringValue: first } },
    });
  });

  test("counts what it answered, by version", async () => {
    const before = await statistics();
    await Promise.all([1, 2, 3, 4].map((it) => router.open.modelInfer(row(it, 0, 0))));
    await failure(router.open.modelInfer({ ...row(1, 2, 3), modelName: "none" }));
    const after = await statistics();
    const counted = (of: keyof typeof after) => Number(after[of] - before[of]);
    expect([counted("rows"), counted("requests"), counted("queue"), counted("failures")]).toEqual([4, 4, 4, 0]);
    expect(counted("executions")).toBeGreaterThan(0);
    expect(counted("batchRuns")).toBe(counted("executions"));
    expect(after.lastMs).toBeGreaterThan(0n);
    expect(await failure(router.open.modelStatistics({ name: "none" }))).toBe("DEPLOYMENT_UNKNOWN");
    expect(await failure(router.open.modelStatistics({ name: "risk", version: "x" }))).toBe("RELEASE_NOT_SERVED");
  });

  async function statistics() {
    const { modelStats } = await router.open.modelStatistics({ name: "risk" });
    expect(modelStats.map((it) => [it.name, it.version])).toEqual([["risk", id(first)]]);
    const [it] = modelStats;
    return {
      rows: it?.inferenceCount ?? 0n,
      executions: it?.executionCount ?? 0n,
      requests: it?.inferenceStats?.success?.count ?? 0n,
      failures: it?.inferenceStats?.fail?.count ?? 0n,
      queue: it?.inferenceStats?.queue?.count ?? 0n,
      lastMs: it?.lastInference ?? 0n,
      batchRuns: it?.batchStats.reduce((sum, batch) => sum + (batch.computeInfer?.count ?? 0n), 0n) ?? 0n,
    };
  }
});

describe("a stream of requests", () => {
  test("is answered in its order, and goes on after requests that fail", async () => {
    async function* requests() {
      for (let i = 0; i < 200; i++) {
        const request = row(i, 0, 0);
        yield { ...request, id: String(i), modelName: i % 10 === 3 ? "none" : "risk" };
      }
    }
    const answers = await Array.fromAsync(router.open.modelStreamInfer(requests()));
    expect(answers.map((it) => it.inferResponse?.id)).toEqual(Array.from({ length: 200 }, (_, i) => String(i)));
    for (const [i, it] of answers.entries()) {
      expect(it.errorMessage !== "").toBe(i % 10 === 3);
      expect(it.inferResponse?.outputs).toHaveLength(i % 10 === 3 ? 0 : 1);
    }
    expect(answers[3]?.errorMessage).toContain("projects/default/deployments/none is not known here");
  });
});

test("a stream's caller is told of last answers if it asks for that", async () => {
  const asked = {
    triton_enable_empty_final_response: { parameterChoice: { case: "boolParam" as const, value: true } },
  };
  async function* requests() {
    yield row(1, 2, 3);
    yield { ...row(1, 2, 3), parameters: asked };
  }
  const answers = await Array.fromAsync(router.open.modelStreamInfer(requests()));
  const said = answers.map((it) => it.inferResponse?.parameters["triton_final_response"]?.parameterChoice.value);
  expect(said).toEqual([undefined, true]);
});

test("what is not offered says why", async () => {
  const calls: readonly Promise<unknown>[] = [
    router.open.systemSharedMemoryStatus({}),
    router.open.cudaSharedMemoryRegister({ name: "a" }),
    router.open.traceSetting({}),
    router.open.logSettings({}),
  ];
  expect(await Promise.all(calls.map(failure))).toEqual(calls.map(() => "NOT_OFFERED"));
  const shared = { ...row(1, 2, 3) };
  const parameters = { shared_memory_region: text("region") };
  const request = { ...shared, inputs: shared.inputs.map(({ contents: _, ...it }) => ({ ...it, parameters })) };
  expect(await failure(router.open.modelInfer(request))).toBe("INPUTS_INVALID");
});
