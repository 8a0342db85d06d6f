import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { Code, ConnectError, type Transport } from "@connectrpc/connect";
import { pageTokens, systemClock, timeOrderedIds } from "@throughline/kernel";
import { inMemoryTransport, reasonOf, valueToProto } from "@throughline/rpc";
import { openStore } from "@throughline/store";
import { beforeAll, expect, onTestFinished, test } from "vitest";
import { createInferenceRouter } from "./service.ts";
import { smallFeatureStore } from "./testing-feature-store.ts";
import { platform } from "./testing-platform.ts";
import { guardedMounts, type Platform, type Router, routerOf } from "./testing-router.ts";

const DEPLOYMENT = "projects/default/deployments/balanced";
let on: Platform;
let release = "";
beforeAll(async () => {
  on = await platform();
  release = on.registry.release(await on.model("answers_a"));
  on.registry.deploy(DEPLOYMENT, { [release]: 10_000 });
});

/** Two routers, each with a log and a store of its own, that know of both; and which of them cannot be reached. */
async function pair(): Promise<{ readonly routers: readonly [Router, Router]; readonly away: Set<string> }> {
  const transports = new Map<string, Transport>();
  const away = new Set<string>();
  const reached = async () =>
    new Map(transports.entries().map(([name, it]) => [name, away.has(name) ? AWAY : it] as const));
  const opened = ["first", "second"].map(async (name) => {
    const dir = join(on.dir, crypto.randomUUID());
    mkdirSync(join(dir, "log"), { recursive: true });
    const store = await openStore(`sqlite://${join(dir, "store.db")}`);
    const service = await createInferenceRouter({
      store,
      blobs: on.blobs,
      tables: on.tables,
      clock: systemClock,
      newId: timeOrderedIds(systemClock),
      logDir: join(dir, "log"),
      registry: on.registry.transport,
      features: smallFeatureStore(),
      pageTokens: pageTokens(Buffer.from("0123456789abcdef")),
      recordLineage: async () => {},
      routers: reached,
      onProblem: (_, error) => {
        throw error;
      },
    });
    transports.set(name, inMemoryTransport(guardedMounts(service)));
    const router = routerOf(service, () => {});
    onTestFinished(async () => {
      await router.close();
      await store.close();
    });
    return router;
  });
  const [first, second] = await Promise.all(opened);
  if (!first || !second) return expect.unreachable();
  await Promise.all([first.serving(DEPLOYMENT, [release]), second.serving(DEPLOYMENT, [release])]);
  return { routers: [first, second], away };
}

const AWAY: Transport = {
  unary: () => Promise.reject(new ConnectError("nobody answers", Code.Unavailable)),
  stream: () => Promise.reject(new ConnectError("nobody answers", Code.Unavailable)),
};

/** The name of a new prediction. */
async function predicted({ inference }: Router): Promise<string> {
  const entity = { a: valueToProto(1), b: valueToProto(2), c: valueToProto(3) };
  return (await inference.predict({ deployment: DEPLOYMENT, entity })).prediction;
}

const outcomeCount = async ({ inference }: Router): Promise<number> => {
  const { releases } = await inference.getDeploymentMetrics({ deployment: DEPLOYMENT });
  return releases.reduce((sum, it) => sum + Number(it.feedbackCount), 0);
};

test("feedback that reaches another router is kept, counted and corrected by the one that answered", async () => {
  const [first, second] = (await pair()).routers;
  const prediction = await predicted(first);
  const feedback = [{ prediction, actual: 1 }];
  expect(await second.inference.sendFeedback({ deployment: DEPLOYMENT, feedback })).toMatchObject({ newCount: 1 });
  expect(await first.inference.sendFeedback({ deployment: DEPLOYMENT, feedback })).toMatchObject({ unchangedCount: 1 });
  const corrected = await second.inference.sendFeedback({
    deployment: DEPLOYMENT,
    feedback: [{ prediction, actual: 0 }],
  });
  expect(corrected).toMatchObject({ newCount: 0, correctedCount: 1 });
  expect([await outcomeCount(first), await outcomeCount(second)]).toEqual([1, 0]);
  // Any of them tells what is known of the prediction.
  const [here, there] = await Promise.all(
    [first, second].map((it) => it.inference.getPrediction({ name: prediction })),
  );
  expect(there).toEqual(here);
  expect(there?.prediction?.feedback).toMatchObject({ actual: 0, revision: 2n });
});

test("feedback for predictions of several routers is split, and refused as a whole if one is of none", async () => {
  const [first, second] = (await pair()).routers;
  const [a, b, c] = await Promise.all([predicted(first), predicted(second), predicted(first)]);
  const feedback = [a, b, c].map((prediction) => ({ prediction, actual: 1 }));
  const invented = `${DEPLOYMENT}/predictions/${"0".repeat(26)}-1-00000000`;
  const refused = await second.inference
    .sendFeedback({ deployment: DEPLOYMENT, feedback: [...feedback, { prediction: invented, actual: 1 }] })
    .catch((error: unknown) => error);
  expect(reasonOf(refused)).toBe("PREDICTION_UNKNOWN");
  expect(String(refused)).toContain(invented);
  expect([await outcomeCount(first), await outcomeCount(second)]).toEqual([0, 0]);
  expect(await second.inference.sendFeedback({ deployment: DEPLOYMENT, feedback })).toMatchObject({ newCount: 3 });
  expect([await outcomeCount(first), await outcomeCount(second)]).toEqual([2, 1]);
});

test("while the router that may have answered is away, feedback is neither taken nor called unknown", async () => {
  const { routers, away } = await pair();
  const [first, second] = routers;
  const feedback = [{ prediction: await predicted(first), actual: 1 }];
  away.add("first");
  const refused = await second.inference.sendFeedback({ deployment: DEPLOYMENT, feedback }).catch((it: unknown) => it);
  expect([reasonOf(refused), ConnectError.from(refused).code]).toEqual(["ROUTERS_UNAVAILABLE", Code.Unavailable]);
  away.delete("first");
  expect(await second.inference.sendFeedback({ deployment: DEPLOYMENT, feedback })).toMatchObject({ newCount: 1 });
});
