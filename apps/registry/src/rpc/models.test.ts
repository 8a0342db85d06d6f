import { ModelFormat } from "@throughline/contracts/throughline/registry/v1/model_pb";
import { digestOfBytes } from "@throughline/kernel";
import { fromMs } from "@throughline/rpc";
import { everyDatabase } from "@throughline/testing";
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

for (const database of everyDatabase()) {
  describe(`models on ${database.name}`, () => {
    let registry: RegistryInProcess;
    beforeAll(async () => {
      registry = await openRegistry(await surroundings(await database.empty()));
    });

    const opaque = async (modelId: string, text: string) => ({
      parent: `projects/p/models/${modelId}`,
      version: { digest: await registry.upload(new TextEncoder().encode(text)), format: ModelFormat.OPAQUE },
    });

    test("a version of ONNX bytes has what was read from them, and its record reaches the thread", async () => {
      const { models, recorded, service } = registry;
      const trainingSetDigest = digestOfBytes("rows");
      registry.know(trainingSetDigest);
      await models.createModel({ parent: "projects/p", modelId: "late" });
      const digest = await registry.upload(await fixture("line"));
      const run = "projects/p/runs/r1";
      const request = {
        parent: "projects/p/models/late",
        version: { digest, format: ModelFormat.ONNX, run, trainingSetDigest, metrics: { auc: 0.75 } },
      };
      const { version } = await models.createModelVersion(request);
      expect(version).toMatchObject({ version: 1n, digest, sizeBytes: 389n, actor: "local", metrics: { auc: 0.75 } });
      expect(version?.signature?.inputs).toMatchObject([{ name: "X", datatype: "FP32", shape: [-1n, 3n] }]);
      expect(version?.onnx?.operators).toEqual({ "ai.onnx.ml:LinearClassifier": 1n });
      expect((await models.getModelVersion({ name: version?.name ?? "" })).version).toEqual(version);
      await expect.poll(() => recorded.map((it) => it.execution.kind), PATIENCE).toEqual(["RUN", "REGISTER"]);
      for (const record of recorded)
        expect(record.events).toEqual([
          { digest: trainingSetDigest, type: "INPUT", role: "training_set" },
          { digest, type: "OUTPUT", role: "model" },
        ]);
      await service.ready();
    });

    test("bytes that were not uploaded, another signature than declared, and broken models are refused", async () => {
      const { models } = registry;
      const digest = await registry.upload(await fixture("tree"));
      const parent = "projects/p/models/late";
      const signature = { inputs: [{ name: "X", datatype: "FP32", shape: [-1n, 4n] }], outputs: [] };
      const attempt = (version: object) =>
        failureOf(models.createModelVersion({ parent, version: { format: ModelFormat.ONNX, ...version } }));
      expect(await attempt({ digest: digestOfBytes("never sent") })).toMatchObject({ reason: "ARTIFACT_UNKNOWN" });
      expect(await attempt({ digest, trainingSetDigest: digestOfBytes("no rows") })).toEqual({
        reason: "ARTIFACT_UNKNOWN",
        paths: ["version.training_set_digest"],
      });
      expect(await attempt({ digest, signature })).toEqual({
        reason: "SIGNATURE_MISMATCH",
        paths: ["version.signature.inputs", "version.signature.outputs"],
      });
      expect(await attempt({ digest: await registry.upload(await fixture("zipmap")) })).toMatchObject({
        reason: "MODEL_INVALID",
      });
      expect(await attempt({ digest, run: "projects/other/runs/r" })).toMatchObject({ paths: ["version.run"] });
      expect(await attempt({ digest, format: ModelFormat.UNSPECIFIED })).toMatchObject({ paths: ["version.format"] });
      expect((await models.getModel({ name: parent })).model?.latestVersion).toBe(1n);
    });

    test("versions made at the same time are numbered without gaps, and a retry makes none", async () => {
      const { models } = registry;
      await models.createModel({ parent: "projects/p", modelId: "many" });
      const request = await opaque("many", "bytes");
      const made = await Promise.all(Array.from({ length: 20 }, () => models.createModelVersion(request)));
      const numbers = made.map((it) => Number(it.version?.version)).sort((a, b) => a - b);
      expect(numbers).toEqual(Array.from({ length: 20 }, (_, i) => i + 1));
      const once = { ...request, requestId: "once" };
      const [a, b] = await Promise.all([models.createModelVersion(once), models.createModelVersion(once)]);
      expect(a).toEqual(b);
      expect(a.version?.version).toBe(21n);
      expect(
        await failureOf(models.createModelVersion({ ...(await opaque("many", "others")), requestId: "once" })),
      ).toMatchObject({
        reason: "REQUEST_ID_REUSED",
      });
      const page = await models.listModelVersions({ parent: request.parent, pageSize: 15 });
      const rest = await models.listModelVersions({
        parent: request.parent,
        pageSize: 15,
        pageToken: page.nextPageToken,
      });
      expect([...page.versions, ...rest.versions].map((it) => Number(it.version))).toEqual(
        Array.from({ length: 21 }, (_, i) => 21 - i),
      );
    });

    test("of ten who move an alias away from the same version one wins", async () => {
      const { models, clock } = registry;
      await models.createModel({ parent: "projects/p", modelId: "raced" });
      for (const text of ["1", "2", "3"]) await models.createModelVersion(await opaque("raced", text));
      const model = "projects/p/models/raced";
      clock.timeMs = 2_000_000;
      await models.setModelAlias({ model, alias: "champion", version: 1n, expectedVersion: 0n, reason: "first" });
      clock.timeMs = 3_000_000;
      const moves = Array.from({ length: 10 }, (_, i) =>
        models.setModelAlias({
          model,
          alias: "champion",
          version: 2n + BigInt(i % 2),
          expectedVersion: 1n,
          reason: `${i}`,
        }),
      );
      const lost = (await Promise.allSettled(moves)).filter((it) => it.status === "rejected");
      const reasons = await Promise.all(lost.map((it) => failureOf(Promise.reject(it.reason))));
      expect(reasons.map((it) => it.reason)).toEqual(Array(9).fill("ALIAS_MOVED"));
      clock.timeMs = 4_000_000;
      await models.setModelAlias({ model, alias: "champion", version: 0n, reason: "retired" });
      const { changes } = await models.listAliasChanges({ model, alias: "champion" });
      expect(changes.map((it) => it.change?.revision)).toEqual([3n, 2n, 1n]);
      expect(changes.at(0)).toMatchObject({ version: 0n, change: { actor: "local", reason: "retired" } });
      const asOf = async (timeMs: number) =>
        (await models.getModel({ name: model, asOf: fromMs(timeMs) })).model?.aliases;
      expect(await asOf(2_500_000)).toEqual({ champion: 1n });
      expect(await asOf(3_500_000)).toEqual({ champion: changes[1]?.version });
      expect(await asOf(4_000_000)).toEqual({});
      expect((await models.getModel({ name: model })).model?.aliases).toEqual({});
      const named = await models.getModelVersion({ name: `${model}/versions/champion`, asOf: fromMs(2_000_000) });
      expect(named.version?.version).toBe(1n);
      expect(await failureOf(models.getModelVersion({ name: `${model}/versions/champion` }))).toMatchObject({
        reason: "NOT_FOUND",
      });
      expect((await models.getModelVersion({ name: `${model}/versions/latest` })).version?.version).toBe(3n);
    });

    test.each(["latest", "Latest", "v1", "V22", "__proto__"])("the alias %s is reserved", async (alias) => {
      const move = registry.models.setModelAlias({ model: "projects/p/models/raced", alias, version: 1n });
      expect(await failureOf(move)).toMatchObject({ reason: "ALIAS_RESERVED" });
    });

    test("an alias may be a number or of any letters; in the place of a version a number is the version's own", async () => {
      const { models } = registry;
      const model = "projects/p/models/raced";
      for (const alias of ["2", "2024-q1", "-x", "prod_é"]) await models.setModelAlias({ model, alias, version: 1n });
      const { aliases } = (await models.getModel({ name: model })).model ?? {};
      expect(aliases).toEqual({ "2": 1n, "2024-q1": 1n, "-x": 1n, prod_é: 1n });
      const numberOf = async (selector: string) =>
        (await models.getModelVersion({ name: `${model}/versions/${selector}` })).version?.version;
      for (const alias of ["2024-q1", "-x", "prod_é"]) expect(await numberOf(alias)).toBe(1n);
      expect(await numberOf("2")).toBe(2n);
      const twoSpellings = models.setModelAlias({ model, alias: "é".normalize("NFD"), version: 1n });
      expect(await failureOf(twoSpellings)).toMatchObject({ reason: "INVALID_FIELD" });
      for (const alias of Object.keys(aliases ?? {})) await models.setModelAlias({ model, alias, version: 0n });
    });

    test("texts of a model change under its etag, and only those that are masked", async () => {
      const { models } = registry;
      const { model } = await models.createModel({
        parent: "projects/p",
        modelId: "texts",
        model: { description: "old", tags: { a: "1" } },
      });
      const name = model?.name ?? "";
      const changed = await models.updateModel({
        model: { name, etag: model?.etag ?? "", description: "new", tags: { b: "2" } },
        updateMask: { paths: ["description"] },
      });
      expect(changed.model).toMatchObject({ description: "new", tags: { a: "1" }, etag: "2" });
      expect(await failureOf(models.updateModel({ model: { name, etag: "1", description: "x" } }))).toMatchObject({
        reason: "REVISION_CONFLICT",
      });
      expect(await failureOf(models.createModel({ parent: "projects/p", modelId: "texts" }))).toMatchObject({
        reason: "ALREADY_EXISTS",
      });
      const listed = await models.listModels({ parent: "projects/p", pageSize: 3 });
      expect(listed.models.map((it) => [it.name.split("/").at(-1), Number(it.latestVersion)])).toEqual([
        ["late", 1],
        ["many", 21],
        ["raced", 3],
      ]);
      expect(
        await failureOf(models.listModels({ parent: "projects/q", pageToken: listed.nextPageToken })),
      ).toMatchObject({
        reason: "BAD_PAGE_TOKEN",
      });
    });

    test("a model too large to be checked is refused before it is read", async () => {
      const small = await openRegistry(await surroundings(await database.empty()), {
        modelCheck: { modelBytesMax: 100 },
      });
      const registering = registerFixture(small, "m", "line");
      expect(await failureOf(registering)).toMatchObject({ reason: "MODEL_TOO_LARGE" });
    });
  });
}
