import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { pageTokens, systemClock, timeOrderedIds } from "@throughline/kernel";
import { beforeAll, expect, test } from "vitest";
import { createInferenceRouter } from "./service.ts";
import { smallFeatureStore } from "./testing-feature-store.ts";
import { platform } from "./testing-platform.ts";
import { type Platform, type Router, routerOf } from "./testing-router.ts";

const NAME = "projects/default/deployments/both";
let on: Platform;
let first: Router;
beforeAll(async () => {
  on = await platform();
  first = await on.start();
});

/** Another router of the same registry, with a log of its own. */
async function replica(): Promise<Router> {
  const logDir = join(on.dir, "other-log");
  mkdirSync(logDir);
  const service = await createInferenceRouter({
    store: on.store,
    blobs: on.blobs,
    tables: on.tables,
    clock: systemClock,
    newId: timeOrderedIds(systemClock),
    logDir,
    registry: on.registry.transport,
    features: smallFeatureStore(),
    recordLineage: async () => {},
    pageTokens: pageTokens(Buffer.from("0123456789abcdef")),
    onProblem: (_, error) => {
      throw error;
    },
  });
  return routerOf(service, () => {});
}

const answer = async (router: Router): Promise<readonly [release: string | undefined, score: number]> => {
  const row = { name: "input", datatype: "FP32", shape: [1n, 3n] };
  const rawInputContents = [new Uint8Array(Float32Array.of(1, 1, 1).buffer)];
  const given = await router.open.modelInfer({ modelName: "both", inputs: [row], rawInputContents });
  const [bytes = new Uint8Array()] = given.rawOutputContents;
  const release = given.parameters["release"]?.parameterChoice.value;
  return [String(release), new DataView(bytes.buffer, bytes.byteOffset).getFloat32(0, true)];
};

test("a router that starts later comes to the registry's state, and follows it as the first one does", async () => {
  const options = { features: false };
  const a = on.registry.release(await on.model("answers_a"), options);
  const b = on.registry.release(await on.model("answers_b"), options);
  // What was and is no more, before the second one starts.
  on.registry.deploy(NAME, { [b]: 10_000 });
  await first.serving(NAME, [b]);
  on.registry.deploy(NAME, { [a]: 10_000 });
  await first.serving(NAME, [a]);
  const second = await replica();
  await second.serving(NAME, [a]);
  expect(await answer(second)).toEqual([a, 0.25]);
  expect(await answer(second)).toEqual(await answer(first));
  on.registry.deploy(NAME, { [b]: 10_000 });
  await Promise.all([first.serving(NAME, [b]), second.serving(NAME, [b])]);
  expect(await Promise.all([answer(first), answer(second)])).toEqual([
    [b, 0.75],
    [b, 0.75],
  ]);
  await second.close();
});
