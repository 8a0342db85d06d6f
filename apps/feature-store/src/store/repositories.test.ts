import { digestOfJson, pageTokens } from "@throughline/kernel";
import type { Store } from "@throughline/store";
import { everyDatabase } from "@throughline/testing";
import { beforeEach, describe, expect, test } from "vitest";
import type { Catalog } from "../domain/catalog.ts";
import type { Entity } from "../domain/entity.ts";
import type { FeatureView } from "../domain/feature-view.ts";
import type { NewSegment, SegmentLog } from "../domain/segment.ts";
import type { TrainingSet, TrainingSets } from "../domain/training-set.ts";
import { sampleSource } from "../laws/sample-definitions.ts";
import { catalogStore } from "./catalog-store.ts";
import { segmentLog } from "./segment-log.ts";
import { trainingSetStore } from "./training-set-store.ts";

const tokens = pageTokens(Buffer.from("a secret of the tests"));
const digest = digestOfJson("something");
const entity = (id: string, project = "p"): Entity => ({
  project,
  id,
  keys: [],
  description: id,
  digest,
  createTimeMs: 1,
});
const view = (id: string, version: number, project = "p"): FeatureView => ({
  project,
  id,
  version,
  digest,
  entity: "e",
  source: "s",
  keyColumns: { "a.b": "$c" },
  keys: [],
  features: [],
  ttlNs: 2n ** 62n,
  description: "",
  owner: "",
  createTimeMs: version,
});
const segment = (of: string, rowCount: number): NewSegment => ({
  project: "p",
  source: of,
  digest,
  sizeBytes: 1,
  rowCount,
  skippedRowCount: 0,
  loadTimeMs: 1,
  eventTimeNs: { least: -1n, most: 2n ** 62n },
  loadedDigest: undefined,
});
const trainingSet = (id: string, createTimeMs: number, manifest = id): TrainingSet => ({
  project: "p",
  id,
  manifestDigest: digestOfJson(manifest),
  digest,
  fileDigest: digest,
  sizeBytes: 1,
  featureService: "f",
  featureServiceVersion: 1,
  featureServiceDigest: digest,
  spineDigest: digest,
  dataVersion: 1,
  rowCount: 1,
  columns: [],
  cutoffColumn: "t",
  labelColumns: [],
  segmentDigests: [],
  certificateDigest: digest,
  createTimeMs,
  certificate: {
    passed: true,
    seed: 1,
    sampledRowCount: 1,
    mismatchCount: 0,
    laterKnowledgeCount: 0,
    suspects: [],
    trainingSetDigest: digest,
  },
});

/** Checks the laws of Definitions and Versions. */
function testCatalog(adapter: string, empty: () => Promise<Store>): void {
  describe(`Catalog laws: ${adapter}`, () => {
    let store: Store;
    let catalog: Catalog;
    beforeEach(async () => {
      store = await empty();
      catalog = catalogStore(store, tokens);
    });
    const apply = async (id: string, text: string) => {
      const { applied, writes } = await catalog.views.applying({ ...view(id, 0), digest: digestOfJson(text) });
      if (writes.length > 0) await store.batch(writes);
      return applied.version;
    };

    test("definitions are listed by id, page by page, and projects never meet", async () => {
      for (const id of ["b", "a", "c"]) await store.batch(catalog.entities.adding(entity(id)));
      await store.batch(catalog.entities.adding(entity("a", "q")));
      const page = await catalog.entities.list("p", { size: 2, token: "" });
      expect(page.items.map((it) => it.id)).toEqual(["a", "b"]);
      const rest = await catalog.entities.list("p", { size: 2, token: page.nextPageToken });
      expect([rest.items.map((it) => it.id), rest.nextPageToken]).toEqual([["c"], ""]);
      await expect(catalog.entities.list("q", { size: 2, token: page.nextPageToken })).rejects.toMatchObject({
        reason: "BAD_PAGE_TOKEN",
      });
      expect(await catalog.entities.get("q", "b")).toBeUndefined();
      await expect(store.batch(catalog.entities.adding(entity("a")))).rejects.toMatchObject({
        reason: "ALREADY_EXISTS",
      });
    });

    test("a definition is changed from what it was read as, or not at all", async () => {
      const there = entity("a");
      await store.batch(catalog.entities.adding(there));
      const [mine, theirs] = ["mine", "theirs"].map((it) => ({ description: it, digest: digestOfJson(it) }));
      const late = await catalog.entities.changing(there, mine ?? {});
      await store.batch(await catalog.entities.changing(there, theirs ?? {}));
      const lost = { reason: "REVISION_CONFLICT" };
      await expect(store.batch(late)).rejects.toMatchObject(lost);
      await expect(catalog.entities.changing(there, mine ?? {})).rejects.toMatchObject(lost);
      expect((await catalog.entities.get("p", "a"))?.description).toBe("theirs");
    });

    test("of ten writers of one version one wins, and versions have no gaps", async () => {
      for (const round of ["a", "b", "c"]) {
        const planned = await Promise.all(
          Array.from({ length: 10 }, (_, i) =>
            catalog.views.applying({ ...view("v", 0), digest: digestOfJson(`${round}${i}`) }),
          ),
        );
        const writers = await Promise.allSettled(planned.map((it) => store.batch(it.writes)));
        expect(writers.filter((it) => it.status === "fulfilled")).toHaveLength(1);
      }
      expect((await catalog.views.current("p", "v"))?.version).toBe(3);
      expect(await catalog.views.get("p", "v", 2)).toMatchObject({
        ...view("v", 2),
        digest: expect.any(String),
        createTimeMs: 0,
      });
      expect(await catalog.views.get("p", "v", 4)).toBeUndefined();
    });

    test("an earlier definition that is applied again is current again, and the next one gets the next number", async () => {
      expect([await apply("v", "a"), await apply("v", "b"), await apply("v", "b"), await apply("v", "a")]).toEqual([
        1, 2, 2, 1,
      ]);
      expect((await catalog.views.current("p", "v"))?.version).toBe(1);
      expect([await apply("v", "c"), await apply("w", "a")]).toEqual([3, 1]);
    });

    test("a list has the current version of each id", async () => {
      for (const [id, text] of [
        ["w", "a"],
        ["v", "a"],
        ["v", "b"],
        ["V", "a"],
      ] as const)
        await apply(id, text);
      const { items } = await catalog.views.list("p", { size: 0, token: "" });
      expect(items.map((it) => [it.id, it.version])).toEqual([
        ["V", 1],
        ["v", 2],
        ["w", 1],
      ]);
    });
  });
}

/** Checks the laws of SegmentLog. */
function testSegmentLog(adapter: string, empty: () => Promise<Store>): void {
  describe(`SegmentLog laws: ${adapter}`, () => {
    let store: Store;
    let log: SegmentLog;
    beforeEach(async () => {
      store = await empty();
      log = segmentLog(store);
      const catalog = catalogStore(store, tokens);
      for (const id of ["s", "t"]) await store.batch(catalog.sources.adding(sampleSource(id)));
    });
    const commit = async (of: string, rows: number) => store.batch((await log.committing(segment(of, rows))).writes);

    test("data versions are dense over all sources, and each segment knows the one before it", async () => {
      for (const [of, rows] of [
        ["s", 3],
        ["t", 1],
        ["s", 4],
      ] as const)
        await commit(of, rows);
      expect(await log.newestVersion("p")).toBe(3);
      const found = await log.upTo("p", "s", 3);
      expect(found.map((it) => [it.dataVersion, it.previousDataVersion, it.rowCount])).toEqual([
        [1, 0, 3],
        [3, 1, 4],
      ]);
      expect(await log.upTo("p", "s", 2)).toHaveLength(1);
      expect(await log.newest(sampleSource("s"))).toEqual(found);
      const there = await catalogStore(store, tokens).sources.get("p", "s");
      expect([there?.rowCount, there?.dataVersion]).toEqual([7, 3]);
      expect(await log.newestVersion("q")).toBe(0);
    });

    test("of ten commits of one data version one succeeds", async () => {
      const planned = await Promise.all(
        Array.from({ length: 10 }, (_, i) => log.committing(segment(i % 2 ? "s" : "t", 1))),
      );
      const commits = await Promise.allSettled(planned.map((it) => store.batch(it.writes)));
      expect(commits.filter((it) => it.status === "fulfilled")).toHaveLength(1);
      expect(await log.newestVersion("p")).toBe(1);
    });
  });
}

/** Checks the laws of TrainingSets. */
function testTrainingSets(adapter: string, empty: () => Promise<Store>): void {
  describe(`TrainingSets laws: ${adapter}`, () => {
    let store: Store;
    let trainingSets: TrainingSets;
    beforeEach(async () => {
      store = await empty();
      trainingSets = trainingSetStore(store, tokens);
    });
    const add = (it: TrainingSet) => store.batch(trainingSets.adding(it));

    test("neither an id nor a manifest is there twice", async () => {
      await add(trainingSet("a", 1));
      await expect(add(trainingSet("a", 1, "other"))).rejects.toMatchObject({ reason: "ALREADY_EXISTS" });
      await expect(add(trainingSet("b", 1, "a"))).rejects.toMatchObject({ reason: "ALREADY_EXISTS" });
      expect(await trainingSets.get("p", "a")).toEqual(trainingSet("a", 1));
      expect((await trainingSets.ofManifest("p", digestOfJson("a")))?.id).toBe("a");
      expect(await trainingSets.ofManifest("q", digestOfJson("a"))).toBeUndefined();
    });

    test("the newest are listed first", async () => {
      for (const [id, time] of [
        ["a", 1],
        ["b", 3],
        ["c", 2],
      ] as const)
        await add(trainingSet(id, time));
      const page = await trainingSets.list("p", { size: 2, token: "" });
      const rest = await trainingSets.list("p", { size: 2, token: page.nextPageToken });
      expect([...page.items, ...rest.items].map((it) => it.id)).toEqual(["b", "c", "a"]);
    });
  });
}

for (const database of everyDatabase()) {
  testCatalog(database.name, () => database.empty());
  testSegmentLog(database.name, () => database.empty());
  testTrainingSets(database.name, () => database.empty());
}
