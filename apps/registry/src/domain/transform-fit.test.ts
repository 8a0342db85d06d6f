import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type BlobStore, fileBlobStore } from "@throughline/blobs";
import { digestOfJson, isDomainError } from "@throughline/kernel";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { ReleaseManifest } from "./release.ts";
import type { PartVersion } from "./release-models.ts";
import { completeManifest } from "./release-parts.ts";
import { transformsOfFit } from "./transform-fit.ts";

let folder = "";
let blobs: BlobStore;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "throughline-fit-"));
  blobs = await fileBlobStore(folder);
});
afterAll(async () => {
  await blobs.close();
  await rm(folder, { recursive: true, force: true });
});

const stored = async (text: string) => (await blobs.put(new TextEncoder().encode(text))).digest;

const FIT = { definition: { steps: [{ seed: 7 }] }, constants: { rows: 3, steps: { y: { mean: 0.1 } } } };
const NAMED = { definition: digestOfJson(FIT.definition), constants: digestOfJson(FIT.constants) };

test("a fit is named by the digests of its definition and its constants, however its bytes are written", async () => {
  expect(await transformsOfFit(blobs, await stored(JSON.stringify(FIT)))).toEqual(NAMED);
  const { definition, constants } = FIT;
  const other = JSON.stringify({ constants, trainingSet: "projects/p/trainingSets/t", definition }, undefined, 2);
  expect(await transformsOfFit(blobs, await stored(other))).toEqual(NAMED);
});

test.each(["", "no JSON", "[]", "null", '{"definition":{}}', '{"constants":{}}'])(
  "bytes that are no fit are told from one: %s",
  async (text) => {
    await expect(transformsOfFit(blobs, await stored(text))).rejects.toMatchObject({ reason: "FIT_INVALID" });
  },
);

test("a release is refused whose model names other transforms than the fit that is said to be in front of it", async () => {
  const name = "projects/p/models/m/versions/1";
  const fit = await stored(JSON.stringify(FIT));
  const tensor = { name: "x", datatype: "FP32", shape: [-1, 1] };
  const facts = { irVersion: 9, opsets: {}, operators: {}, producer: "", parameterCount: 0 };
  const refusal = async (transforms: typeof NAMED | undefined) => {
    const version: PartVersion = {
      name,
      digest: await stored("the model"),
      sizeBytes: 9,
      format: "ONNX",
      opaqueReason: "",
      signature: { inputs: [tensor], outputs: [{ ...tensor, name: "y" }] },
      onnx: { ...facts, ...(transforms && { transforms }) },
      transformFitDigest: fit,
    };
    const manifest: ReleaseManifest = {
      models: { main: { modelVersion: name, digest: "" } },
      graph: {
        nodes: [{ name: "main", model: { inputTensor: "", outputTensor: "", outputColumn: 0 } }],
        outputNode: "",
      },
      schemaDigest: "",
      baselineStatisticsDigest: "",
      certificateDigest: "",
      calibrationDigest: "",
      thresholds: {},
    };
    const sources = {
      blobs,
      findVersion: async () => version,
      featureServices: { find: async () => undefined, columns: async () => undefined },
    };
    return completeManifest(sources, "projects/p", manifest).then(
      (it) => it.manifest.models["main"]?.transformFitDigest,
      (error: unknown) => (isDomainError(error, "RELEASE_REFUSED") ? error.violations : error),
    );
  };
  expect(await refusal(NAMED)).toBe(fit);
  const violation = {
    path: 'manifest.models["main"].transform_fit_digest',
    description: `the model of ${name} has other transforms in front of it, or none`,
  };
  expect(await refusal({ ...NAMED, constants: digestOfJson("other constants") })).toEqual([violation]);
  expect(await refusal(undefined)).toEqual([violation]);
});
