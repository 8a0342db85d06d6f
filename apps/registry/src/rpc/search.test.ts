import { everyDatabase } from "@throughline/testing";
import { beforeAll, describe, expect, test } from "vitest";
import { failureOf, openRegistry, type RegistryInProcess, surroundings } from "../registry-in-process.ts";

for (const database of everyDatabase()) {
  describe(`searching the registry on ${database.name}`, () => {
    let registry: RegistryInProcess;
    beforeAll(async () => {
      registry = await openRegistry(await surroundings(await database.empty()));
      const { models, clock } = registry;
      for (const [i, title] of ["delta", "Alpha", "beta%x", "alpha two", "Gamma"].entries()) {
        clock.timeMs += 10;
        const tags = { team: i % 2 === 0 ? "even" : "odd" };
        const model = { displayName: title, tags, description: i === 4 ? "last" : "" };
        await models.createModel({ parent: "projects/p", modelId: `m${i}`, model });
        const parent = `projects/p/models/m${i}`;
        for (let v = 0; v <= i; v++) {
          clock.timeMs += 10;
          const version = { sourceUri: `s3://x/${i}/${v}`, run: `projects/p/runs/r${i}`, tags: { n: `${v}` } };
          await models.createModelVersion({ parent, version });
        }
      }
      clock.timeMs += 10;
      await models.setModelAlias({ model: "projects/p/models/m3", alias: "champion", version: 2n });
      await models.transitionModelVersion({ name: "projects/p/models/m4/versions/1", stage: "Production" });
      await models.createModel({ parent: "projects/q", modelId: "m0", model: { displayName: "delta" } });
    });

    const titles = async (filter: string, orderBy: string[] = []) => {
      const found: string[] = [];
      for (let pageToken = "", first = true; first || pageToken !== ""; first = false) {
        const page = await registry.models.searchModels({
          parent: "projects/p",
          filter,
          orderBy,
          pageSize: 2,
          pageToken,
        });
        found.push(...page.models.map((it) => it.displayName));
        pageToken = page.nextPageToken;
      }
      return found;
    };
    const versions = async (filter: string, orderBy: string[] = []) => {
      const found: string[] = [];
      for (let pageToken = "", first = true; first || pageToken !== ""; first = false) {
        const page = await registry.models.searchModelVersions({
          parent: "projects/p",
          filter,
          orderBy,
          pageSize: 4,
          pageToken,
        });
        found.push(...page.versions.map((it) => it.name.replace(/^.*models\/m(\d)\/versions\//, "$1.")));
        pageToken = page.nextPageToken;
      }
      return found;
    };

    test.each([
      ["", [], ["Alpha", "Gamma", "alpha two", "beta%x", "delta"]],
      ["name = 'Alpha'", [], ["Alpha"]],
      ["name LIKE 'alpha%'", [], ["alpha two"]],
      ["name ILIKE 'alpha%'", [], ["Alpha", "alpha two"]],
      ["name LIKE '%eta%'", [], ["beta%x"]],
      ["tags.team = 'odd'", ["name DESC"], ["alpha two", "Alpha"]],
      ["tags.team != 'odd' AND name != 'delta'", [], ["Gamma", "beta%x"]],
      ["name IN ('delta', 'Gamma') OR tags.team = 'odd'", [], ["Alpha", "Gamma", "alpha two", "delta"]],
      ["description IS NOT NULL", [], ["Gamma"]],
      ["aliases = 'champion'", [], ["alpha two"]],
      ["", ["creation_timestamp DESC"], ["Gamma", "alpha two", "beta%x", "Alpha", "delta"]],
      ["", ["last_updated_timestamp DESC"], ["Gamma", "alpha two", "beta%x", "Alpha", "delta"]],
      ["name = 'no such'", [], []],
    ])("models by %j in the order %j", async (filter, orderBy, expected) => {
      expect(await titles(filter, orderBy)).toEqual(expected);
    });

    test.each([
      ["name = 'delta'", [], ["0.1"]],
      ["run_id = 'r2'", [], ["2.3", "2.2", "2.1"]],
      ["run_id = 'r2' AND version_number > 1", ["version_number ASC"], ["2.2", "2.3"]],
      ["source_path = 's3://x/3/0'", [], ["3.1"]],
      ["stage = 'Production'", [], ["4.1"]],
      ["aliases = 'champion'", [], ["3.2"]],
      ["tags.n = '3'", ["name"], ["4.4", "3.4"]],
      ["name LIKE '%lpha%' AND tags.n = '0'", ["name DESC"], ["3.1", "1.1"]],
      ["name = 'no such'", [], []],
      ["user_id = 'local' AND version_number = 5", [], ["4.5"]],
    ])("versions by %j in the order %j", async (filter, orderBy, expected) => {
      expect(await versions(filter, orderBy)).toEqual(expected);
    });

    test("all versions come last changed first, each once", async () => {
      const all = await versions("");
      expect(all.slice(0, 3)).toEqual(["4.1", "4.5", "4.4"]);
      expect(new Set(all).size).toBe(15);
      expect(all).toHaveLength(15);
    });

    test.each([
      "name =",
      "name = 'a",
      "metrics.auc > 1",
      "nome = 'a'",
      `${"(".repeat(200)}name = 'a'`,
      "name = 'a'; DROP TABLE x",
    ])("the filter %j is refused", async (filter) => {
      const { reason } = await failureOf(registry.models.searchModels({ parent: "projects/p", filter }));
      expect(reason).toMatch(/^FILTER_/);
    });

    test("a page token belongs to its search", async () => {
      const { models } = registry;
      const { nextPageToken: pageToken } = await models.searchModels({ parent: "projects/p", pageSize: 1 });
      const other = models.searchModels({ parent: "projects/p", filter: "name = 'a'", pageSize: 1, pageToken });
      expect(await failureOf(other)).toMatchObject({ reason: "BAD_PAGE_TOKEN" });
    });
  });
}
