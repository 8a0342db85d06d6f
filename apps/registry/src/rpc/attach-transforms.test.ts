import { ModelFormat } from "@throughline/contracts/throughline/registry/v1/model_pb";
import { canonicalJson, digestOfBytes, digestOfJson, type Json } from "@throughline/kernel";
import { everyDatabase } from "@throughline/testing";
import {
  attachTransforms,
  type Columns,
  checkTransforms,
  columnOf,
  learnConstants,
  readyTransforms,
} from "@throughline/transforms";
import { beforeAll, describe, expect, test } from "vitest";
import {
  failureOf,
  fixture,
  openRegistry,
  PATIENCE,
  type RegistryInProcess,
  registerFixture,
  surroundings,
} from "../registry-in-process.ts";

const PARENT = "projects/p";
const DEFINITION = {
  columns: [
    { name: "age", type: "float64" },
    { name: "city", type: "string" },
  ],
  steps: [
    { kind: "impute", input: "age", output: "known_age", with: "mean", indicator: "no_age" },
    { kind: "hash", input: "city", output: "place", buckets: 4 },
  ],
  outputs: [{ name: "X", columns: ["known_age", "no_age", "place"] }],
};
const columns: Columns = new Map([
  ["age", columnOf("age", "float64", [10, 20, null, 40])],
  ["city", columnOf("city", "string", ["Oslo", "Rome", "Oslo", null])],
]);

/** The fixture `line` takes X, three floats, and gives a label and probabilities. */
const FIXTURE = "line";

const bytesOfFit = (definition: object, constants: object): Uint8Array =>
  new TextEncoder().encode(canonicalJson({ definition, constants } as unknown as Json));

for (const database of everyDatabase()) {
  describe(`transforms in front of a model on ${database.name}`, () => {
    let registry: RegistryInProcess;
    let original = "";
    let fitDigest = "";
    const transforms = checkTransforms(DEFINITION);
    beforeAll(async () => {
      registry = await openRegistry(await surroundings(await database.empty()));
      original = await registerFixture(registry, "line", FIXTURE);
      const constants = await learnConstants(transforms, () => [columns]);
      fitDigest = await registry.upload(bytesOfFit(DEFINITION, constants));
    });
    const attach = (more: object = {}) =>
      registry.models.attachTransforms({ modelVersion: original, transformFitDigest: fitDigest, ...more });

    test("are a new version with raw inputs, which says what it is made of, in its record, its bytes and on the thread", async () => {
      const { version } = await attach({ description: "takes raw columns", requestId: "once" });
      expect(version).toMatchObject({
        name: `${PARENT}/models/line/versions/2`,
        format: ModelFormat.ONNX,
        derivedFrom: original,
        transformFitDigest: fitDigest,
        description: "takes raw columns",
        signature: {
          inputs: [
            { name: "age", datatype: "FP64", shape: [-1n, 1n] },
            { name: "city", datatype: "BYTES", shape: [-1n, 1n] },
          ],
        },
      });
      expect(version?.onnx?.operators["com.microsoft:MurmurHash3"]).toBe(1n);
      const ready = readyTransforms(transforms, await learnConstants(transforms, () => [columns]));
      expect(version?.digest).toBe(digestOfBytes(attachTransforms(ready, await fixture(FIXTURE)).bytes));
      const again = await attach({ description: "takes raw columns", requestId: "once" });
      expect(again.version).toEqual(version);
      const record = () => registry.recorded.find((it) => it.execution.resource === version?.name);
      await expect.poll(record, PATIENCE).toBeDefined();
      const { version: before } = await registry.models.getModelVersion({ name: original });
      expect(record()?.events).toEqual([
        { digest: before?.digest, type: "INPUT", role: "model" },
        { digest: fitDigest, type: "INPUT", role: "transform_fit" },
        { digest: version?.digest, type: "OUTPUT", role: "model" },
      ]);
      await registry.models.createModel({ parent: PARENT, modelId: "raw" });
      const other = await attach({ model: `${PARENT}/models/raw` });
      expect(other.version).toMatchObject({ name: `${PARENT}/models/raw/versions/1`, digest: version?.digest });
    });

    test("are part of a release, which names them by digest and verifies them", async () => {
      const { version } = await attach();
      const manifest = (fit: string) => ({
        models: { main: { modelVersion: version?.name ?? "", transformFitDigest: fit } },
        graph: {
          nodes: [
            {
              name: "main",
              kind: { case: "model" as const, value: { outputTensor: "probabilities", outputColumn: 1 } },
            },
          ],
          outputNode: "main",
        },
      });
      const wrong = registry.releases.createRelease({ parent: PARENT, manifest: manifest(digestOfJson("another")) });
      expect(await failureOf(wrong)).toMatchObject({ paths: ['manifest.models["main"].transform_fit_digest'] });
      const { release } = await registry.releases.createRelease({ parent: PARENT, manifest: manifest("") });
      expect(release?.manifest?.models["main"]?.transformFitDigest).toBe(fitDigest);
      const name = release?.name ?? "";
      const sound = await registry.releases.verifyRelease({ name });
      expect(sound.verified).toBe(true);
      expect(sound.parts).toContainEqual(
        expect.objectContaining({ part: "transforms.main", expectedDigest: fitDigest, actualDigest: fitDigest }),
      );
      await registry.blobs.delete(fitDigest as `sha256:${string}`);
      const gone = await registry.releases.verifyRelease({ name });
      expect(gone.verified).toBe(false);
      expect(gone.parts).toContainEqual(expect.objectContaining({ part: "transforms.main", actualDigest: "" }));
      const constants = await learnConstants(transforms, () => [columns]);
      await registry.upload(bytesOfFit(DEFINITION, constants));
    });

    test("travel with the release", async () => {
      const { releases } = await registry.releases.listReleases({ parent: PARENT });
      const pieces: Uint8Array[] = [];
      for await (const { data } of registry.releases.exportRelease({ name: releases[0]?.name ?? "" }))
        pieces.push(data);
      expect(Buffer.concat(pieces).includes(`blobs/sha256/${fitDigest.slice(7)}`)).toBe(true);
      const elsewhere = await openRegistry(await surroundings(await database.empty()));
      const messages = async function* () {
        const { name = "", digest = "" } = releases[0] ?? {};
        const parent = name.slice(0, name.indexOf("/releases"));
        yield { declaration: { parent, digest } };
        for (const data of pieces) yield { data };
      };
      const { release } = await elsewhere.releases.importRelease(messages());
      expect(release).toMatchObject({ digest: releases[0]?.digest, name: releases[0]?.name });
      expect((await elsewhere.releases.verifyRelease({ name: release?.name ?? "" })).verified).toBe(true);
    });

    test("are refused where they do not fit, and the failure says why", async () => {
      expect(await failureOf(attach({ transformFitDigest: digestOfJson("nobody knows it") }))).toEqual({
        reason: "ARTIFACT_UNKNOWN",
        paths: ["transform_fit_digest"],
      });
      const text = await registry.upload(new TextEncoder().encode("no fit"));
      expect(await failureOf(attach({ transformFitDigest: text }))).toMatchObject({ reason: "FIT_INVALID" });
      const constants = await learnConstants(transforms, () => [columns]);
      const mixed = bytesOfFit({ ...DEFINITION, steps: [], outputs: [{ name: "X", columns: ["age"] }] }, constants);
      const other = await registry.upload(mixed);
      expect(await failureOf(attach({ transformFitDigest: other }))).toMatchObject({ reason: "FIT_INVALID" });
      const narrow = checkTransforms({ ...DEFINITION, outputs: [{ name: "X", columns: ["known_age"] }] });
      const fit = bytesOfFit(narrow.definition, await learnConstants(narrow, () => [columns]));
      expect(await failureOf(attach({ transformFitDigest: await registry.upload(fit) }))).toMatchObject({
        reason: "TRANSFORMS_NOT_ATTACHABLE",
      });
      const twice = attach({ modelVersion: `${PARENT}/models/line/versions/2` });
      expect(await failureOf(twice)).toMatchObject({ reason: "TRANSFORMS_NOT_ATTACHABLE" });
      expect(await failureOf(attach({ modelVersion: `${PARENT}/models/line/versions/99` }))).toMatchObject({
        reason: "NOT_FOUND",
      });
      const digest = await registry.upload(new TextEncoder().encode("opaque"));
      const { version } = await registry.models.createModelVersion({
        parent: `${PARENT}/models/line`,
        version: { digest, format: ModelFormat.OPAQUE },
      });
      expect(await failureOf(attach({ modelVersion: version?.name }))).toMatchObject({ reason: "UNSUPPORTED_FORMAT" });
      await registry.models.createModel({ parent: "projects/q", modelId: "m" });
      expect(await failureOf(attach({ model: "projects/q/models/m" }))).toMatchObject({ paths: ["model_version"] });
    });
  });
}
