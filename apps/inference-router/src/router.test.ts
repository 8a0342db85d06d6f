import { readFileSync } from "node:fs";
import { Code, ConnectError } from "@connectrpc/connect";
import { BadRequestSchema } from "@throughline/contracts/google/rpc/error_details_pb";
import type { Value } from "@throughline/contracts/throughline/type/v1/value_pb";
import { rowDigest } from "@throughline/kernel";
import { reasonOf, valueToProto } from "@throughline/rpc";
import { beforeAll, describe, expect, test } from "vitest";
import { platform } from "./testing-platform.ts";
import type { Platform, Router } from "./testing-router.ts";

const D = "projects/default/deployments/flights";
const entity = (a: number, b: number, c: number | null): Record<string, Value> => ({
  a: valueToProto(a),
  b: valueToProto(b),
  ...(c === null ? {} : { c: valueToProto(c) }),
});
const failure = (work: Promise<unknown>): Promise<string> =>
  work.then(
    () => "OK",
    (error: unknown) => reasonOf(error) ?? String(error),
  );

/** Processes that this one started for a model. */
function modelProcesses(digest: string): number {
  const children = readFileSync(`/proc/${process.pid}/task/${process.pid}/children`, "utf8").trim().split(" ");
  return children.filter((pid) => {
    try {
      return readFileSync(`/proc/${pid}/cmdline`, "utf8").includes(digest);
    } catch {
      return false;
    }
  }).length;
}

let on: Platform;
let router: Router;
const releases: Record<string, string> = {};

beforeAll(async () => {
  on = await platform();
  router = await on.start();
  releases["logistic"] = on.registry.release(await on.model("logistic3"), {
    output: "probabilities",
    column: 1,
    thresholds: { late: 0.5, very_late: 0.999 },
  });
  releases["a"] = on.registry.release(await on.model("answers_a"));
  releases["b"] = on.registry.release(await on.model("answers_b"));
  releases["nan"] = on.registry.release(await on.model("not_a_number"));
  on.registry.deploy(D, { [releases["logistic"]]: 10_000 });
  await router.serving(D, [releases["logistic"]]);
});

describe("a prediction", () => {
  test("says everything that it was made of, and is read back from the log", async () => {
    const asOf = { seconds: 1_700_000_000n, nanos: 123 };
    const response = await router.inference.predict({ deployment: D, entity: entity(1, 2, 3), asOf });
    const expected = 1 / (1 + Math.exp(-(0.1 + 0.5 - 2 + 6)));
    expect(response.score).toBeCloseTo(expected, 5);
    expect(response.decisions).toEqual({ late: true, very_late: false });
    expect(response).toMatchObject({ release: releases["logistic"], viewVersions: { weather: 3n }, path: ["score"] });
    expect(response.rowDigest).toBe(rowDigest([1, 2, 3]));
    expect(response.absentFeatures).toEqual({});

    const { prediction } = await router.inference.getPrediction({ name: response.prediction });
    expect(prediction).toMatchObject({
      name: response.prediction,
      release: response.release,
      releaseDigest: response.releaseDigest,
      score: response.score,
      decisions: response.decisions,
      features: ["a", "b", "c"],
      logPosition: response.logPosition,
      viewVersions: { weather: 3n },
    });
    expect(prediction?.entity).toEqual(entity(1, 2, 3));
    expect(prediction?.asOf).toMatchObject(asOf);
    expect(prediction?.vector?.rowDigest).toBe(response.rowDigest);
    expect(prediction?.vector?.values[0]?.knowledgeTime?.nanos).toBe(5_000_000);
  });

  test("of features that are missing says which, and the model sees NaN for them", async () => {
    const response = await router.inference.predict({ deployment: D, entity: entity(1, 2, null) });
    expect(response.absentFeatures).toEqual({ c: 2 });
    expect(response.score).toBeCloseTo(1 / (1 + Math.exp(-(0.1 + 0.5 - 2))), 5);
    expect(response.rowDigest).toBe(rowDigest([1, 2, null]));
  });

  test("of an unknown deployment, or an unknown prediction, is not found", async () => {
    const other = "projects/default/deployments/other";
    expect(await failure(router.inference.predict({ deployment: other, entity: {} }))).toBe("DEPLOYMENT_UNKNOWN");
    const { prediction } = await router.inference.predict({ deployment: D, entity: entity(1, 1, 1) });
    for (const name of [prediction.slice(0, -1) + (prediction.endsWith("0") ? "1" : "0"), `${D}/predictions/x`]) {
      expect(await failure(router.inference.getPrediction({ name }))).toBe("NOT_FOUND");
    }
  });

  test("asked for again with its request id is the same one, and logged once; another request is refused", async () => {
    const requestId = "once";
    const request = { deployment: D, entity: entity(4, 4, 4), requestId };
    const answers = await Promise.all([1, 2, 3].map(() => router.inference.predict(request)));
    const later = await router.inference.predict(request);
    expect(new Set([...answers, later].map((it) => it.prediction)).size).toBe(1);
    expect(later).toEqual(answers[0]);
    const other = { ...request, entity: entity(5, 5, 5) };
    expect(await failure(router.inference.predict(other))).toBe("REQUEST_ID_REUSED");
  });

  test("whose score is no number is refused, and counted", async () => {
    const name = "projects/default/deployments/nan";
    on.registry.deploy(name, { [releases["nan"] ?? ""]: 10_000 });
    await router.serving(name, [releases["nan"] ?? ""]);
    expect(await failure(router.inference.predict({ deployment: name, entity: entity(0, 0, 0) }))).toBe(
      "MODEL_OUTPUT_INVALID",
    );
    expect((await router.inference.predict({ deployment: name, entity: entity(1, 0, 0) })).score).toBe(1);
    const { releases: metrics } = await router.inference.getDeploymentMetrics({ deployment: name });
    expect(metrics).toMatchObject([{ predictionCount: 1n, errorCount: 1n, meanScore: 1 }]);
  });

  test("is listed newest first, page by page, each once", async () => {
    const name = "projects/default/deployments/listed";
    on.registry.deploy(name, { [releases["a"] ?? ""]: 10_000 });
    await router.serving(name, [releases["a"] ?? ""]);
    const given: string[] = [];
    for (let i = 0; i < 25; i++) {
      given.push((await router.inference.predict({ deployment: name, entity: entity(i, 0, 0) })).prediction);
    }
    const listed: string[] = [];
    let pageToken = "";
    do {
      const page = await router.inference.listPredictions({ parent: name, pageSize: 10, pageToken });
      listed.push(...page.predictions.map((it) => it.name));
      pageToken = page.nextPageToken;
    } while (pageToken !== "");
    expect(listed).toEqual(given.toReversed());
  });
});

describe("a switch of releases", () => {
  test("under load never fails a request, and never mixes two releases", async () => {
    const name = "projects/default/deployments/switched";
    const [a = "", b = ""] = [releases["a"], releases["b"]];
    on.registry.deploy(name, { [a]: 10_000 });
    await router.serving(name, [a]);
    const answers: { release: string; score: number }[] = [];
    let isOver = false;
    const caller = async (): Promise<void> => {
      while (!isOver) answers.push(await router.inference.predict({ deployment: name, entity: entity(1, 1, 1) }));
    };
    const callers = Array.from({ length: 8 }, caller);
    for (let i = 0; i < 10; i++) {
      const to: string = i % 2 === 0 ? b : a;
      on.registry.deploy(name, i % 3 === 0 ? { [to]: 6_000, [to === a ? b : a]: 4_000 } : { [to]: 10_000 });
      await router.serving(name, i % 3 === 0 ? [a, b] : [to]);
    }
    isOver = true;
    await Promise.all(callers);
    const scores = { [a]: 0.25, [b]: 0.75 };
    expect(answers.length).toBeGreaterThan(20);
    expect(answers.filter((it) => it.score !== scores[it.release])).toEqual([]);
    expect(new Set(answers.map((it) => it.release)).size).toBe(2);
  });

  test("keeps each value of the sticky field on its release, and moves only those who must move", async () => {
    const name = "projects/default/deployments/sticky";
    const [a = "", b = ""] = [releases["a"], releases["b"]];
    const routed = async (): Promise<readonly string[]> => {
      const answers = Array.from({ length: 40 }, (_, i) =>
        router.inference.predict({ deployment: name, entity: entity(i, 1, 1) }),
      );
      return (await Promise.all(answers)).map((it) => it.release);
    };
    on.registry.deploy(name, { [b]: 3_000, [a]: 7_000 }, "a");
    await router.serving(name, [a, b]);
    const before = await routed();
    expect(await routed()).toEqual(before);
    expect(new Set(before)).toEqual(new Set([a, b]));
    on.registry.deploy(name, { [a]: 0, [b]: 10_000 }, "a");
    on.registry.deploy(name, { [a]: 4_000, [b]: 6_000 }, "a");
    while (JSON.stringify(await routed()) === JSON.stringify(before));
    const after = await routed();
    expect(before.filter((it, i) => it === b && after[i] !== b)).toEqual([]);
    expect(before.filter((it, i) => it === a && after[i] === b).length).toBeGreaterThan(0);
  });

  test("to a release that cannot be loaded leaves the old one at work", async () => {
    const name = "projects/default/deployments/stuck";
    const broken = on.registry.release(await on.model("external_data"));
    on.registry.deploy(name, { [releases["a"] ?? ""]: 10_000 });
    await router.serving(name, [releases["a"] ?? ""]);
    on.registry.deploy(name, { [broken]: 10_000 });
    while (!on.problems.some((it) => it.startsWith(name))) await new Promise((resolve) => setTimeout(resolve, 5));
    expect((await router.inference.predict({ deployment: name, entity: entity(1, 1, 1) })).release).toBe(releases["a"]);
    on.registry.remove(name);
    while ((await failure(router.inference.predict({ deployment: name, entity: {} }))) !== "DEPLOYMENT_UNKNOWN");
  });

  test.runIf(process.platform === "linux")(
    "ends the process of a model that neither this state nor the one before needs",
    async () => {
      const name = "projects/default/deployments/short";
      const digest = await on.model("rows_interact");
      const short = on.registry.release(digest);
      on.registry.deploy(name, { [short]: 10_000 });
      await router.serving(name, [short]);
      expect(modelProcesses(digest)).toBe(1);
      const [a = "", b = ""] = [releases["a"], releases["b"]];
      on.registry.deploy(name, { [a]: 10_000 });
      await router.serving(name, [a]);
      // Ten times as long as what nobody needs stays loaded: a way back has nothing to load.
      await new Promise((resolve) => setTimeout(resolve, 500));
      expect(modelProcesses(digest)).toBe(1);
      on.registry.deploy(name, { [b]: 10_000 });
      while (modelProcesses(digest) > 0) await new Promise((resolve) => setTimeout(resolve, 10));
      expect((await router.inference.predict({ deployment: name, entity: entity(1, 1, 1) })).score).toBe(0.75);
    },
  );

  test("goes on after the registry was away, and what it no longer has is gone", async () => {
    const gone = "projects/default/deployments/gone";
    on.registry.deploy(gone, { [releases["a"] ?? ""]: 10_000 });
    await router.serving(gone, [releases["a"] ?? ""]);
    on.registry.goAway();
    on.registry.remove(gone);
    on.registry.deploy(D, { [releases["b"] ?? ""]: 10_000 });
    expect((await router.inference.predict({ deployment: D, entity: entity(1, 1, 1) })).release).toBe(
      releases["logistic"],
    );
    expect((await router.inference.predict({ deployment: gone, entity: entity(1, 1, 1) })).score).toBe(0.25);
    on.registry.comeBack();
    await router.serving(D, [releases["b"] ?? ""]);
    expect(await failure(router.inference.predict({ deployment: gone, entity: {} }))).toBe("DEPLOYMENT_UNKNOWN");
  });
});

test("does not call a deployment unknown before the registry has said what there is", async () => {
  const other = await platform();
  const name = "projects/default/deployments/early";
  other.registry.goAway();
  const release = other.registry.release(await other.model("answers_a"));
  other.registry.deploy(name, { [release]: 10_000 });
  const early = await other.start();
  expect(await failure(early.inference.predict({ deployment: name, entity: {} }))).toBe("REGISTRY_UNAVAILABLE");
  expect(await early.open.modelReady({ name: "early" })).toMatchObject({ ready: false });
  other.registry.comeBack();
  await early.serving(name, [release]);
  expect(await failure(early.inference.predict({ deployment: D, entity: {} }))).toBe("DEPLOYMENT_UNKNOWN");
});

describe("feedback", () => {
  const name = "projects/default/deployments/judged";
  const predictions: { prediction: string; score: number }[] = [];
  beforeAll(async () => {
    on.registry.deploy(name, { [releases["logistic"] ?? ""]: 10_000 });
    await router.serving(name, [releases["logistic"] ?? ""]);
    for (let i = 0; i < 20; i++) {
      predictions.push(
        await router.inference.predict({ deployment: name, entity: entity(i / 4 - 2, 0, 0), requestId: `r${i}` }),
      );
    }
  });
  const feedback = (actual: (i: number) => number) => ({
    deployment: name,
    feedback: predictions.map((it, i) => ({ prediction: it.prediction, actual: actual(i) })),
  });
  const metricsOf = async (of: Router) => (await of.inference.getDeploymentMetrics({ deployment: name })).releases[0];

  test("is counted once however often it is sent, and a correction is the next revision", async () => {
    const first = feedback((i) => (i < 10 ? 0 : 1));
    expect(await router.inference.sendFeedback(first)).toMatchObject({
      newCount: 20,
      correctedCount: 0,
      unchangedCount: 0,
    });
    expect(await router.inference.sendFeedback(first)).toMatchObject({ newCount: 0, unchangedCount: 20 });
    expect(await metricsOf(router)).toMatchObject({
      predictionCount: 20n,
      feedbackCount: 20n,
      meanActual: 0.5,
      auc: 1,
    });
    const corrected = feedback((i) => (i < 10 && i > 1 ? 0 : 1));
    expect(await router.inference.sendFeedback(corrected)).toMatchObject({ correctedCount: 2, unchangedCount: 18 });
    const { prediction } = await router.inference.getPrediction({ name: predictions[0]?.prediction ?? "" });
    expect(prediction?.feedback).toMatchObject({ actual: 1, revision: 2n });
  });

  test("for unknown predictions is refused whole, with every name at fault", async () => {
    const before = await metricsOf(router);
    const request = {
      deployment: name,
      feedback: [
        { prediction: `${name}/predictions/x` },
        { prediction: predictions[3]?.prediction ?? "", actual: 1 },
        { prediction: `${D}/predictions/y` },
      ],
    };
    const error = await router.inference.sendFeedback(request).catch((it: unknown) => ConnectError.from(it));
    expect(error).toMatchObject({ code: Code.NotFound });
    expect((error as ConnectError).findDetails(BadRequestSchema)[0]?.fieldViolations).toHaveLength(2);
    expect(await metricsOf(router)).toEqual(before);
  });

  test("gives the metrics of plain loops, also after a restart", async () => {
    const actuals = predictions.map((_, i) => (i < 10 && i > 1 ? 0 : 1));
    const mean = (values: readonly number[]) => values.reduce((sum, it) => sum + it, 0) / values.length;
    const scores = predictions.map((it) => it.score);
    const metrics = await metricsOf(router);
    expect(metrics?.meanScore).toBeCloseTo(mean(scores), 12);
    expect(metrics?.brier).toBeCloseTo(mean(scores.map((it, i) => (it - (actuals[i] ?? 0)) ** 2)), 12);
    expect(metrics?.logLoss).toBeCloseTo(mean(scores.map((it, i) => -Math.log(actuals[i] === 1 ? it : 1 - it))), 12);
    expect(metrics?.aucInterval?.method).toBe("delong");

    await router.close();
    router = await on.start();
    await router.serving(name, [releases["logistic"] ?? ""]);
    const again = await metricsOf(router);
    expect(again).toEqual({ ...metrics, logLoss: again?.logLoss, brier: again?.brier });
    expect(again?.brier).toBeCloseTo(metrics?.brier ?? 0, 12);
    const retried = await router.inference.predict({ deployment: name, entity: entity(-2, 0, 0), requestId: "r0" });
    expect(retried.prediction).toBe(predictions[0]?.prediction);
  });

  test("is sent to those who watch, at most once a second", async () => {
    const watching = new AbortController();
    const seen: bigint[] = [];
    const startedAt = performance.now();
    for await (const it of router.inference.watchDeploymentMetrics({ deployment: name }, { signal: watching.signal })) {
      seen.push(it.releases[0]?.predictionCount ?? 0n);
      if (seen.at(-1) === 25n) break;
      if (seen.length > 1) continue;
      for (let i = 0; i < 5; i++) await router.inference.predict({ deployment: name, entity: entity(i, 0, 0) });
    }
    const seconds = (performance.now() - startedAt) / 1_000;
    watching.abort();
    expect(seen[0]).toBe(20n);
    expect(seen.length).toBeLessThanOrEqual(1 + Math.ceil(seconds));
  });

  test("goes into the exported file, whose rows are those of the log", async () => {
    const { operation } = await router.inference.exportPredictions({ deployment: name });
    let state = operation;
    for await (const it of router.operations.watchOperation({ name: operation?.name ?? "" })) state = it.operation;
    expect(state?.error).toBeUndefined();
    expect(state?.progress).toBe(1);
    while (on.recorded.length === 0) await new Promise((resolve) => setTimeout(resolve, 10));
    const [record] = on.recorded;
    expect(record?.execution).toMatchObject({ kind: "PREDICT", resource: name, project: "projects/default" });
    // The router was started anew in between, so that two segments have the rows.
    const inputs = record?.events.filter((it) => it.type === "INPUT").map((it) => it.role);
    expect(inputs).toEqual(["release", "log_segment", "log_segment"]);
    const output = record?.events.find((it) => it.type === "OUTPUT");
    const path = await on.blobs.localFile(output?.digest as never);
    const { rows, columns } = await on.tables.query({
      sql: "select count(*) as n, count(actual) as judged, min(row_digest) as least, max(score) as most from p",
      inputs: { p: [path] },
      rowsMax: 1,
    });
    expect(columns.map((it) => it.name)).toEqual(["n", "judged", "least", "most"]);
    expect(rows[0]?.slice(0, 2)).toEqual([25n, 20n]);
  });
});
