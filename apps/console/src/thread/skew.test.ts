import { create } from "@bufbuild/protobuf";
import { FeatureSkewSchema, SkewReportSchema } from "@throughline/contracts/throughline/features/v1/skew_report_pb";
import { expect, test } from "vitest";
import { share, skewVerdict, versionsText } from "./skew.ts";

test("a report without a difference says so of every prediction", () =>
  expect(skewVerdict(create(SkewReportSchema, { rowCount: 1_000n }))).toEqual({
    tone: "good",
    text: "In all 1,000 predictions every value is the one that training joins.",
  }));

test("a report with differences counts predictions and features", () =>
  expect(
    skewVerdict(
      create(SkewReportSchema, {
        rowCount: 200n,
        differingRowCount: 1n,
        features: [{ feature: "a", differingCount: 1n }, { feature: "b" }],
      }),
    ).text,
  ).toBe(
    "In 1 of 200 predictions (0.5 %) at least one value is not the one that training joins; 1 of 2 features are concerned.",
  ));

test("nothing of nothing is no share", () => expect(share(0n, 0n)).toBe("–"));

test("the version of a view is told once where one was served and joined", () => {
  expect(versionsText(create(FeatureSkewSchema, { viewVersion: 2n, servedViewVersion: 2n }))).toBe("version 2");
  expect(versionsText(create(FeatureSkewSchema, { viewVersion: 3n, servedViewVersion: 2n }))).toBe(
    "served 2, joined 3",
  );
});
