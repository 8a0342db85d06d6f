import { create } from "@bufbuild/protobuf";
import { timestampFromMs } from "@bufbuild/protobuf/wkt";
import { RolloutDecisionSchema } from "@throughline/contracts/throughline/registry/v1/rollout_pb";
import { expect, test } from "vitest";
import { drawSequence, momentsOf, worseningOf } from "./evidence.ts";

const decision = (timeMs: number, low: number, high: number, candidateMean: number) =>
  create(RolloutDecisionSchema, {
    time: timestampFromMs(timeMs),
    evidence: [{ analysis: "loss", differenceLow: low, differenceHigh: high, candidateMean, baselineMean: 1 }],
  });

const SIZE = { width: 100, height: 50 };

test("moments come in the order of time, and of the analysis alone", () => {
  const decisions = [decision(30, -1, 1, 1.5), decision(10, -Infinity, Infinity, Number.NaN)];
  expect(momentsOf(decisions, "loss").map((it) => [it.timeMs, it.low, it.difference])).toEqual([
    [10, -Infinity, undefined],
    [30, -1, 0.5],
  ]);
  expect(momentsOf(decisions, "other")).toEqual([]);
  expect(drawSequence([], 1, SIZE)).toBeUndefined();
});

test("the first moment stands at the left, infinite ends at the edges, and worse is above for what should be small", () => {
  const moments = momentsOf([decision(0, -Infinity, Infinity, Number.NaN), decision(10, -1, 1, 1)], "loss");
  const drawn = drawSequence(moments, worseningOf({ lowerIsBetter: true, minEffect: 0.5 }), SIZE);
  expect(drawn?.band.startsWith("M0 0L100 ")).toBe(true);
  expect(drawn?.band.endsWith("L0 50Z")).toBe(true);
  expect(drawn?.zero).toBe(25);
  expect(drawn?.worsening).toBeLessThan(25);
  expect(drawn?.line).toBe("M100 25");
  expect(worseningOf({ lowerIsBetter: false, minEffect: 0.5 })).toBe(-0.5);
});
