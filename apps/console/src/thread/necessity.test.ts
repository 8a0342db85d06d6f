import { create } from "@bufbuild/protobuf";
import {
  FeatureFiguresSchema,
  NecessityFindingKind,
  NecessityFindingSchema,
  NecessityReportSchema,
} from "@throughline/contracts/throughline/features/v1/necessity_pb";
import { expect, test } from "vitest";
import { estimateText, evidenceText, findingsText, importanceWhiskers, rankedRows, readersText } from "./necessity.ts";

const finding = (kind: NecessityFindingKind) => create(NecessityFindingSchema, { kind });

test("findings are counted by kind in their order", () => {
  const { LEAKING, UNUSED } = NecessityFindingKind;
  expect(findingsText([finding(LEAKING), finding(UNUSED), finding(UNUSED)])).toBe("1 leaking, 2 unused");
  expect(findingsText([])).toBe("none");
});

test("evidence is told by name", () => {
  const evidence = { costShare: 0.41, threshold: 3 };
  expect(evidenceText(create(NecessityFindingSchema, { evidence }))).toBe("cost share 0.41, threshold 3");
});

test("what is not known is not called nothing", () => {
  expect(estimateText(undefined)).toBe("not known");
  expect(readersText(create(FeatureFiguresSchema))).toBe("not known");
  expect(readersText(create(FeatureFiguresSchema, { readingReleaseCount: 0n }))).toBe("none");
});

test("importances are drawn with the greatest first, and features without one are left out", () => {
  const importance = (value: number) => ({ value, low: value - 1, high: value + 1 });
  const report = create(NecessityReportSchema, {
    importance: { rowCount: 40n },
    figures: [
      { feature: "a", importance: importance(1) },
      { feature: "b" },
      { feature: "c", importance: importance(5) },
    ],
  });
  expect(importanceWhiskers(report)).toMatchObject([
    { label: "c", value: 5, low: 4, high: 6, count: 40n },
    { label: "a", value: 1 },
  ]);
});

test("the ranking stands beside what is known of its features", () => {
  const { DUPLICATE, LEAKING, UNUSED } = NecessityFindingKind;
  const report = create(NecessityReportSchema, {
    ranking: [
      { feature: "b", relevance: 0.5, linearRise: { value: 2, low: 1, high: 3 } },
      { feature: "a", relevance: 0.25, redundancy: 0.125 },
    ],
    figures: [{ feature: "a" }, { feature: "b", linearDropCost: { value: 1 } }],
    findings: [
      { kind: LEAKING, features: ["b"] },
      { kind: DUPLICATE, features: ["a", "b"] },
      { kind: UNUSED, features: ["c"] },
    ],
  });
  expect(rankedRows(report)).toMatchObject([
    {
      place: 1,
      feature: "b",
      linearRise: { value: 2 },
      figures: { linearDropCost: { value: 1 } },
      suspicions: [LEAKING, DUPLICATE],
    },
    { place: 2, feature: "a", redundancy: 0.125, linearRise: undefined, suspicions: [DUPLICATE] },
  ]);
});
