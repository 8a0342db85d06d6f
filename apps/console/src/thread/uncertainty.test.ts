import { create } from "@bufbuild/protobuf";
import { PredictionSchema } from "@throughline/contracts/throughline/inference/v1/prediction_pb";
import {
  CalibrationMethod,
  CalibrationSchema,
} from "@throughline/contracts/throughline/registry/v1/calibration_service_pb";
import { expect, test } from "vitest";
import { calibrationText, groupOf, groupText, uncertaintyOf } from "./uncertainty.ts";

const calibration = (method: CalibrationMethod) =>
  create(CalibrationSchema, {
    settings: { method, alpha: 0.1, groupField: "carrier", labels: ["on time", "late"] },
    all: { rowCount: 300n, quantile: 1.5, coverageLow: 0.87, coverageHigh: 0.93 },
    groups: [{ group: "UA", rowCount: 1n, quantile: 2, coverageLow: 0.8, coverageHigh: 1 }],
  });
const intervals = calibration(CalibrationMethod.ABSOLUTE_RESIDUAL);
const sets = calibration(CalibrationMethod.ADAPTIVE_SET);

test.each([
  [{ interval: { low: 1, high: 2 } }, undefined, intervals, /90 % the actual value lies between 1 and 2\./, undefined],
  [{ interval: { low: 1, high: 2 } }, 2, intervals, /between 1 and 2/, true],
  [{ interval: { low: 1, high: 2 } }, 2.01, intervals, /between 1 and 2/, false],
  [{ labelSet: ["late"] }, 1, sets, /90 % the actual label is late\./, true],
  [{ labelSet: ["late", "on time"] }, undefined, sets, /the actual label is one of late, on time\./, undefined],
  [{ labelSet: [] }, 0, sets, /^No label fits\.$/, false],
  [{ labelSet: ["late"] }, 7, sets, /late/, undefined],
  [{}, 1, intervals, /without an interval/, undefined],
])("of %j, which turned out to be %s", (answer, actual, of, text, held) => {
  const feedback = actual === undefined ? {} : { feedback: { actual } };
  const found = uncertaintyOf(create(PredictionSchema, { ...answer, ...feedback }), of);
  expect(found.text).toMatch(text);
  expect(found.held).toBe(held);
});

test("a calibration and its groups are told in words", () => {
  expect(calibrationText(intervals)).toBe("absolute residual, of 90 %, by carrier");
  const told = ["", "UA", "AA"].map((name) => groupOf(intervals, name)).map((it) => it && groupText(it));
  expect(told).toEqual([
    "All rows: 300 rows, quantile 1.5, which holds 87 % to 93 % of actual values",
    "Rows of UA: 1 row, quantile 2, which holds 80 % to 100 % of actual values",
    undefined,
  ]);
});
