import { digestOfJson } from "@throughline/kernel";
import { everyDatabase } from "@throughline/testing";
import type { TransformFit } from "../domain/transforms/transform-fit.ts";
import { testKept } from "../laws/kept.ts";
import { transformFitStore } from "./transform-fit-store.ts";

const fit = (id: string, createTimeMs: number, project = "p"): TransformFit => ({
  project,
  id,
  digest: digestOfJson([project, id]),
  sizeBytes: 2,
  actor: "a",
  createTimeMs,
  definition: JSON.stringify({ steps: [{ "a.b": "$c" }] }),
  definitionDigest: digestOfJson("definition"),
  constantsDigest: digestOfJson("constants"),
  trainingSet: "t",
  trainingSetFileDigest: digestOfJson("file"),
  rowCount: 3,
  passCount: 1,
  inputs: [{ name: "x", type: "float64" }],
  outputs: [{ name: "y", type: "float32", width: 1, elementNames: ["x"] }],
  needs: { opset: 13, isMl: false, isRuntimeOnly: false },
});

for (const database of everyDatabase())
  testKept(database, { port: "TransformFits", make: fit, open: transformFitStore });
