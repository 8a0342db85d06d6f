import type { Write } from "@throughline/store";
import { everyDatabase } from "@throughline/testing";
import { describe, expect, test } from "vitest";
import type { Deployment } from "../domain/deployment.ts";
import type { VersionContent } from "../domain/model.ts";
import { emptyHead } from "../domain/model-head.ts";
import type { StoredHead, VersionRecord } from "../domain/model-store.ts";
import { aliasStore } from "./alias-store.ts";
import { deploymentStore } from "./deployment-store.ts";
import { headStore } from "./head-store.ts";
import { modelStore } from "./model-store.ts";
import { releaseStore } from "./release-store.ts";
import { versionStore } from "./version-store.ts";

const change = (timeMs: number, reason = "") => ({ actor: "ada", reason, timeMs });
const record = (project: string, displayName: string) => ({
  project,
  displayName,
  description: "",
  tags: { "a.b": "$c" },
  createTimeMs: 1,
});

const MODEL = "projects/p/models/m";
const nameOf = (number: number): string => `${MODEL}/versions/${number}`;

const content = (number: number): VersionContent => ({
  name: nameOf(number),
  model: MODEL,
  version: number,
  digest: `sha256:${"0".repeat(64)}`,
  sizeBytes: 1,
  format: "ONNX",
  opaqueReason: "",
  run: "",
  trainingSet: "",
  trainingSetDigest: "",
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
  createTimeMs: number,
  files: [{ path: "a/b.c", digest: `sha256:${"1".repeat(64)}`, sizeBytes: 2 }],
  copiedFrom: "",
  runLink: "",
  sourceUri: "",
});

const said = (number: number, stage = "None"): VersionRecord => ({
  project: "projects/p",
  model: MODEL,
  version: number,
  run: "",
  sourceUri: "",
  author: "ada",
  description: "",
  tags: { "x.y": "$z" },
  stage,
  approvals: [],
  createTimeMs: number,
  updateTimeMs: number,
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
      for (const [i, name] of ["b", "A", "a"].entries()) {
        const value = record("projects/p", name);
        await store.batch(await models.insert(`projects/p/models/${name}`, value, change(i + 1)));
      }
      await store.batch(await models.insert("projects/q/models/a", record("projects/q", "a"), change(9)));
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

    test("a display name belongs to one model of a project until it is given back", async () => {
      const store = await database.empty();
      const models = modelStore(store);
      const insert = async (name: string, title: string) =>
        store.batch(await models.insert(`projects/p/models/${name}`, record("projects/p", title), change(1)));
      await insert("a", "Title");
      await expect(insert("b", "Title")).rejects.toMatchObject({ reason: "ALREADY_EXISTS" });
      for (const title of ["Other", "Title", "Other"]) {
        const stored = await models.get("projects/p/models/a");
        if (!stored) return expect.unreachable();
        await store.batch(models.replace(stored, { ...stored.record, displayName: title }, change(2)));
        expect(await models.named("projects/p", title)).toBe("projects/p/models/a");
      }
      await insert("b", "Title");
      const stored = await models.get("projects/p/models/b");
      if (!stored) return expect.unreachable();
      await store.batch(models.remove(stored, change(3)));
      expect(await models.named("projects/p", "Title")).toBeUndefined();
      await insert("b", "Title");
      expect((await models.history("projects/p/models/b", { limit: 9 })).items).toHaveLength(3);
    });

    test("of ten writers of one version number one wins, and versions come back as they were", async () => {
      const store = await database.empty();
      const [heads, versions] = [headStore(store), versionStore(store)];
      const append = async (number: number, current: StoredHead | undefined) => [
        ...(await heads.set(
          MODEL,
          { ...emptyHead("projects/p"), newest: number },
          { ...(current && { current }), change: change(number) },
        )),
        ...(await versions.insert(content(number), said(number), change(number))),
      ];
      for (const number of [1, 2]) {
        const current = await heads.get(MODEL);
        const writers = await Promise.all(Array.from({ length: 10 }, () => append(number, current)));
        expect(await winners(store.batch, writers)).toBe(1);
      }
      expect(await versions.content(nameOf(2))).toEqual(content(2));
      expect(await versions.contents([nameOf(9), nameOf(1)])).toEqual([undefined, content(1)]);
      expect((await heads.get(MODEL))?.record.newest).toBe(2);
      expect((await heads.get(MODEL, 1))?.record.newest).toBe(1);
      expect((await heads.getMany(["x", MODEL])).map((it) => it?.record.newest)).toEqual([undefined, 2]);
      const listed = await versions.list(MODEL, 1, { limit: 9 });
      expect(listed.items.map((it) => it.record)).toEqual([said(2), said(1)]);
      expect((await versions.list(MODEL, 2, { limit: 9 })).items).toHaveLength(1);
    });

    test("what is said of a version has a history, is found by stage, and can be removed", async () => {
      const store = await database.empty();
      const versions = versionStore(store);
      for (const number of [1, 2, 3])
        await store.batch(await versions.insert(content(number), said(number), change(number)));
      const stored = await versions.get(nameOf(2));
      if (!stored) return expect.unreachable();
      const moves = Array.from({ length: 5 }, (_, i) => versions.replace(stored, said(2, `s${i}`), change(10)));
      expect(await winners(store.batch, moves)).toBe(1);
      const inStage = await versions.inStage(MODEL, "None", { from: 1, limit: 9 });
      expect(inStage.map((it) => it.record.version)).toEqual([3, 1]);
      expect((await versions.get(nameOf(2), 9))?.record.stage).toBe("None");
      const moved = await versions.get(nameOf(2));
      if (!moved) return expect.unreachable();
      await store.batch(versions.remove(moved, change(11)));
      expect(await versions.get(nameOf(2))).toBeUndefined();
      expect((await versions.get(nameOf(2), 10))?.revision).toBe(2);
      expect(await versions.content(nameOf(2))).toEqual(content(2));
      const { items } = await versions.history(nameOf(2), { limit: 9 });
      expect(items.map((it) => [it.change.revision, it.record?.stage])).toEqual([
        [3, undefined],
        [2, moved.record.stage],
        [1, "None"],
      ]);
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
      const { items } = await aliases.history("m", "champion", { limit: 100 });
      expect(items.map((it) => it.change.revision)).toEqual([3, 2, 1]);
      expect(items.map((it) => it.version)).toEqual([7, 0, items[2]?.version]);
      expect([await aliases.count("m"), await aliases.count("other")]).toEqual([1, 0]);
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
