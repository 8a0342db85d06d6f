import { fromMs, toMs } from "@throughline/rpc";
import { everyDatabase } from "@throughline/testing";
import { beforeAll, describe, expect, test } from "vitest";
import {
  failureOf,
  openRegistry,
  type RegistryInProcess,
  type Surroundings,
  surroundings,
} from "../registry-in-process.ts";

for (const database of everyDatabase()) {
  describe(`the life of models on ${database.name}`, () => {
    let registry: RegistryInProcess;
    let shared: Surroundings;
    beforeAll(async () => {
      shared = await surroundings(await database.empty());
      registry = await openRegistry(shared);
    });
    const create = (modelId: string, displayName = "") =>
      registry.models.createModel({ parent: "projects/p", modelId, model: { displayName } });

    test("a display name is unique in its project in every spelling, can change, and is free again", async () => {
      const { models } = registry;
      const { model } = await create("late", "Vers\u0065\u0301e");
      expect(model?.displayName).toBe("Vers\u00e9e");
      expect((await create("plain")).model?.displayName).toBe("plain");
      expect(await failureOf(create("second", "Vers\u00e9e"))).toMatchObject({ reason: "DISPLAY_NAME_TAKEN" });
      await models.createModel({ parent: "projects/q", modelId: "late", model: { displayName: "Versée" } });
      const name = model?.name ?? "";
      const rename = (displayName: string) =>
        models.updateModel({
          model: { name, displayName },
          updateMask: { paths: ["display_name"] },
          reason: "clearer",
        });
      expect(await failureOf(rename("plain"))).toMatchObject({ reason: "DISPLAY_NAME_TAKEN" });
      await rename("Delays");
      await create("second", "Versée");
      await models.deleteModel({ name: "projects/p/models/second" });
      await rename("Versée");
      const byName = async (displayName: string) =>
        (await models.listModels({ parent: "projects/p", displayName })).models.map((it) => it.name);
      expect(await byName("Verse\u0301e")).toEqual([name]);
      expect(await byName("Delays")).toEqual([]);
      const { changes } = await models.listModelChanges({ name });
      expect(changes.map((it) => [it.field, it.before, it.after, it.change?.reason])).toEqual([
        ["display_name", "Delays", "Versée", "clearer"],
        ["display_name", "Versée", "Delays", "clearer"],
        ["display_name", "", "Versée", ""],
      ]);
    });

    test("a display name has as many characters as MLflow's, however many bytes those take", async () => {
      const displayName = "\u{1d4b3}".repeat(256);
      const { model } = await create("wide", displayName);
      expect((await registry.models.listModels({ parent: "projects/p", displayName })).models).toEqual([model]);
      expect(await failureOf(create("wider", displayName))).toMatchObject({ reason: "DISPLAY_NAME_TAKEN" });
    });

    test.each(["a/b", "a:b", "a\u0000", "a\nb", "\u202eab", "  ", "é".repeat(257)])(
      "the display name %j is refused",
      async (displayName) => {
        expect((await failureOf(create("refused", displayName))).paths).toEqual(["model.display_name"]);
      },
    );

    test("tags are set and removed, and every change is kept beside those of aliases", async () => {
      const { models, clock } = registry;
      const { model } = await create("tagged");
      const name = model?.name ?? "";
      await models.createModelVersion({ parent: name, version: { sourceUri: "models:/1" } });
      clock.timeMs += 10;
      await models.setModelTags({ name, tags: { team: "a", __proto__x: "1" }, etag: "1", reason: "sort" });
      clock.timeMs += 10;
      await models.setModelAlias({ model: name, alias: "constructor", version: 1n, reason: "best" });
      clock.timeMs += 10;
      await models.setModelTags({ name, removedKeys: ["team"] });
      expect(await failureOf(models.setModelTags({ name, tags: { x: "" }, etag: "1" }))).toMatchObject({
        reason: "REVISION_CONFLICT",
      });
      const { changes } = await models.listModelChanges({ name });
      expect(changes.map((it) => [it.field, it.before, it.after])).toEqual([
        ["tags.team", "a", ""],
        ["aliases.constructor", "", "1"],
        ["tags.__proto__x", "", "1"],
        ["tags.team", "", "a"],
        ["display_name", "", "tagged"],
      ]);
      const first = await models.listModelChanges({ name, pageSize: 3 });
      const rest = await models.listModelChanges({ name, pageSize: 3, pageToken: first.nextPageToken });
      expect([...first.changes, ...rest.changes]).toEqual(changes);
      const now = (await models.getModel({ name })).model;
      expect(now).toMatchObject({ tags: { __proto__x: "1" }, aliases: { constructor: 1n }, etag: "3" });
      expect(now?.updateTime && toMs(now.updateTime)).toBe(clock.timeMs);
    });

    test("a deleted model is gone with everything, its past stays, and numbers go on", async () => {
      const { models, clock } = registry;
      const { model } = await create("old", "Old");
      const name = model?.name ?? "";
      for (const n of [1, 2, 3])
        await models.createModelVersion({ parent: name, version: { sourceUri: `models:/${n}` } });
      await models.setModelAlias({ model: name, alias: "champion", version: 2n });
      const before = clock.timeMs;
      clock.timeMs += 100;
      await models.deleteModel({ name, reason: "not needed" });
      const version = `${name}/versions/2`;
      for (const gone of [
        () => models.getModel({ name }),
        () => models.getModelVersion({ name: version }),
        () => models.deleteModel({ name }),
      ])
        expect(await failureOf(gone())).toMatchObject({ reason: "NOT_FOUND" });
      expect((await models.searchModelVersions({ parent: "projects/p", filter: "name = 'Old'" })).versions).toEqual([]);
      const then = await models.getModel({ name, asOf: fromMs(before) });
      expect(then.model).toMatchObject({ aliases: { champion: 2n }, latestVersion: 3n, displayName: "Old" });
      const named = await models.getModelVersion({ name: `${name}/versions/champion`, asOf: fromMs(before) });
      expect(named.version?.name).toBe(version);
      clock.timeMs += 100;
      const unused = (modelId: string) =>
        models.createModel({ parent: "projects/p", modelId, model: { displayName: "Anew" }, unusedId: true });
      expect(await failureOf(unused("old"))).toMatchObject({ reason: "ALREADY_EXISTS" });
      expect((await unused("old-2")).model?.name).toBe("projects/p/models/old-2");
      expect((await create("old", "Old")).model).toMatchObject({ latestVersion: 0n, aliases: {} });
      expect(await failureOf(models.getModelVersion({ name: version }))).toMatchObject({ reason: "NOT_FOUND" });
      const next = await models.createModelVersion({ parent: name, version: { sourceUri: "models:/4" } });
      expect(next.version?.version).toBe(4n);
      expect((await models.listModelVersions({ parent: name })).versions).toHaveLength(1);
      expect((await models.listModelChanges({ name })).changes.map((it) => it.field)).toContain("deleted");
    });

    test("of fifty who move an alias at once one wins each round, and every instant can be asked for", async () => {
      const { clock } = registry;
      const replicas = [registry, await openRegistry(shared)];
      const { model } = await create("raced");
      const name = model?.name ?? "";
      for (const n of [1, 2, 3])
        await registry.models.createModelVersion({ parent: name, version: { sourceUri: `models:/${n}` } });
      const rounds: { timeMs: number; version: bigint }[] = [];
      for (let round = 0; round < 4; round++) {
        clock.timeMs += 1_000;
        const expectedVersion = rounds.at(-1)?.version ?? 0n;
        const moves = Array.from({ length: 50 }, (_, i) => {
          const version = BigInt(((Number(expectedVersion) + (i % 2)) % 3) + 1);
          const models = replicas[i % replicas.length]?.models ?? registry.models;
          return models.setModelAlias({
            model: name,
            alias: "champion",
            version,
            expectedVersion,
            reason: `${round}/${i}`,
          });
        });
        const results = await Promise.allSettled(moves);
        const won = results.flatMap((it) => (it.status === "fulfilled" ? [it.value] : []));
        const lost = results.flatMap((it) => (it.status === "rejected" ? [it.reason] : []));
        const reasons = new Set(
          (await Promise.all(lost.map((it) => failureOf(Promise.reject(it))))).map((it) => it.reason),
        );
        expect([won.length, [...reasons]]).toEqual([1, ["ALIAS_MOVED"]]);
        rounds.push({ timeMs: clock.timeMs, version: won[0]?.model?.aliases["champion"] ?? 0n });
      }
      const { changes } = await registry.models.listAliasChanges({ model: name, alias: "champion" });
      expect(changes.map((it) => [it.change?.revision, it.version])).toEqual(
        rounds.map((it, i) => [BigInt(i + 1), it.version]).reverse(),
      );
      for (const { timeMs, version } of rounds)
        for (const instant of [timeMs, timeMs + 999]) {
          const asOf = fromMs(instant);
          expect((await registry.models.getModel({ name, asOf })).model?.aliases).toEqual({ champion: version });
          const named = await registry.models.getModelVersion({ name: `${name}/versions/champion`, asOf });
          expect(named.version?.version).toBe(version);
        }
      const [first] = rounds;
      const beforeAny = fromMs((first?.timeMs ?? 0) - 1);
      expect((await registry.models.getModel({ name, asOf: beforeAny })).model?.aliases).toEqual({});
    });
  });
}
