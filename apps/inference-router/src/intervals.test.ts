import { type Calibration, calibrating, calibrationBytes, rowUniform } from "@throughline/conformal";
import { CoverageAlarm } from "@throughline/contracts/throughline/inference/v1/prediction_pb";
import { type Digest, digestOfBytes } from "@throughline/kernel";
import { valueToProto } from "@throughline/rpc";
import { seededRandom } from "@throughline/stats";
import { beforeAll, describe, expect, test } from "vitest";
import { platform } from "./testing-platform.ts";
import type { Platform, Router } from "./testing-router.ts";

const entity = (a: number, carrier?: string) => ({
  a: valueToProto(a),
  b: valueToProto(0),
  c: valueToProto(0),
  ...(carrier === undefined ? {} : { carrier: valueToProto(carrier) }),
});
const interval = { columnCount: 1, labels: [], isRandomized: false, allowsEmpty: false, penalty: 0, penaltyRank: 0 };
const GROUPS = { alpha: 0.1, groupField: "carrier", groupRowsLeast: 50 };

let on: Platform;
let router: Router;

beforeAll(async () => {
  on = await platform();
  router = await on.start();
});

const stored = async (calibration: Calibration): Promise<Digest> =>
  (await on.blobs.put(calibrationBytes(calibration))).digest;

async function deployed(id: string, release: string): Promise<string> {
  const name = `projects/default/deployments/${id}`;
  on.registry.deploy(name, { [release]: 10_000 });
  await router.serving(name, [release]);
  return name;
}

describe("a release with a calibration of intervals", () => {
  let deployment: string;

  beforeAll(async () => {
    const work = calibrating({ ...GROUPS, score: { ...interval, method: "ABSOLUTE_RESIDUAL" } });
    // Residuals 1 to 100 in one group, a tenth of that in the other.
    for (let i = 1; i <= 100; i++) {
      work.add({ predictions: [0], actual: i / 100, group: "AA", uniform: 0 });
      work.add({ predictions: [0], actual: i / 1_000, group: "UA", uniform: 0 });
    }
    const calibrationDigest = await stored(work.finish(digestOfBytes("rows")));
    const options = { output: "probabilities", column: 1, calibrationDigest };
    const release = on.registry.release(await on.model("logistic3"), options);
    deployment = await deployed("intervals", release);
  });

  test("answers with the interval of the row's group, of all rows for others, and reads it back the same", async () => {
    for (const [carrier, group, half] of [
      ["AA", "AA", 0.91],
      ["UA", "UA", 0.091],
      ["ZZ", "", 0.81],
      [undefined, "", 0.81],
    ] as const) {
      const answer = await router.inference.predict({ deployment, entity: entity(0, carrier) });
      expect(answer.calibrationGroup).toBe(group);
      expect(answer.interval?.low).toBeCloseTo(answer.score - half, 12);
      expect(answer.interval?.high).toBeCloseTo(answer.score + half, 12);
      expect(answer.interval).toMatchObject({ level: 0.9, method: "conformal_absolute_residual" });
      const { prediction } = await router.inference.getPrediction({ name: answer.prediction });
      expect(prediction).toMatchObject({ interval: answer.interval, calibrationGroup: group });
    }
  });

  test("tells live coverage by group, follows corrections, and raises an alarm when it falls short", async () => {
    const sent = await Promise.all(
      Array.from({ length: 60 }, () => router.inference.predict({ deployment, entity: entity(0, "UA") })),
    );
    const told = async (actual: (score: number, i: number) => number) => {
      const feedback = sent.map((it, i) => ({ prediction: it.prediction, actual: actual(it.score, i) }));
      await router.inference.sendFeedback({ deployment, feedback });
      const { releases } = await router.inference.getDeploymentMetrics({ deployment });
      return releases[0];
    };
    const good = await told((score, i) => (i < 54 ? score : score + 1));
    expect(good?.coverage).toMatchObject({ rowCount: 60n, coveredCount: 54n, alarm: CoverageAlarm.NONE });
    expect(good?.groupCoverage).toMatchObject([{ group: "UA", rowCount: 60n, coveredCount: 54n }]);
    const bad = await told((score, i) => (i < 30 ? score : score + 1));
    expect(bad?.coverage).toMatchObject({ rowCount: 60n, coveredCount: 30n, alarm: CoverageAlarm.UNDER });
    expect(bad?.coverage?.interval?.high).toBeLessThan(bad?.coverage?.promised?.low ?? 0);
  });

  test("keeps its intervals and its coverage over a restart", async () => {
    const before = await router.inference.getDeploymentMetrics({ deployment });
    const { predictions } = await router.inference.listPredictions({ parent: deployment, pageSize: 5 });
    await router.close();
    router = await on.start();
    const after = await router.inference.getDeploymentMetrics({ deployment });
    expect(after.releases[0]?.coverage).toEqual(before.releases[0]?.coverage);
    const again = await router.inference.listPredictions({ parent: deployment, pageSize: 5 });
    expect(again.predictions.map((it) => it.interval)).toEqual(predictions.map((it) => it.interval));
  });
});

describe("a release with a calibration of normalised residuals", () => {
  const score = { ...interval, method: "NORMALIZED_RESIDUAL" as const, columnCount: 2 };
  let deployment: string;

  beforeAll(async () => {
    const work = calibrating({ ...GROUPS, score });
    // Residuals of 0.01 to 1 times the scale in one group, a tenth of that in the other.
    for (let i = 1; i <= 100; i++) {
      const scale = 1 + (i % 7);
      work.add({ predictions: [5, scale], actual: 5 + (scale * i) / 100, group: "AA", uniform: 0 });
      work.add({ predictions: [5, scale], actual: 5 - (scale * i) / 1_000, group: "UA", uniform: 0 });
    }
    const calibrationDigest = await stored(work.finish(digestOfBytes("rows")));
    // The probability of the second label is the prediction, that of the first the scale.
    const value = { inputTensor: "input", outputTensor: "probabilities", outputColumns: [1, 0] };
    const graph = { nodes: [{ name: "score", kind: { case: "model" as const, value } }], outputNode: "score" };
    const models = { score: await on.model("logistic3") };
    deployment = await deployed("normalised", on.registry.graph({ graph, models, calibrationDigest }));
  });

  test("answers with an interval as wide as its scale says, and reads it back the same", async () => {
    const widths: number[] = [];
    for (const [carrier, group, quantile] of [
      ["AA", "AA", 0.91],
      ["UA", "UA", 0.091],
      [undefined, "", 0.81],
    ] as const)
      for (const a of [-3, 0, 2]) {
        const answer = await router.inference.predict({ deployment, entity: entity(a, carrier) });
        const scale = 1 - answer.score;
        expect([answer.calibrationGroup, answer.interval?.method]).toEqual([group, "conformal_normalized_residual"]);
        // Scores are FP32, so that the two add up to 1 but for the last digits.
        expect(answer.interval?.low).toBeCloseTo(answer.score - quantile * scale, 6);
        expect(answer.interval?.high).toBeCloseTo(answer.score + quantile * scale, 6);
        widths.push((answer.interval?.high ?? 0) - (answer.interval?.low ?? 0));
        const { prediction } = await router.inference.getPrediction({ name: answer.prediction });
        expect(prediction).toMatchObject({ interval: answer.interval, calibrationGroup: group });
      }
    // The surer the answer the narrower, by a good deal.
    expect((widths[0] ?? 0) / (widths[2] ?? 0)).toBeGreaterThan(2);
    expect(new Set(widths).size).toBe(widths.length);
  });

  test("counts what its intervals held, row by row of another width", async () => {
    const asked = Array.from({ length: 40 }, (_, i) => entity((i % 9) - 4, i % 2 === 0 ? "AA" : "UA"));
    const answers = await Promise.all(asked.map((it) => router.inference.predict({ deployment, entity: it })));
    // In every fourth row what happens is just outside of its own interval.
    const feedback = answers.map(({ prediction, interval: found }, i) => {
      const { low = 0, high = 0 } = found ?? {};
      return { prediction, actual: high + (i % 4 === 0 ? 0.001 : -0.001) * (high - low) };
    });
    await router.inference.sendFeedback({ deployment, feedback });
    const { releases } = await router.inference.getDeploymentMetrics({ deployment });
    expect(releases[0]?.coverage).toMatchObject({ rowCount: 40n, coveredCount: 30n });
  });

  test("gives no interval for a scale that is not above 0", async () => {
    const answer = await router.inference.predict({ deployment, entity: entity(200, "AA") });
    expect([answer.score, answer.interval, answer.calibrationGroup]).toEqual([1, undefined, ""]);
  });
});

describe("a release with a calibration of sets", () => {
  const score = { ...interval, method: "ADAPTIVE_SET" as const, labels: ["on_time", "late"], isRandomized: true };

  test("answers with the labels, the same for the same row, from one score or from one for each label", async () => {
    const random = seededRandom(5);
    for (const columnCount of [1, 2]) {
      const work = calibrating({ ...GROUPS, groupField: "", groupRowsLeast: 0, score: { ...score, columnCount } });
      for (let i = 0; i < 500; i++) {
        const p = random();
        const actual = random() < p ? 1 : 0;
        const predictions = columnCount === 1 ? [p] : [1 - p, p];
        work.add({ predictions, actual, group: "", uniform: rowUniform(String(i)) });
      }
      const calibrationDigest = await stored(work.finish(digestOfBytes("rows")));
      const model = await on.model("logistic3");
      const columns = columnCount === 1 ? { outputColumn: 1 } : { outputColumns: [0, 1] };
      const value = { inputTensor: "input", outputTensor: "probabilities", ...columns };
      const graph = { nodes: [{ name: "score", kind: { case: "model" as const, value } }], outputNode: "score" };
      const release = on.registry.graph({ graph, models: { score: model }, calibrationDigest });
      const deployment = await deployed(`sets${columnCount}`, release);
      const sure = await router.inference.predict({ deployment, entity: entity(40) });
      expect(sure.labelSet).toEqual(["late"]);
      expect(sure.interval).toBeUndefined();
      const unsure = await router.inference.predict({ deployment, entity: entity(0) });
      expect([...unsure.labelSet].sort()).toEqual(["late", "on_time"]);
      const again = await router.inference.predict({ deployment, entity: entity(0) });
      expect(again.labelSet).toEqual(unsure.labelSet);
      const feedback = [sure, unsure].map((it) => ({ prediction: it.prediction, actual: 0 }));
      await router.inference.sendFeedback({ deployment, feedback });
      const { releases } = await router.inference.getDeploymentMetrics({ deployment });
      expect(releases[0]?.coverage).toMatchObject({ rowCount: 2n, coveredCount: 1n });
    }
  });
});

test("a release whose calibration is damaged does not serve, and says why", async () => {
  const { digest } = await on.blobs.put(new TextEncoder().encode('{"version":1}'));
  const release = on.registry.release(await on.model("answers_a"), { calibrationDigest: digest });
  on.registry.deploy("projects/default/deployments/damaged", { [release]: 10_000 });
  await expect.poll(() => on.problems.join("\n")).toMatch(/The bytes are no calibration\. alpha: it is no number/);
});
