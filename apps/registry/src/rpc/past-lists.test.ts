import { fromMs } from "@throughline/rpc";
import { everyDatabase } from "@throughline/testing";
import fc from "fast-check";
import { beforeAll, describe, expect, test } from "vitest";
import {
  failureOf,
  makeRelease,
  openRegistry,
  type RegistryInProcess,
  registerFixture,
  type Surroundings,
  surroundings,
} from "../registry-in-process.ts";

const MODELS = ["ash", "birch"] as const;

/** What people do to models; some of it is refused, as when a model is not there. */
const action = fc.record({
  what: fc.constantFrom("create", "register", "register", "name", "alias", "tag", "stage", "remove", "gate", "delete"),
  model: fc.constantFrom(...MODELS),
  number: fc.integer({ min: 1, max: 3 }),
});
type Action = typeof action extends fc.Arbitrary<infer T> ? T : never;

for (const database of everyDatabase()) {
  describe(`lists of the past on ${database.name}`, () => {
    let shared: Surroundings;
    let registry: RegistryInProcess;
    beforeAll(async () => {
      shared = await surroundings(await database.empty());
      registry = await openRegistry(shared);
    });

    const take = async ({ what, model, number }: Action, parent: string): Promise<unknown> => {
      const { models, gates } = registry;
      const name = `${parent}/models/${model}`;
      const version = `${name}/versions/${number}`;
      switch (what) {
        case "create":
          return models.createModel({ parent, modelId: model });
        case "register":
          return models.createModelVersion({ parent: name, version: { sourceUri: `models:/${number}` } });
        case "name":
          return models.updateModel({
            model: { name, displayName: `${model} ${number}` },
            updateMask: { paths: ["display_name"] },
          });
        case "alias":
          return models.setModelAlias({ model: name, alias: "champion", version: BigInt(number) });
        case "tag":
          await models.setModelTags({ name, tags: { owner: String(number) } });
          return models.setModelVersionTags({ name: version, tags: { owner: String(number) } });
        case "stage":
          return models.transitionModelVersion({ name: version, stage: "Staging" });
        case "remove":
          return models.deleteModelVersion({ name: version });
        case "gate": {
          const condition = { case: "metric" as const, value: { metric: "auc", threshold: number / 10 } };
          const targets = ["stages/Production"];
          return gates.setGate({ gate: { name: `${name}/gates/auc`, targets, condition } });
        }
        default:
          return models.deleteModel({ name });
      }
    };

    /** Every list of a project, followed through its pages. */
    const lists = async (parent: string, instantMs?: number) => {
      const { models, gates } = registry;
      const then = instantMs === undefined ? {} : { asOf: fromMs(instantMs) };
      const all = async <P extends { readonly nextPageToken: string }, T>(
        read: (page: { readonly pageSize: number; readonly pageToken: string }) => Promise<P>,
        items: (page: P) => readonly T[],
      ): Promise<T[]> => {
        const found: T[] = [];
        for (let pageToken = "", isMore = true; isMore; isMore = pageToken !== "") {
          const page = await read({ pageSize: 2, pageToken });
          found.push(...items(page));
          pageToken = page.nextPageToken;
        }
        return found;
      };
      const versionsOf = (model: string) =>
        all(
          (page) => models.listModelVersions({ parent: `${parent}/models/${model}`, ...page, ...then }),
          (it) => it.versions,
        ).catch(async (error) => (await failureOf(Promise.reject(error))).reason);
      const gatesOf = async (model: string) =>
        (await gates.listGates({ parent: `${parent}/models/${model}`, ...then }).catch(() => ({ gates: [] }))).gates;
      const search = { parent, filter: "tag.owner != '2'", orderBy: ["last_updated_timestamp ASC"] };
      return {
        models: await all(
          (page) => models.listModels({ parent, ...page, ...then }),
          (it) => it.models,
        ),
        titled: (await models.listModels({ parent, displayName: "ash 2", ...then })).models,
        versions: await Promise.all(MODELS.map(versionsOf)),
        gates: await Promise.all(MODELS.map(gatesOf)),
        foundModels: await all(
          (page) => models.searchModels({ ...search, ...page, ...then }),
          (it) => it.models,
        ),
        foundVersions: await all(
          (page) => models.searchModelVersions({ ...search, orderBy: [], ...page, ...then }),
          (it) => it.versions,
        ),
      };
    };

    let round = 0;
    test("a list of an instant is what the list was then, whatever happened since", async () => {
      await fc.assert(
        fc.asyncProperty(fc.array(action, { minLength: 4, maxLength: 14 }), async (actions) => {
          round += 1;
          const parent = `projects/past-${round}`;
          const seen: { readonly timeMs: number; readonly lists: Awaited<ReturnType<typeof lists>> }[] = [];
          for (const it of [{ what: "create", model: "ash", number: 1 } as const, ...actions]) {
            shared.clock.timeMs += 10;
            await take(it, parent).catch(() => {});
            seen.push({ timeMs: shared.clock.timeMs, lists: await lists(parent) });
          }
          for (const { timeMs, lists: then } of seen) expect(await lists(parent, timeMs + 9)).toEqual(then);
          const before = await lists(parent, (seen[0]?.timeMs ?? 0) - 1);
          expect([before.models, before.foundVersions, before.versions]).toEqual([[], [], ["NOT_FOUND", "NOT_FOUND"]]);
        }),
        { numRuns: 12 },
      );
    });

    test("deployments are listed as they were", async () => {
      const { deployments } = registry;
      const version = await registerFixture(registry, "late", "line");
      const [first, second] = await Promise.all([0.1, 0.2].map((it) => makeRelease(registry, version, it)));
      const only = (release = "") => [{ release, weightBasisPoints: 10_000 }];
      const times: number[] = [];
      const tick = () => {
        shared.clock.timeMs += 10;
        times.push(shared.clock.timeMs);
      };
      const name = (id: string) => `projects/p/deployments/${id}`;
      for (const deploymentId of ["b", "a", "c"]) {
        tick();
        await deployments.createDeployment({
          parent: "projects/p",
          deploymentId,
          deployment: { traffic: only(first) },
        });
      }
      tick();
      await deployments.setTraffic({ name: name("a"), traffic: only(second) });
      const then = async (timeMs = 0) => {
        const asOf = fromMs(timeMs);
        const one = await deployments.listDeployments({ parent: "projects/p", pageSize: 1, asOf });
        const { nextPageToken: pageToken } = one;
        const rest =
          pageToken === ""
            ? []
            : (await deployments.listDeployments({ parent: "projects/p", pageToken, asOf })).deployments;
        return [...one.deployments, ...rest].map((it) => [it.name, it.traffic[0]?.release]);
      };
      expect(await then((times[0] ?? 0) - 1)).toEqual([]);
      expect(await then(times[0])).toEqual([[name("b"), first]]);
      expect(await then(times[2])).toEqual(["a", "b", "c"].map((it) => [name(it), first]));
      expect(await then(times[3])).toEqual([
        [name("a"), second],
        [name("b"), first],
        [name("c"), first],
      ]);
    });

    test("a page token of one instant is refused for another", async () => {
      const { models, clock } = registry;
      for (const modelId of ["one", "two"]) await models.createModel({ parent: "projects/tokens", modelId });
      const asOf = fromMs(clock.timeMs);
      const { nextPageToken: pageToken } = await models.listModels({ parent: "projects/tokens", pageSize: 1, asOf });
      expect(pageToken).not.toBe("");
      const other = models.listModels({ parent: "projects/tokens", pageSize: 1, pageToken });
      expect(await failureOf(other)).toMatchObject({ reason: "BAD_PAGE_TOKEN" });
    });
  });
}
