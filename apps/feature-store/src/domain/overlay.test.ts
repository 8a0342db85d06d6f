import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type BlobStore, fileBlobStore } from "@throughline/blobs";
import { digestOfJson, systemClock } from "@throughline/kernel";
import { openTables, type TableEngine } from "@throughline/tables";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { sampleSource, sampleView } from "../laws/sample-definitions.ts";
import { openLmdbOnlineStore } from "../store/lmdb-online-store.ts";
import { scratchFiles } from "../store/scratch-files.ts";
import { everyOnlineStore } from "../testing-online-stores.ts";
import type { KeptSegment } from "./data-version.ts";
import type { BoundService } from "./feature-service.ts";
import { bindService } from "./feature-service.ts";
import { foldOverlay } from "./fold-overlay.ts";
import { type Generations, generations } from "./generations.ts";
import { writeSegment } from "./load-source.ts";
import { materializer } from "./materialize.ts";
import { onlineLayout, seriesKinds, seriesOf } from "./online-layout.ts";
import type { OnlineStore } from "./online-store.ts";
import { detach, makeOverlay, settleHidden } from "./overlay.ts";
import type { NewScratch } from "./scratch.ts";
import type { SegmentLog } from "./segment.ts";

const digest = digestOfJson("a definition");
const SOURCE = sampleSource("s", {
  columns: [
    { name: "id", type: "int64", description: "" },
    { name: "n", type: "int64", description: "" },
    { name: "at", type: "timestamp", description: "" },
    { name: "known", type: "timestamp", description: "" },
  ],
  eventTimeColumn: "at",
  knowledgeTime: { kind: "column", column: "known" },
  skipRowsWithoutTime: false,
});
const aggregate = (name: string, fn: "sum" | "max") =>
  ({
    kind: "aggregate",
    name,
    function: fn,
    column: "n",
    windowNs: 1n << 60n,
    description: "",
    type: "int64",
  }) as const;
const VIEW = sampleView({
  features: [
    { kind: "column", name: "n", column: "n", description: "", type: "int64" },
    aggregate("sum", "sum"),
    { ...aggregate("max", "max"), columnType: "int64" } as never,
  ],
});
const LAYOUT = onlineLayout(VIEW);
const SERVICE: BoundService = bindService(
  {
    project: "p",
    id: "f",
    version: 1,
    digest,
    requestFeatures: [],
    description: "",
    createTimeMs: 1,
    views: [{ view: "v", version: 1, features: ["n", "sum", "max"], keyFields: {}, digest }],
    features: ["v__n", "v__sum", "v__max"],
  },
  [VIEW],
);
const signal = new AbortController().signal;
const QUIET = { signal, progress: () => {} };
const IDS = [0, 1, 2, 3];
const HOUR = 3_600_000_000_000n;
/** Within one tile, on their edges, and days apart; before 1970 too. */
const TIMES = [-30n * HOUR, -1n, 0n, 1n, HOUR / 2n, HOUR, 24n * HOUR - 1n, 24n * HOUR, 70n * HOUR, 71n * HOUR];

let folder: string;
let blobs: BlobStore;
let tables: TableEngine;
let newScratch: NewScratch;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "overlay-"));
  blobs = await fileBlobStore(join(folder, "blobs"));
  tables = await openTables({ dataDir: join(folder, "tables"), memoryLimitMiB: 512, threads: 2, processes: 2 });
  newScratch = await scratchFiles(join(folder, "scratch"));
});
afterAll(async () => {
  await tables.close();
  await rm(folder, { recursive: true, force: true });
});

interface TestRow {
  readonly id: number;
  readonly at: number;
  readonly delay: number;
}
const row: fc.Arbitrary<TestRow> = fc.record({
  id: fc.constantFrom(...IDS),
  at: fc.nat(TIMES.length - 1),
  delay: fc.nat(3),
});
const someRows = fc.array(row, { minLength: 1, maxLength: 5 });

/** A source of which segments come and go, and what is online of it. */
async function history(online: OnlineStore) {
  const live: KeptSegment[] = [];
  let dataVersion = 0;
  const segments = {
    lacking: async () => () => ({}),
    upTo: async (_project: string, _source: string, upTo: number) => live.filter((it) => it.dataVersion <= upTo),
    newestVersion: async () => dataVersion,
  } as unknown as SegmentLog;
  const subject = generations(online, async () => ({ generation: "", since: 0 }));
  await subject.know(SERVICE);
  const deps = { segments, tables, blobs, newScratch, generations: subject, clock: systemClock };
  const bring = materializer({ ...deps, online: subject.online });
  const write = async (rows: readonly TestRow[], isPush: boolean) => {
    await using scratch = await newScratch();
    const values = rows.map(({ id, at, delay }, i) => {
      const ns = TIMES[at] ?? 0n;
      return [BigInt(id), BigInt(dataVersion * 100 + i), { ns }, { ns: ns + BigInt(delay) * 7n * HOUR }];
    });
    const written = await writeSegment({ tables, blobs, clock: { now: () => 1 } }, SOURCE, {
      rows: values,
      scratch,
      signal,
    });
    const previousDataVersion = live.at(-1)?.dataVersion ?? 0;
    const loadedDigest = isPush ? undefined : digest;
    const segment: KeptSegment = {
      ...written.written,
      loadedDigest,
      dataVersion: ++dataVersion,
      previousDataVersion,
      isMerged: false,
    };
    live.push(segment);
    return { segment, rows: written.rows };
  };
  return {
    live,
    deps,
    generations: subject,
    async load(rows: readonly TestRow[]) {
      const { segment } = await write(rows, false);
      return segment;
    },
    async push(rows: readonly TestRow[]) {
      const pushed = await write(rows, true);
      await bring.push([LAYOUT], { source: SOURCE, ...pushed });
      return pushed.segment;
    },
    materialize: () => bring.materialize(SERVICE, QUIET),
    nextVersion: () => ++dataVersion,
  };
}

/** Everything that can be read: all entries of all series, and what holds at many times. */
async function everything(online: Pick<OnlineStore, "read">) {
  const series = IDS.flatMap((id) => seriesKinds(LAYOUT).map((kind) => seriesOf(LAYOUT, kind, [BigInt(id)])));
  const times = TIMES.flatMap((ns) => [ns - 1n, ns, ns + 7n * HOUR, ns + 200n * HOUR]);
  const bounds = [-(2n ** 63n), 0n, 24n * HOUR, 2n ** 63n - 1n];
  const answers = await online.read({
    seeks: series.flatMap((it) => times.map((timeNs) => ({ series: it, timeNs }))),
    spans: series.flatMap((it) =>
      bounds.flatMap((fromNs) =>
        bounds.filter((to) => to > fromNs).map((untilNs) => ({ series: it, fromNs, untilNs })),
      ),
    ),
  });
  const shown = (it: { timeNs: bigint; value: Uint8Array } | undefined) =>
    it && `${it.timeNs} ${Buffer.from(it.value).toString("hex")}`;
  return { seeks: answers.seeks.map(shown), spans: answers.spans.map((it) => it.map(shown)) };
}

let stores = 0;
const newLmdb = () => openLmdbOnlineStore(join(folder, `online-${stores++}`));

/** What it must be: the live segments, brought online where nothing was before. */
async function expected(live: readonly KeptSegment[]) {
  const online = await newLmdb();
  const fresh = await history(online);
  fresh.live.push(...live);
  for (const it of live) while (fresh.nextVersion() < it.dataVersion);
  await fresh.materialize();
  const all = await everything(fresh.generations.online);
  await online.close();
  return all;
}

const overlayOf = (overlay: string) => ({ layout: LAYOUT, base: "", overlay });
const read = (subject: Generations, since: number, overlay?: string) =>
  subject.change("p", "s", { generation: "", since, ...(overlay !== undefined && { overlay }) });

describe.each(everyOnlineStore().map((it) => ({ ...it, kind: it })))("an overlay on $name", ({ kind }) => {
  const LIMITS = { numRuns: kind.isShared ? 1 : 5 };
  const newStore = async () => (await kind.empty())();
  test("gives what the remaining rows give, whatever is pushed before, meanwhile and afterwards", async () => {
    const arbitrary = fc.record({
      before: fc.array(someRows, { maxLength: 2 }),
      bad: someRows,
      after: fc.array(someRows, { maxLength: 2 }),
      meanwhile: fc.array(someRows, { minLength: 3, maxLength: 3 }),
      later: someRows,
    });
    await fc.assert(
      fc.asyncProperty(arbitrary, async ({ before, bad, after, meanwhile, later }) => {
        const online = await newStore();
        const it = await history(online);
        for (const rows of before) await it.load(rows);
        const poisoned = await it.load(bad);
        await it.materialize();
        for (const rows of after) await it.push(rows);
        const [first = [], second = [], third = []] = meanwhile;
        await using scratch = await newScratch();
        const request = { ...overlayOf("a"), scratch, run: QUIET };
        const making = makeOverlay(it.deps, {
          ...request,
          plan: { source: SOURCE, removed: [poisoned], restored: [] },
        });
        // Some of it comes while it is made, and some when it is made but nobody knows of it.
        await it.push(first);
        const made = await making;
        await it.push(second);
        const since = it.nextVersion();
        await made?.attach(since);
        const stillPoisoned = await everything(it.generations.online);
        expect(stillPoisoned).toEqual(await expected(it.live));
        await it.push(third);
        it.live.splice(it.live.indexOf(poisoned), 1);
        read(it.generations, since, "a");
        expect(await everything(it.generations.online)).toEqual(await expected(it.live));
        await it.push(later);
        await it.load(later);
        await it.materialize();
        const wanted = await expected(it.live);
        expect(await everything(it.generations.online)).toEqual(wanted);
        const folding = { ...overlayOf("a"), touching: [poisoned], scratch, signal };
        expect(await foldOverlay(it.deps, folding)).toBe(true);
        expect(await everything(it.generations.online)).toEqual(wanted);
        read(it.generations, since);
        expect(await everything(it.generations.online)).toEqual(wanted);
        await detach(it.deps, overlayOf("a"));
        expect(await foldOverlay(it.deps, folding)).toBe(false);
        await it.push(first);
        expect(await everything(it.generations.online)).toEqual(await expected(it.live));
        // And the way back: what went out comes in again.
        await using again = await newScratch();
        const undo = { ...overlayOf("b"), scratch: again, run: QUIET };
        const back = await makeOverlay(it.deps, {
          ...undo,
          plan: { source: SOURCE, removed: [], restored: [poisoned] },
        });
        const undone = it.nextVersion();
        await back?.attach(undone);
        it.live.push(poisoned);
        it.live.sort((a, b) => a.dataVersion - b.dataVersion);
        read(it.generations, undone, "b");
        expect(await everything(it.generations.online)).toEqual(await expected(it.live));
        await online.close();
      }),
      LIMITS,
    );
  }, 600_000);

  test("keeps a load that was not online from coming, and lets it come when the revert is given up", async () => {
    const online = await newStore();
    const it = await history(online);
    await it.push([{ id: 0, at: 1, delay: 0 }]);
    const hidden = await it.load([{ id: 0, at: 2, delay: 0 }]);
    await using scratch = await newScratch();
    const plan = { source: SOURCE, removed: [hidden], restored: [] };
    const made = await makeOverlay(it.deps, { ...overlayOf("a"), scratch, run: QUIET, plan });
    await made?.attach(it.nextVersion());
    await expect(it.materialize()).rejects.toThrow("came online faster");
    const all = it.live.splice(0);
    it.live.push(...all.filter((segment) => segment !== hidden));
    expect(await everything(it.generations.online)).toEqual(await expected(it.live));
    await detach(it.deps, overlayOf("a"));
    it.live.splice(0, it.live.length, ...all);
    await it.materialize();
    expect(await everything(it.generations.online)).toEqual(await expected(all));
    const next = await it.load([{ id: 1, at: 2, delay: 0 }]);
    const another = await makeOverlay(it.deps, {
      ...overlayOf("b"),
      scratch,
      run: QUIET,
      plan: { source: SOURCE, removed: [next], restored: [] },
    });
    await another?.attach(it.nextVersion());
    // It is made, but whoever began before goes on with what it saw.
    await settleHidden(it.deps, overlayOf("b"), [next]);
    expect((await it.materialize()).entryCount).toBe(0);
    expect(await everything(it.generations.online)).toEqual(await expected(all));
    await online.close();
  });

  test("cannot lie over a load that comes online, or over another one", async () => {
    const online = await newStore();
    const it = await history(online);
    const bad = await it.push([{ id: 0, at: 1, delay: 0 }]);
    await using scratch = await newScratch();
    const plan = { source: SOURCE, removed: [bad], restored: [] };
    const made = await makeOverlay(it.deps, { ...overlayOf("a"), scratch, run: QUIET, plan });
    await made?.attach(it.nextVersion());
    const second = makeOverlay(it.deps, { ...overlayOf("b"), scratch, run: QUIET, plan });
    await expect(second).rejects.toMatchObject({ reason: "OVERLAY_IMPOSSIBLE" });
    await online.close();
  });
});
