import { ModelFormat } from "@throughline/contracts/throughline/registry/v1/model_pb";
import { ACTOR_HEADER, fromMs } from "@throughline/rpc";
import { everyDatabase } from "@throughline/testing";
import { beforeAll, describe, expect, test } from "vitest";
import {
  failureOf,
  makeRelease,
  openRegistry,
  type RegistryInProcess,
  registerFixture,
  surroundings,
} from "../registry-in-process.ts";

const as = (actor: string) => ({ headers: { [ACTOR_HEADER]: actor } });

for (const database of everyDatabase()) {
  describe(`what is said of versions on ${database.name}`, () => {
    let registry: RegistryInProcess;
    beforeAll(async () => {
      registry = await openRegistry(await surroundings(await database.empty()));
    });

    /** A model with as many versions without files. */
    const modelWith = async (modelId: string, count: number): Promise<string> => {
      const { model } = await registry.models.createModel({ parent: "projects/p", modelId });
      const parent = model?.name ?? "";
      for (let i = 0; i < count; i++)
        await registry.models.createModelVersion({ parent, version: { sourceUri: `models:/m-${i}` } }, as("ada"));
      return parent;
    };
    const stagesOf = async (parent: string) =>
      Object.fromEntries(
        (await registry.models.listModelVersions({ parent })).versions.map((it) => [Number(it.version), it.stage]),
      );

    test("a version that was registered by an address alone has no files yet, and is opaque", async () => {
      const parent = await modelWith("bare", 1);
      const { version } = await registry.models.getModelVersion({ name: `${parent}/versions/1` });
      expect(version).toMatchObject({
        format: ModelFormat.OPAQUE,
        files: [],
        sourceUri: "models:/m-0",
        stage: "None",
        etag: "1",
        actor: "ada",
      });
      expect(version?.digest).toMatch(/^sha256:/);
      expect(await failureOf(registry.models.createModelVersion({ parent, version: {} }))).toMatchObject({
        paths: ["version.digest"],
      });
    });

    test("tags, description and stage are one history, in which every instant can be asked for", async () => {
      const { models, clock } = registry;
      const parent = await modelWith("told", 1);
      const name = `${parent}/versions/1`;
      clock.timeMs += 1_000;
      const before = clock.timeMs;
      const tagged = await models.setModelVersionTags(
        { name, tags: { team: "a", "x.y": "$z" }, reason: "sort" },
        as("bob"),
      );
      expect(tagged.version).toMatchObject({ tags: { team: "a", "x.y": "$z" }, etag: "2" });
      clock.timeMs += 1_000;
      await models.setModelVersionTags({ name, tags: { team: "b" }, removedKeys: ["x.y", "none"], etag: "2" });
      const late = models.setModelVersionTags({ name, tags: { team: "c" }, etag: "2" });
      expect(await failureOf(late)).toMatchObject({ reason: "REVISION_CONFLICT" });
      clock.timeMs += 1_000;
      await models.updateModelVersion({
        version: { name, description: "good" },
        updateMask: { paths: ["description"] },
      });
      await models.transitionModelVersion({ name, stage: "production", expectedStage: "None", reason: "ship" });
      const { changes } = await models.listModelVersionChanges({ name });
      expect(changes.map((it) => [it.field, it.before, it.after, it.change?.revision])).toEqual([
        ["stage", "None", "Production", 5n],
        ["description", "", "good", 4n],
        ["tags.team", "a", "b", 3n],
        ["tags.x.y", "$z", "", 3n],
        ["tags.team", "", "a", 2n],
        ["tags.x.y", "", "$z", 2n],
        ["stage", "", "None", 1n],
      ]);
      expect(changes[4]?.change).toMatchObject({ actor: "bob", reason: "sort" });
      const paged: string[] = [];
      for (let pageToken = "", first = true; first || pageToken !== ""; first = false) {
        const page = await models.listModelVersionChanges({ name, pageSize: 3, pageToken });
        expect(page.changes.length).toBeLessThanOrEqual(3);
        paged.push(...page.changes.map((it) => it.field));
        pageToken = page.nextPageToken;
      }
      expect(paged).toEqual(changes.map((it) => it.field));
      const then = await models.getModelVersion({ name, asOf: fromMs(before) });
      expect(then.version).toMatchObject({ tags: { team: "a", "x.y": "$z" }, description: "", stage: "None" });
      expect(
        await failureOf(models.updateModelVersion({ version: { name }, updateMask: { paths: ["digest"] } })),
      ).toMatchObject({
        paths: ["update_mask"],
      });
    });

    test("a version moves between stages by compare-and-swap, and takes the place of others", async () => {
      const { models } = registry;
      const parent = await modelWith("staged", 4);
      const move = (version: number, stage: string, more: object = {}) =>
        models.transitionModelVersion({ name: `${parent}/versions/${version}`, stage, ...more });
      await move(1, "PRODUCTION");
      await move(2, "Production");
      await move(3, "canary");
      expect((await models.getModel({ name: parent })).model?.latestByStage).toEqual({
        None: 4n,
        Production: 2n,
        canary: 3n,
      });
      expect(await failureOf(move(3, "Production", { expectedStage: "Staging" }))).toMatchObject({
        reason: "STAGE_MOVED",
      });
      await move(4, "Production", { archiveExistingVersions: true, reason: "better" });
      expect(await stagesOf(parent)).toEqual({ 1: "Archived", 2: "Archived", 3: "canary", 4: "Production" });
      expect((await models.getModel({ name: parent })).model?.latestByStage).toEqual({
        Archived: 2n,
        Production: 4n,
        canary: 3n,
      });
      await move(4, "Production");
      expect((await models.listModelVersionChanges({ name: `${parent}/versions/4` })).changes).toHaveLength(2);
      await move(2, "Staging");
      expect((await models.getModel({ name: parent })).model?.latestByStage["Archived"]).toBe(1n);
    });

    test("of twenty who move a version out of the same stage one wins", async () => {
      const parent = await modelWith("pushed", 1);
      const moves = Array.from({ length: 20 }, (_, i) =>
        registry.models.transitionModelVersion({ name: `${parent}/versions/1`, stage: `s${i}`, expectedStage: "None" }),
      );
      const results = await Promise.allSettled(moves);
      const lost = results.flatMap((it) => (it.status === "rejected" ? [it.reason] : []));
      const reasons = await Promise.all(lost.map((it) => failureOf(Promise.reject(it))));
      expect(reasons.map((it) => it.reason)).toEqual(Array(19).fill("STAGE_MOVED"));
    });

    test("nobody approves what they registered, and the last word of each counts", async () => {
      const { models } = registry;
      const name = `${await modelWith("judged", 1)}/versions/1`;
      expect(await failureOf(models.approveModelVersion({ name, approved: true }, as("ada")))).toMatchObject({
        reason: "OWN_VERSION",
      });
      await models.approveModelVersion({ name, approved: false, reason: "wait" }, as("ada"));
      await models.approveModelVersion({ name, approved: false, reason: "no" }, as("bob"));
      const { version } = await models.approveModelVersion({ name, approved: true, reason: "yes" }, as("bob"));
      expect(version?.approvals).toMatchObject([
        { actor: "ada", approved: false, reason: "wait" },
        { actor: "bob", approved: true, reason: "yes" },
      ]);
      const { changes } = await models.listModelVersionChanges({ name });
      expect(changes[0]).toMatchObject({ field: "approvals.bob", before: "against: no", after: "for: yes" });
    });

    test("a deleted version is gone with its aliases, its number is not used again, and its past stays", async () => {
      const { models, clock } = registry;
      const parent = await modelWith("shrunk", 3);
      const name = `${parent}/versions/3`;
      await models.setModelAlias({ model: parent, alias: "champion", version: 3n });
      const before = clock.timeMs;
      clock.timeMs += 1_000;
      await models.deleteModelVersion({ name, reason: "wrong data" });
      expect(await failureOf(models.getModelVersion({ name }))).toMatchObject({ reason: "NOT_FOUND" });
      expect(await failureOf(models.deleteModelVersion({ name }))).toMatchObject({ reason: "NOT_FOUND" });
      const setting = models.setModelAlias({ model: parent, alias: "other", version: 3n });
      expect(await failureOf(setting)).toMatchObject({ reason: "NOT_FOUND" });
      const { model } = await models.getModel({ name: parent });
      expect(model).toMatchObject({ latestVersion: 2n, aliases: {}, latestByStage: { None: 2n } });
      expect((await models.listAliasChanges({ model: parent, alias: "champion" })).changes[0]).toMatchObject({
        version: 0n,
        change: { reason: "wrong data" },
      });
      const then = await models.getModelVersion({ name: `${parent}/versions/champion`, asOf: fromMs(before) });
      expect(then.version).toMatchObject({ name, aliases: ["champion"] });
      const { changes } = await models.listModelVersionChanges({ name });
      expect(changes[0]).toMatchObject({ field: "deleted", after: "true", change: { reason: "wrong data" } });
      const { version } = await models.createModelVersion({ parent, version: { sourceUri: "models:/next" } });
      expect(version?.version).toBe(4n);
      expect((await models.listModelVersions({ parent })).versions.map((it) => Number(it.version))).toEqual([4, 2, 1]);
    });

    test("what is part of a release is not deleted, whichever comes first", async () => {
      const { models } = registry;
      const name = await registerFixture(registry, "kept", "tree");
      await makeRelease(registry, name, 0.25);
      expect(await failureOf(models.deleteModelVersion({ name }))).toMatchObject({ reason: "IN_RELEASE" });
      expect(await failureOf(models.deleteModel({ name: "projects/p/models/kept" }))).toMatchObject({
        reason: "IN_RELEASE",
      });
      const raced = await registerFixture(registry, "contested", "tree");
      const [release, deletion] = await Promise.allSettled([
        makeRelease(registry, raced, 0.5),
        models.deleteModelVersion({ name: raced }),
      ]);
      expect([release.status, deletion.status].sort()).toEqual(["fulfilled", "rejected"]);
    });

    test("a copy keeps the content, says where it is from, and starts a life of its own", async () => {
      const { models } = registry;
      const source = await registerFixture(registry, "origin", "tree");
      await models.setModelVersionTags({ name: source, tags: { team: "a" } });
      await models.createModel({ parent: "projects/p", modelId: "target" });
      const parent = "projects/p/models/target";
      await models.setModelAlias({ model: "projects/p/models/origin", alias: "best", version: 1n });
      const original = (await models.getModelVersion({ name: source })).version;
      const aliased = "projects/p/models/origin/versions/best";
      const { version } = await models.createModelVersion(
        { parent, version: { source: { parent: aliased } } },
        as("bob"),
      );
      expect(version).toMatchObject({
        name: `${parent}/versions/1`,
        copiedFrom: source,
        source: { parent: source },
        actor: "bob",
        tags: { team: "a" },
        aliases: [],
        digest: original?.digest,
        format: ModelFormat.ONNX,
      });
      expect(version?.signature).toEqual(original?.signature);
      await makeRelease(registry, version?.name ?? "", 0.75);
      await registry.models.createModel({ parent: "projects/q", modelId: "m" });
      const across = models.createModelVersion({
        parent: "projects/q/models/m",
        version: { source: { parent: source } },
      });
      expect(await failureOf(across)).toMatchObject({ paths: ["version.source.parent"] });
    });
  });
}
