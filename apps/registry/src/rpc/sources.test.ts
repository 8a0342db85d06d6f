import { ModelFormat } from "@throughline/contracts/throughline/registry/v1/model_pb";
import { digestOfBytes, isDigest } from "@throughline/kernel";
import { everyDatabase } from "@throughline/testing";
import { beforeAll, describe, expect, test } from "vitest";
import type { SourceFile } from "../domain/ports.ts";
import { graph, modelBytes } from "../onnx/crafted-models.ts";
import {
  failureOf,
  fixture,
  makeRelease,
  openRegistry,
  type RegistryInProcess,
  surroundings,
} from "../registry-in-process.ts";

const RUN = "projects/p/runs/r";
const parent = "projects/p/models/m";
const ONNX_MLMODEL =
  "flavors:\n  onnx: {data: model.onnx}\n  python_function: {loader_module: mlflow.onnx}\nmlflow_version: 3.17.2\n";
const SKLEARN_MLMODEL = "flavors:\n  python_function: {}\n  sklearn: {pickled_model: model.pkl}\nmodel_uuid: u1\n";
const text = (it: string) => new TextEncoder().encode(it);

for (const database of everyDatabase()) {
  describe(`versions made of files on ${database.name}`, () => {
    let registry: RegistryInProcess;
    beforeAll(async () => {
      registry = await openRegistry(await surroundings(await database.empty()));
      await registry.models.createModel({ parent: "projects/p", modelId: "m" });
    });

    /** Lets a run have these files. */
    const put = async (files: Readonly<Record<string, Uint8Array>>): Promise<void> => {
      const stored: SourceFile[] = [];
      for (const [path, bytes] of Object.entries(files))
        stored.push({ path, digest: await registry.upload(bytes), sizeBytes: bytes.length });
      registry.files.set(RUN, stored);
    };
    const register = async (path: string, more: object = {}) =>
      (await registry.models.createModelVersion({ parent, version: { source: { parent: RUN, path }, ...more } }))
        .version;

    test("what MLflow's ONNX flavor saved is ONNX, and goes into a release as it is", async () => {
      const tree = await fixture("tree");
      await put({
        "model/MLmodel": text(ONNX_MLMODEL),
        "model/model.onnx": tree,
        "model/requirements.txt": text("onnx"),
        "b.txt": text(""),
      });
      const version = await register("model", { sourceUri: "models:/m-1" });
      expect(version).toMatchObject({
        format: ModelFormat.ONNX,
        digest: registry.files.get(RUN)?.[1]?.digest,
        sizeBytes: BigInt(tree.length),
        run: RUN,
        mlflow: { flavors: ["onnx", "python_function"], mlflowVersion: "3.17.2" },
        source: { parent: RUN, path: "model" },
        sourceUri: "models:/m-1",
      });
      expect(version?.files.map((it) => it.path)).toEqual(["MLmodel", "model.onnx", "requirements.txt"]);
      expect(version?.signature?.inputs).toMatchObject([{ name: "X" }]);
      await makeRelease(registry, version?.name ?? "", 0.5);
    });

    test("files are pinned: what happens to the run later changes no version", async () => {
      await put({ "model/MLmodel": text(SKLEARN_MLMODEL), "model/model.pkl": Buffer.from([0x80, 0x04, 0x2e]) });
      const version = await register("model");
      expect(version).toMatchObject({
        format: ModelFormat.OPAQUE,
        mlflow: { flavors: ["python_function", "sklearn"], modelId: "u1" },
      });
      registry.files.set(RUN, []);
      const again = await registry.models.getModelVersion({ name: version?.name ?? "" });
      expect(again.version?.files.map((it) => [it.path, it.digest])).toEqual(
        version?.files.map((it) => [it.path, it.digest]),
      );
      const { digest = "" } = version ?? {};
      const manifest = isDigest(digest) ? await registry.blobs.stat(digest) : undefined;
      expect(manifest?.size).toBeGreaterThan(0);
      await expect(makeRelease(registry, version?.name ?? "", 0.5)).rejects.toThrow("Export the model to ONNX");
    });

    test("an empty folder is a version without files, and equal files have equal digests", async () => {
      await put({ "a.txt": text("1") });
      expect(await register("model")).toMatchObject({ files: [], format: ModelFormat.OPAQUE, sizeBytes: 0n });
      const [one, two] = [await register("a.txt"), await register("a.txt")];
      expect(one?.files.map((it) => it.path)).toEqual(["a.txt"]);
      expect(one?.digest).toBe(two?.digest);
    });

    test("an ONNX file that cannot serve is kept as opaque, and a release tells why", async () => {
      await put({ "model/MLmodel": text(ONNX_MLMODEL), "model/model.onnx": modelBytes().subarray(0, 60) });
      const version = await register("model");
      expect(version).toMatchObject({ format: ModelFormat.OPAQUE, mlflow: { flavors: ["onnx", "python_function"] } });
      await expect(makeRelease(registry, version?.name ?? "", 0.5)).rejects.toThrow(
        /model\.onnx: .*not an ONNX file that can be read/,
      );
      expect(await failureOf(register("model", { format: ModelFormat.ONNX }))).toMatchObject({
        reason: "MODEL_INVALID",
      });
    });

    test("constants that MLflow saved beside the ONNX file are put into it, and the whole can be released", async () => {
      const tensor = { name: "w", dims: [2n], dataType: 1, dataLocation: 1 };
      const at = (key: string, value: string) => ({ key, value });
      const externalData = [at("location", "0b5e.data"), at("offset", "4"), at("length", "8")];
      const scattered = modelBytes({ graph: graph({ initializer: [{ ...tensor, externalData }] }) });
      const data = new Uint8Array(new Float32Array([9, 1.5, -2, 9]).buffer);
      await put({ "model/MLmodel": text(ONNX_MLMODEL), "model/model.onnx": scattered, "model/0b5e.data": data });
      const version = await register("model");
      const rawData = data.subarray(4, 12);
      expect(version).toMatchObject({
        format: ModelFormat.ONNX,
        digest: digestOfBytes(modelBytes({ graph: graph({ initializer: [{ ...tensor, dataLocation: 0, rawData }] }) })),
      });
      expect(version?.files.map((it) => it.path)).toEqual(["0b5e.data", "MLmodel", "model.onnx"]);
      expect(version?.signature?.outputs).toMatchObject([{ name: "y", shape: [-1n, 2n] }]);
    });

    test("data outside the ONNX file is refused when ONNX is asked for", async () => {
      const externalData = [{ key: "location", value: "../weights.bin" }];
      const initializer = [{ name: "w", dims: [2n], dataType: 1, externalData, dataLocation: 1 }];
      const bytes = modelBytes({ graph: graph({ initializer }) });
      await put({ "model/MLmodel": text(ONNX_MLMODEL), "model/model.onnx": bytes, "weights.bin": new Uint8Array(8) });
      expect(await failureOf(register("model", { format: ModelFormat.ONNX }))).toMatchObject({
        reason: "MODEL_INVALID",
      });
      expect(await register("model")).toMatchObject({ format: ModelFormat.OPAQUE });
    });

    test.each([
      ["a pickle", [0x80, 0x04, 0x95]],
      ["a ZIP archive", [0x50, 0x4b, 0x03, 0x04]],
      ["an HDF5 file", [0x89, 0x48, 0x44, 0x46, 0x0d, 0x0a, 0x1a, 0x0a]],
      ["compressed with gzip", [0x1f, 0x8b, 8]],
      ["compressed with zlib", [0x78, 0x9c]],
      ["empty", []],
    ])("%s is never taken as ONNX", async (what, bytes) => {
      const digest = await registry.upload(new Uint8Array(bytes));
      const upload = registry.models.createModelVersion({ parent, version: { digest, format: ModelFormat.ONNX } });
      await expect(upload).rejects.toThrow(`unsupported format: version.digest is ${what}`);
      await put({ "model.onnx": new Uint8Array(bytes) });
      expect(await failureOf(register("", { format: ModelFormat.ONNX }))).toMatchObject({
        reason: "UNSUPPORTED_FORMAT",
      });
    });

    test("a source that is not there, too large, of another project or contradicts its digest is refused", async () => {
      await put({ "a.txt": text("1") });
      const elsewhere = { source: { parent: "projects/p/runs/none", path: "" } };
      expect(await failureOf(register("", elsewhere))).toMatchObject({ reason: "SOURCE_UNKNOWN" });
      const foreign = { source: { parent: "projects/q/runs/r", path: "" } };
      expect(await failureOf(register("", foreign))).toMatchObject({ paths: ["version.source.parent"] });
      const digest = await registry.upload(text("2"));
      expect(await failureOf(register("", { digest }))).toMatchObject({ paths: ["version.digest"] });
      expect(await failureOf(register("", { format: ModelFormat.ONNX }))).toMatchObject({
        reason: "UNSUPPORTED_FORMAT",
      });
      const many = Array.from({ length: 2_001 }, (_, i) => ({ path: `f/${i}`, digest, sizeBytes: 1 }));
      registry.files.set(RUN, many);
      expect(await failureOf(register("f"))).toMatchObject({ reason: "SOURCE_TOO_LARGE" });
      for (const uri of ["file:///etc", "ftp://x", "http://169.254.169.254/"]) {
        const asked = registry.models.createModelVersion({ parent, version: { source: { parent: uri, path: "" } } });
        expect((await failureOf(asked)).reason).toBeDefined();
      }
    });
  });
}
