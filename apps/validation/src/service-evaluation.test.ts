import { anyUnpack } from "@bufbuild/protobuf/wkt";
import { OperationState } from "@throughline/contracts/throughline/type/v1/operation_pb";
import { EvaluationTask } from "@throughline/contracts/throughline/validation/v1/evaluation_pb";
import { EvaluateResultSchema } from "@throughline/contracts/throughline/validation/v1/validation_service_pb";
import type { Digest, FeatureValue } from "@throughline/kernel";
import { seededRandom } from "@throughline/stats";
import type { Column } from "@throughline/tables";
import { afterAll, describe, expect, test } from "vitest";
import { openServiceForTests, parent } from "./testing-service.ts";

const service = await openServiceForTests();
afterAll(() => service[Symbol.asyncDispose]());
const { client, records, upload, ended } = service;

const SCORED: readonly Column[] = [
  { name: "label", type: "bool" },
  { name: "score", type: "float64" },
  { name: "carrier", type: "string" },
];

function scored(count: number): FeatureValue[][] {
  const random = seededRandom(8);
  return Array.from({ length: count }, (_, i) => {
    const score = random();
    return [i % 10 === 0 ? null : random() < score, score, i < count * 0.7 ? "AA" : i < count * 0.99 ? null : "ZZ"];
  });
}

describe("evaluations", () => {
  const evaluateOf = async (dataDigest: Digest, more: object = {}) => {
    const request = { parent, dataDigest, labelColumn: "label", scoreColumn: "score", ...more };
    return ended((await client.evaluate(request)).operation);
  };

  test("have metrics over all rows and by slice, and list the slices that are too small", async () => {
    const data = await upload(SCORED, scored(1_000));
    const end = await evaluateOf(data, { sliceColumns: ["carrier"], subject: "projects/p/models/m/versions/1" });
    const evaluation = end.response && anyUnpack(end.response, EvaluateResultSchema)?.evaluation;
    expect(evaluation?.slices.map((it) => [it.key, it.rowCount])).toEqual([
      [{}, 900n],
      [{ carrier: "AA" }, 630n],
      [{ carrier: "(missing)" }, 261n],
    ]);
    expect(evaluation?.smallSlices).toEqual(["carrier=ZZ"]);
    const auc = evaluation?.slices[0]?.metrics.find((it) => it.name === "auc");
    expect(auc?.interval?.method).toBe("delong");
    // The AUC of labels drawn with the probability that a uniform score names is 5/6.
    expect(auc?.interval?.low).toBeLessThan(5 / 6);
    expect(auc?.interval?.high).toBeGreaterThan(5 / 6);
    expect((await client.getEvaluation({ name: evaluation?.name ?? "" })).evaluation).toEqual(evaluation);
    expect((await client.listEvaluations({ parent })).evaluations).toContainEqual(evaluation);
    const { evaluations: about } = await client.listEvaluations({ parent, subject: evaluation?.subject ?? "" });
    expect(about).toEqual([evaluation]);
    expect((await client.listEvaluations({ parent, subject: "projects/p/models/m/versions/2" })).evaluations).toEqual(
      [],
    );
    await expect.poll(() => records.map((it) => it.execution.kind)).toContain("EVALUATE");
    const again = await evaluateOf(data, { sliceColumns: ["carrier"], subject: "projects/p/models/m/versions/1" });
    expect(again.response && anyUnpack(again.response, EvaluateResultSchema)?.evaluation).toEqual(evaluation);
  });

  test.each<[string, FeatureValue, FeatureValue, string]>([
    ["a score above 1", true, 1.5, "EVALUATION_BAD_SCORE"],
    ["a score that is NaN", true, Number.NaN, "EVALUATION_BAD_SCORE"],
    ["a missing score", false, null, "EVALUATION_BAD_SCORE"],
  ])("refuse %s, with the row", async (_, label, score, reason) => {
    const rows = scored(20);
    rows[13] = [label, score, "AA"];
    const end = await evaluateOf(await upload(SCORED, rows));
    expect(end.error).toMatchObject({ reason, metadata: { rowNumber: "14", column: "score" } });
  });

  test("leave a row without a label out, whatever its score", async () => {
    const rows = scored(20);
    rows[13] = [null, 7, "AA"];
    expect((await evaluateOf(await upload(SCORED, rows))).state).toBe(OperationState.SUCCEEDED);
  });

  test("refuse a label that is neither 0 nor 1, and columns that cannot serve", async () => {
    const numbers = SCORED.map((it) => (it.name === "label" ? { ...it, type: "int64" as const } : it));
    const data = await upload(numbers, [[2n, 0.5, "AA"]]);
    expect((await evaluateOf(data)).error).toMatchObject({
      reason: "EVALUATION_BAD_LABEL",
      metadata: { rowNumber: "1" },
    });
    expect((await evaluateOf(data, { scoreColumn: "carrier" })).error?.reason).toBe("EVALUATION_BAD_COLUMN");
    expect((await evaluateOf(data, { scoreColumn: "nope" })).error?.reason).toBe("EVALUATION_BAD_COLUMN");
  });

  test("of a regression have errors over all rows and by slice, from numbers of any size", async () => {
    const columns: readonly Column[] = [
      { name: "label", type: "float64" },
      { name: "score", type: "float64" },
      { name: "carrier", type: "string" },
    ];
    const rows = Array.from({ length: 300 }, (_, i) => [i % 9 ? -20 + i : null, i - 17, i < 200 ? "AA" : "BB"]);
    const data = await upload(columns, rows);
    const more = { task: EvaluationTask.REGRESSION, sliceColumns: ["carrier"], sliceRowCountMin: 10n };
    const end = await evaluateOf(data, { ...more, subject: "projects/p/models/r/versions/1" });
    const evaluation = end.response && anyUnpack(end.response, EvaluateResultSchema)?.evaluation;
    expect(evaluation?.task).toBe(EvaluationTask.REGRESSION);
    expect(evaluation?.slices.map((it) => [it.key, it.rowCount, it.positiveCount])).toEqual([
      [{}, 266n, 0n],
      [{ carrier: "AA" }, 177n, 0n],
      [{ carrier: "BB" }, 89n, 0n],
    ]);
    for (const { metrics } of evaluation?.slices ?? [])
      expect(metrics.slice(0, 3).map((it) => [it.name, it.value])).toEqual([
        ["mae", 3],
        ["rmse", 3],
        ["mean_error", 3],
      ]);
    // The same numbers are no probabilities.
    expect((await evaluateOf(data)).error?.reason).toBe("EVALUATION_BAD_LABEL");
    rows[4] = [1, Number.POSITIVE_INFINITY, "AA"];
    const endless = await evaluateOf(await upload(columns, rows), { task: EvaluationTask.REGRESSION });
    expect(endless.error).toMatchObject({
      reason: "EVALUATION_BAD_NUMBER",
      metadata: { rowNumber: "5", column: "score" },
    });
    const asOf = evaluation?.createTime;
    const subject = evaluation?.subject ?? "";
    expect((await client.listEvaluations({ parent, subject, ...(asOf && { asOf }) })).evaluations).toEqual([
      evaluation,
    ]);
    const before = { seconds: (asOf?.seconds ?? 0n) - 1n, nanos: 0 };
    expect((await client.listEvaluations({ parent, subject, asOf: before })).evaluations).toEqual([]);
  });

  test("of a file without rows are defined", async () => {
    const end = await evaluateOf(await upload(SCORED, []));
    const evaluation = end.response && anyUnpack(end.response, EvaluateResultSchema)?.evaluation;
    expect(evaluation?.slices).toHaveLength(1);
    expect(evaluation?.slices[0]?.metrics.every((it) => Number.isNaN(it.value))).toBe(true);
  });
});
