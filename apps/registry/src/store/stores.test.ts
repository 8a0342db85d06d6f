import type { Write } from "@throughline/store";
import { everyDatabase } from "@throughline/testing";
import { describe, expect, test } from "vitest";
import type { Deployment } from "../domain/deployment.ts";
import type { ModelVersion } from "../domain/model.ts";
import { aliasStore } from "./alias-store.ts";
import { deploymentStore } from "./deployment-store.ts";
import { modelStore } from "./model-store.ts";
import { releaseStore } from "./release-store.ts";
import { versionStore } from "./version-store.ts";

const change = (timeMs: number, reason = "") => ({ actor: "ada", reason, timeMs });
const record = (project: string) => ({ project, description: "", tags: { "a.b": "$c" }, createTimeMs: 1 });

const version = (number: number, createTimeMs = number): ModelVersion => ({
  name: `projects/p/models/m/versions/${number}`,
  model: "projects/p/models/m",
  version: number,
  digest: `sha256:${"0".repeat(64)}`,
  sizeBytes: 1,
  format: "ONNX",
  run: "",
  trainingSet: "",
  trainingSetDigest: "",
  description: "",
  signature: { inputs: [{ name: "X", datatype: "FP32", shape: [-1, 3] }], outputs: [] },
  onnx: {
    irVersion: 8,
    opsets: { "": 18, "ai.onnx.ml": 1 },
    operators: { ":Add": 2 },
    producer: "",
    parameterCount: 0,
  },
  metrics: { auc: 0.7, nothing: Number.NaN },
  actor: "ada",
  createTimeMs,
});

const state = (name: string, revision: number, timeMs = revision): Deployment => ({
  name: `projects/p/deployments/${name}`,
  project: "projects/p",
  traffic: [{ release: "projects/p/releases/r", weightBasisPoints: 10_000 }],
  strategy: "RECREATE",
  stickyKey: "",
  description: "",
  createTimeMs: 1,
  change: { ...change(timeMs), revision },
  restoresRevision: 0,
});

/** How many of these batches were applied. */
async function winners(batch: (writes: readonly Write[]) => Promise<unknown>, all: readonly (readonly Write[])[]) {
  const results = await Promise.allSettled(all.map((it) => batch(it)));
  return results.filter((it) => it.status === "fulfilled").length;
}

for (const database of everyDatabase()) {
  describe(`stores of the registry on ${database.name}`, () => {
    test("models are listed by name, page by page, and answer as of any time", async () => {
      const store = await database.empty();
      const models = modelStore(store);
      for (const [i, name] of ["b", "A", "a"].entries())
        await store.batch(await models.insert(`projects/p/models/${name}`, record("projects/p"), change(i + 1)));
      await store.batch(await models.insert("projects/q/models/a", record("projects/q"), change(9)));
      const first = await models.list("projects/p", { limit: 2 });
      expect(first.items.map((it) => it.name)).toEqual(["projects/p/models/A", "projects/p/models/a"]);
      const second = await models.list("projects/p", { limit: 2, after: first.next ?? "" });
      expect(second).toMatchObject({ items: [{ name: "projects/p/models/b" }] });
      expect(second.next).toBeUndefined();
      const [a] = first.items;
      if (!a) return expect.unreachable();
      await store.batch(models.replace(a, { ...a.record, description: "new" }, change(10)));
      expect((await models.get(a.name))?.record).toMatchObject({ description: "new", tags: { "a.b": "$c" } });
      expect((await models.get(a.name, 9))?.record.description).toBe("");
      expect(await models.get(a.name, 1)).toBeUndefined();
      await expect(store.batch(models.replace(a, a.record, change(11)))).rejects.toMatchObject({
        reason: "REVISION_CONFLICT",
      });
    });

    test("of ten writers of one version number one wins, and versions come back as they were", async () => {
      const store = await database.empty();
      const versions = versionStore(store);
      expect(await versions.newest("projects/p/models/m")).toEqual({ version: 0, timeMs: 0 });
      const none = { version: 0, timeMs: 0 };
      expect(
        await winners(
          store.batch,
          Array.from({ length: 10 }, () => versions.append(version(1), none)),
        ),
      ).toBe(1);
      const one = { version: 1, timeMs: 1 };
      expect(
        await winners(
          store.batch,
          Array.from({ length: 10 }, () => versions.append(version(2, 5), one)),
        ),
      ).toBe(1);
      expect(await versions.get("projects/p/models/m", 2)).toEqual(version(2, 5));
      expect(await versions.newest("projects/p/models/m")).toEqual({ version: 2, timeMs: 5 });
      expect(await versions.newest("projects/p/models/m", 4)).toEqual({ version: 1, timeMs: 1 });
      expect(await versions.newestOf(["projects/p/models/x", "projects/p/models/m"])).toEqual([0, 2]);
      expect((await versions.list("projects/p/models/m", { limit: 9 })).items.map((it) => it.version)).toEqual([2, 1]);
    });

    test("of ten writers that saw an alias alike one wins, and its history is dense", async () => {
      const store = await database.empty();
      const aliases = aliasStore(store);
      const set = async (number: number, timeMs: number) => {
        const current = await aliases.get("m", "champion");
        return aliases.set({ model: "m", alias: "champion", version: number }, current, change(timeMs));
      };
      const first = await Promise.all(Array.from({ length: 10 }, (_, i) => set(i + 1, 1)));
      expect(await winners(store.batch, first)).toBe(1);
      const second = await Promise.all(Array.from({ length: 10 }, () => set(0, 2)));
      expect(await winners(store.batch, second)).toBe(1);
      await store.batch(await set(7, 3));
      const history = await aliases.history("m", "champion", 100);
      expect(history.map((it) => it.change.revision)).toEqual([3, 2, 1]);
      expect(history.map((it) => it.version)).toEqual([7, 0, history[2]?.version]);
      expect((await aliases.all(["m"], 2)).map((it) => it.version)).toEqual([0]);
      expect(await aliases.all(["m"], 0)).toEqual([]);
      expect((await aliases.all(["other", "m"])).map((it) => it.version)).toEqual([7]);
    });

    test("a release is written once", async () => {
      const store = await database.empty();
      const releases = releaseStore(store);
      const release = (name: string, createTimeMs: number) => ({
        name: `projects/p/releases/${name}`,
        project: "projects/p",
        digest: `sha256:${"1".repeat(64)}` as const,
        manifest: {
          models: {},
          graph: { nodes: [], outputNode: "" },
          schemaDigest: "",
          baselineStatisticsDigest: "",
          certificateDigest: "",
          calibrationDigest: "",
          thresholds: { late: 0.5 },
        },
        description: "",
        actor: "ada",
        createTimeMs,
      });
      expect(
        await winners(
          store.batch,
          Array.from({ length: 5 }, () => releases.insert(release("a", 1))),
        ),
      ).toBe(1);
      await store.batch(releases.insert(release("b", 2)));
      expect((await releases.list("projects/p", { limit: 5 })).items).toEqual([release("b", 2), release("a", 1)]);
      expect(
        (await releases.getMany(["projects/p/releases/x", "projects/p/releases/a"])).map((it) => it?.name),
      ).toEqual([undefined, "projects/p/releases/a"]);
    });

    test("states of deployments make one dense feed, and of ten writers of one revision one wins", async () => {
      const store = await database.empty();
      const deployments = deploymentStore(store);
      expect(await deployments.lastSequence()).toBe(0);
      await store.batch(await deployments.append(state("a", 1)));
      await store.batch(await deployments.append(state("b", 1)));
      const writers = await Promise.all(Array.from({ length: 10 }, () => deployments.append(state("a", 2, 7))));
      expect(await winners(store.batch, writers)).toBe(1);
      expect(await deployments.feed(0, 9)).toEqual([
        { sequence: 1, state: state("a", 1) },
        { sequence: 2, state: state("b", 1) },
        { sequence: 3, state: state("a", 2, 7) },
      ]);
      expect((await deployments.feed(1, 1)).map((it) => it.sequence)).toEqual([2]);
      expect(await deployments.get("projects/p/deployments/a")).toEqual(state("a", 2, 7));
      expect(await deployments.get("projects/p/deployments/a", 6)).toEqual(state("a", 1));
      expect(await deployments.get("projects/p/deployments/a", 0)).toBeUndefined();
      expect(await deployments.atRevision("projects/p/deployments/a", 1)).toEqual(state("a", 1));
      expect(await deployments.history("projects/p/deployments/a", 1)).toEqual([state("a", 2, 7)]);
      expect((await deployments.list(undefined, { limit: 1 })).items).toEqual([state("a", 2, 7)]);
    });
  });
}
