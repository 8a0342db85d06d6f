import { create } from "@bufbuild/protobuf";
import { PredictionSchema } from "@throughline/contracts/throughline/inference/v1/prediction_pb";
import { expect, test } from "vitest";
import { isWorthTelling, nodesOnPath, versionsOnPath } from "./answer-path.ts";

const VERSION = "projects/p/models/late/versions/3";

const prediction = create(PredictionSchema, {
  path: ["two", "pick", "gate"],
  modelVersions: { two: VERSION },
  choices: [{ node: "pick", branch: "two", propensity: 0.1, fallback: true }],
  absentNodes: [
    { node: "one", reason: "NODE_DEADLINE" },
    { node: "other", reason: "MODEL_UNAVAILABLE" },
  ],
  gateVerdicts: [{ node: "gate", score: 12, limit: 9, outlier: true }],
});

test("nodes come in the order of the path, with those that were absent at the end", () => {
  const nodes = nodesOnPath(prediction);
  expect(nodes.map((it) => [it.place, it.name])).toEqual([
    ...[
      [1, "two"],
      [2, "pick"],
      [3, "gate"],
    ],
    [undefined, "one"],
    [undefined, "other"],
  ]);
  expect(nodes.flatMap((it) => it.findings.map(({ text }) => text))).toEqual([
    "fell back to two: what it chose was absent",
    "found an outlier: 12 is above the limit of 9",
    "had nothing to give: NODE_DEADLINE",
    "had nothing to give: MODEL_UNAVAILABLE",
  ]);
  expect(nodes.flatMap((it) => it.findings).every((it) => it.tone === "look")).toBe(true);
  expect(versionsOnPath(prediction)).toEqual([VERSION]);
});

test("a single model that answered is told in the answer itself", () => {
  const single = create(PredictionSchema, { path: ["late"], modelVersions: { late: VERSION } });
  expect(isWorthTelling(single)).toBe(false);
  expect(isWorthTelling(prediction)).toBe(true);
  expect(versionsOnPath(single)).toEqual([VERSION]);
});
