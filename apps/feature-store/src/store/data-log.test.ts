import { digestOfJson, pageTokens } from "@throughline/kernel";
import type { Store } from "@throughline/store";
import { everyDatabase } from "@throughline/testing";
import { beforeEach, describe, expect, test, vi } from "vitest";
import type { DataTags } from "../domain/data-tags.ts";
import { committed, type DataLog, type NewCompactedFile, type Rewrite, rowsOf } from "../domain/data-version.ts";
import type { Descriptions } from "../domain/description.ts";
import type { Generation, GenerationLog } from "../domain/generation-log.ts";
import type { NewSegment, Segment, SegmentLog } from "../domain/segment.ts";
import { sampleSource } from "../laws/sample-definitions.ts";
import { catalogStore } from "./catalog-store.ts";
import { all, SEGMENTS } from "./data-collections.ts";
import { dataLog } from "./data-log.ts";
import { dataTagStore } from "./data-tag-store.ts";
import { descriptionStore } from "./description-store.ts";
import { generationStore } from "./generation-store.ts";
import { segmentLog } from "./segment-log.ts";

const tokens = pageTokens(Buffer.from("a secret of the tests"));
const digest = digestOfJson("something");
const segment = (of: string, name: string): NewSegment => ({
  project: "p",
  source: of,
  digest: digestOfJson(name),
  sizeBytes: 1,
  rowCount: 1,
  skippedRowCount: 0,
  loadTimeMs: 1,
  eventTimeNs: { least: 1n, most: 2n ** 62n },
  loadedDigest: undefined,
});
const merged = (of: string, first: number, last: number): NewCompactedFile => ({
  project: "p",
  source: of,
  digest: digestOfJson(["merged", first, last]),
  sizeBytes: 1,
  rowCount: 2,
  rowsDigest: digest,
  parts: [{ digest, rowCount: 2, rowsDigest: digest }],
  first,
  last,
  isCompacted: true,
  eventTimeNs: undefined,
});
const rewrite = (kind: "revert" | "compaction", more: Partial<Rewrite>): Rewrite => ({
  project: "p",
  source: "s",
  kind,
  added: [],
  removed: [],
  actor: "a",
  reason: "",
  timeMs: 2,
  files: { closed: [], replaced: [], opened: [] },
  ...more,
});

/** The store, of which one collection is searched later. */
const readingLate = (store: Store, name: string, until: () => Promise<void>): Store => ({
  ...store,
  collection(definition) {
    const collection = store.collection(definition);
    if (definition.name !== name) return collection;
    return { ...collection, find: (query) => until().then(() => collection.find(query)) };
  },
});

/** Checks the laws of DataLog, and those of SegmentLog that are about reverts and compactions. */
function testDataLog(adapter: string, empty: () => Promise<Store>): void {
  describe(`DataLog laws: ${adapter}`, () => {
    let store: Store;
    let segments: SegmentLog;
    let log: DataLog;
    beforeEach(async () => {
      store = await empty();
      [segments, log] = [segmentLog(store), dataLog(store, tokens)];
      const catalog = catalogStore(store, tokens);
      for (const id of ["s", "t"]) await store.batch(catalog.sources.adding(sampleSource(id)));
      for (const [of, name] of [
        ["s", "a"],
        ["t", "b"],
        ["s", "c"],
        ["s", "d"],
      ] as const)
        await store.batch((await segments.committing(segment(of, name))).writes);
    });
    const apply = async (it: Rewrite, dataVersion: number) => {
      const { commit, writes } = await log.rewriting(it, dataVersion);
      await store.batch(writes);
      return commit;
    };
    const live = async (dataVersion: number) =>
      (await segments.upTo("p", "s", dataVersion)).map((it) => [it.dataVersion, it.within]);
    const files = async (dataVersion: number) =>
      (await segments.files("p", "s", dataVersion)).map((it) => [it.first, it.last, it.isCompacted]);
    const at = async (dataVersion: number): Promise<Segment> => (await log.segment("p", dataVersion)) as Segment;

    test("an overlay that is read is read no more once it is folded, unless another one is read", async () => {
      const of = (overlay: string) => ({ project: "p", source: "s", overlay });
      const rows = { ...rowsOf([await at(1)]), generation: "g", overlay: "a" };
      await apply(rewrite("revert", { rows }), 5);
      const other = await log.folding(of("b"));
      expect(other).toEqual({ writes: [], reading: { generation: "g", overlay: "a", since: 5, folds: 0 } });
      const { writes, reading } = await log.folding(of("a"));
      expect(reading).toEqual({ generation: "g", since: 5, folds: 1 });
      await store.batch(writes);
      expect(await log.folding(of("a"))).toEqual({ writes: [], reading });
    });

    test("every data version has one commit, newest first", async () => {
      await apply(rewrite("compaction", { files: { closed: [], replaced: [1, 3], opened: [merged("s", 1, 3)] } }), 5);
      const page = await log.list("p", { size: 2, token: "" });
      const rest = await log.list("p", { size: 9, token: page.nextPageToken });
      const told = [...page.items, ...rest.items].map((it) => [it.dataVersion, it.kind, it.source]);
      expect(told).toEqual([
        [5, "compaction", "s"],
        [4, "push", "s"],
        [3, "push", "s"],
        [2, "push", "t"],
        [1, "push", "s"],
      ]);
      expect(rest.nextPageToken).toBe("");
      expect((await log.rewrites("p", 1, 5)).map((it) => it.dataVersion)).toEqual([5]);
      expect((await all(log.segments("p", 1, 3))).map((it) => it.dataVersion)).toEqual([2, 3]);
      expect(await all(log.projects())).toEqual(["p"]);
      expect(await log.get("p", 6)).toBeUndefined();
    });

    test("a compaction is read from its data version on, and earlier ones go on reading what they read", async () => {
      const file = merged("s", 1, 3);
      await apply(rewrite("compaction", { files: { closed: [], replaced: [1, 3], opened: [file] } }), 5);
      const own = [1, 3, 4].map((it) => [it, it, false]);
      expect([await files(4), await files(3), await files(Number.MAX_SAFE_INTEGER)]).toEqual([
        own,
        own.slice(0, 2),
        [
          [1, 3, true],
          [4, 4, false],
        ],
      ]);
      expect(await live(5)).toEqual([
        [1, file.digest],
        [3, file.digest],
        [4, undefined],
      ]);
      const next = merged("s", 1, 4);
      await apply(rewrite("compaction", { files: { closed: [file], replaced: [4], opened: [next] } }), 6);
      expect([await files(5), await files(6)]).toEqual([
        [
          [1, 3, true],
          [4, 4, false],
        ],
        [[1, 4, true]],
      ]);
      expect(await Promise.all([file.digest, next.digest, digest].map((it) => log.isReferred(it)))).toEqual([
        ...[true, true, false],
      ]);
    });

    test("what is read beside a compaction is of one state, in whatever order its parts are read", async () => {
      const file = merged("s", 4, 4);
      await apply(rewrite("compaction", { files: { closed: [], replaced: [4], opened: [file] } }), 5);
      const made = Promise.withResolvers<void>();
      let asked = 0;
      const isMade = () => {
        asked += 1;
        return made.promise;
      };
      const late = segmentLog(readingLate(store, SEGMENTS.name, isMade));
      const reading = Promise.all([
        late.upTo("p", "s", Number.MAX_SAFE_INTEGER),
        late.files("p", "s", Number.MAX_SAFE_INTEGER),
      ]);
      // Once of segments, and of their files twice: everything else is asked for by then.
      await vi.waitFor(() => expect(asked).toBe(3), { timeout: 60_000 });
      await apply(rewrite("compaction", { files: { closed: [], replaced: [1, 3], opened: [merged("s", 1, 3)] } }), 6);
      made.resolve();
      const [found, read] = await reading;
      expect(found.map((it) => it.within)).toEqual([undefined, undefined, file.digest]);
      expect(read.map((it) => it.first)).toEqual([1, 3, 4]);
    });

    test("a revert takes segments out and brings them back, and changes the source with it", async () => {
      const removed = [committed(await at(3))];
      const left = rowsOf([await at(1), await at(4)]);
      await apply(rewrite("revert", { removed, rows: { ...left, generation: "g" } }), 5);
      await apply(rewrite("revert", { added: removed, rows: { ...left, rowCount: 3, generation: "h" } }), 6);
      expect([await live(4), await live(5), await live(6)].map((it) => it.map(([version]) => version))).toEqual([
        [1, 3, 4],
        [1, 4],
        [1, 3, 4],
      ]);
      expect((await files(5)).map(([first]) => first)).toEqual([1, 4]);
      const there = await catalogStore(store, tokens).sources.get("p", "s");
      expect([there?.generation, there?.rowCount, there?.dataVersion]).toEqual(["h", 3, 4]);
      expect(there?.newestEventNs).toBe(2n ** 62n);
    });

    test("a rewrite of files that are others by now, or of a data version that is taken, fails", async () => {
      const first = rewrite("compaction", { files: { closed: [], replaced: [1, 3], opened: [merged("s", 1, 3)] } });
      const planned = await Promise.all([log.rewriting(first, 5), log.rewriting(first, 5)]);
      await store.batch(planned[0].writes);
      await expect(store.batch(planned[1].writes)).rejects.toMatchObject({
        reason: /REVISION_CONFLICT|ALREADY_EXISTS/,
      });
      await expect(log.rewriting(first, 5)).rejects.toMatchObject({ reason: "REVISION_CONFLICT" });
      await expect(log.rewriting(first, 6)).rejects.toMatchObject({ reason: "REVISION_CONFLICT" });
      const closing = rewrite("compaction", { files: { closed: [merged("s", 1, 4)], replaced: [], opened: [] } });
      await expect(log.rewriting(closing, 6)).rejects.toMatchObject({ reason: "REVISION_CONFLICT" });
    });
  });
}

/** Checks the laws of DataTags, Descriptions and GenerationLog. */
function testHistories(adapter: string, empty: () => Promise<Store>): void {
  describe(`DataTags, Descriptions and GenerationLog laws: ${adapter}`, () => {
    let store: Store;
    let tags: DataTags;
    let descriptions: Descriptions;
    let generations: GenerationLog;
    beforeEach(async () => {
      store = await empty();
      [tags, descriptions] = [dataTagStore(store, tokens), descriptionStore(store)];
      generations = generationStore(store);
    });
    const change = (timeMs: number) => ({ actor: "a", reason: "r", timeMs });
    const set = async (tag: string, dataVersion: number, timeMs: number) => {
      const moved = { project: "p", tag, dataVersion, change: change(timeMs) };
      await store.batch(await tags.setting(moved, await tags.get("p", tag)));
    };

    test("a tag is read as it is and as it was, and of two that move it one wins", async () => {
      await set("good", 1, 10);
      await set("good", 3, 20);
      await set("gone", 2, 30);
      await set("gone", 0, 40);
      expect([
        await tags.get("p", "good"),
        await tags.get("p", "good", 15),
        await tags.get("p", "good", 5),
      ]).toMatchObject([...[{ dataVersion: 3, revision: 2 }, { dataVersion: 1, revision: 1 }, undefined]]);
      expect((await tags.list("p", { size: 9, token: "" })).items.map((it) => it.tag)).toEqual(["good"]);
      const page = await tags.changes("p", "gone", { size: 1, token: "" });
      const rest = await tags.changes("p", "gone", { size: 1, token: page.nextPageToken });
      expect([...page.items, ...rest.items].map((it) => it.dataVersion)).toEqual([0, 2]);
      expect(await tags.naming("p", [1, 3])).toEqual(new Map([[3, ["good"]]]));
      const current = await tags.get("p", "good");
      const both = await Promise.all(
        [7, 8].map((it) => tags.setting({ project: "p", tag: "good", dataVersion: it, change: change(50) }, current)),
      );
      const moves = await Promise.allSettled(both.map((it) => store.batch(it)));
      expect(moves.map((it) => it.status).sort()).toEqual(["fulfilled", "rejected"]);
    });

    test("of two that describe one thing one wins, and things do not meet", async () => {
      const subject = { kind: "views", project: "p", id: "v" } as const;
      const said = { description: "d", owner: "o", tags: { "a.b": "$c" }, costNote: "", freshnessTargetNs: 2n ** 60n };
      const given = { current: undefined, change: change(1) };
      const both = await Promise.all([
        descriptions.setting(subject, said, given),
        descriptions.setting(subject, said, given),
      ]);
      const writes = await Promise.allSettled(both.map((it) => store.batch(it)));
      expect(writes.map((it) => it.status).sort()).toEqual(["fulfilled", "rejected"]);
      expect(await descriptions.get(subject)).toEqual({ value: said, revision: 1 });
      expect(await descriptions.get({ ...subject, kind: "services" })).toBeUndefined();
    });

    test("a generation is there until it is removed", async () => {
      const first = { project: "p", source: "s", generation: "", state: "retired", layouts: ["l"] } as const;
      await generations.put(first);
      await store.batch(generations.putting({ ...first, generation: "g", state: "current", since: 3 }));
      expect((await all(generations.everything())).map((it) => it.state).sort()).toEqual(["current", "retired"]);
      expect(await generations.get(first)).toEqual(first);
      await generations.remove(first);
      await generations.remove(first);
      expect((await all(generations.everything())).map((it) => it.generation)).toEqual(["g"]);
    });

    test("a generation that is prepared is either finished or given up, and never while somebody says that it is prepared", async () => {
      const made = (generation: string) =>
        ({ project: "p", source: "s", generation, state: "preparing", layouts: ["l"], timeMs: 1 }) as const;
      const [silent, told, finished]: readonly [Generation, Generation, Generation] = [made("a"), made("b"), made("c")];
      for (const it of [silent, told, finished]) await generations.put(it);
      await generations.touch(told, 2);
      expect(await generations.giveUp(told)).toBeUndefined();
      expect(await generations.get(told)).toEqual({ ...told, timeMs: 2 });
      const late = await generations.finishing({ ...silent, state: "current" });
      expect(await generations.giveUp(silent)).toEqual({ ...silent, state: "retired" });
      await expect(store.batch(late)).rejects.toMatchObject({ reason: "REVISION_CONFLICT" });
      await expect(generations.finishing({ ...silent, state: "current" })).rejects.toMatchObject({
        reason: "PREPARATION_GIVEN_UP",
      });
      await store.batch(await generations.finishing({ ...finished, state: "current" }));
      await generations.touch(finished, 3);
      expect(await generations.giveUp(finished)).toBeUndefined();
      expect(await generations.get(finished)).toEqual({ ...finished, state: "current" });
      expect(await generations.giveUp(made("none"))).toBeUndefined();
    });

    test("a generation that is prepared is retired by whoever prepared it, unless it is finished or gone", async () => {
      const made = (generation: string) =>
        ({ project: "p", source: "s", generation, state: "preparing", layouts: ["l"], timeMs: 1 }) as const;
      const [left, finished] = [made("a"), made("b")];
      for (const it of [left, finished]) await generations.put(it);
      // Somebody still says that it is prepared.
      await Promise.all([generations.touch(left, 2).catch(() => {}), generations.retire(left)]);
      expect(await generations.retire(left)).toMatchObject({ generation: "a", state: "retired" });
      await store.batch(await generations.finishing({ ...finished, state: "current", since: 3 }));
      expect(await generations.retire(finished)).toMatchObject({ state: "current", since: 3 });
      expect(await generations.get(finished)).toMatchObject({ state: "current" });
      expect(await generations.retire(made("none"))).toBeUndefined();
    });
  });
}

for (const database of everyDatabase()) {
  testDataLog(database.name, () => database.empty());
  testHistories(database.name, () => database.empty());
}
