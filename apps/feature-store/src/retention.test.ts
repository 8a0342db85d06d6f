import { ValueType } from "@throughline/contracts/throughline/type/v1/value_pb";
import type { Digest } from "@throughline/kernel";
import { fromNs, reasonOf, toMs, valueFromProto, valueToProto } from "@throughline/rpc";
import { everyDatabase } from "@throughline/testing";
import fc from "fast-check";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { dataCollections, every } from "./store/data-collections.ts";
import { generationStore } from "./store/generation-store.ts";
import { segmentLog } from "./store/segment-log.ts";
import { expireResult, trainingSetResult } from "./testing-operations.ts";
import { type TestPlatform, testPlatform } from "./testing-platform.ts";

const PARENT = "projects/p";
const SOURCE = `${PARENT}/sources/s`;
const SERVICE = `${PARENT}/featureServices/f`;
const RETENTION = `${PARENT}/dataRetention`;
const column = (name: string, type: ValueType) => ({ name, type });
const COLUMNS = [column("id", ValueType.INT64), column("at", ValueType.TIMESTAMP), column("n", ValueType.INT64)];
const HOUR_MS = 3_600_000;

let platform: TestPlatform;
let nowMs = Date.now();
const pass = (hours: number) => {
  nowMs += hours * HOUR_MS;
};

const opened = async (options: Parameters<typeof testPlatform>[1] = {}): Promise<TestPlatform> => {
  const made = await testPlatform(undefined, { ...options, filesMax: 1_000, clock: { now: () => nowMs } });
  const knowledgeTime = { case: "knowledgeDelay" as const, value: {} };
  const count = { function: 1, column: "", window: { seconds: 1_000n } };
  const view = { entity: `${PARENT}/entities/e`, source: SOURCE };
  await made.definitions.applyDefinitions({
    parent: PARENT,
    definitions: {
      entities: [{ name: view.entity, keys: COLUMNS.slice(0, 1) }],
      sources: [{ name: SOURCE, columns: COLUMNS, eventTimeColumn: "at", knowledgeTime }],
      featureViews: [
        {
          name: `${PARENT}/featureViews/v`,
          ...view,
          features: [{ name: "rows", kind: { case: "aggregate", value: count } }],
        },
      ],
      featureServices: [{ name: SERVICE, views: [{ view: `${PARENT}/featureViews/v` }] }],
    },
  });
  return made;
};

const push = async (n: number): Promise<number> => {
  const values = { id: valueToProto(1n), at: valueToProto({ ns: BigInt(n) }), n: valueToProto(BigInt(n)) };
  return Number((await platform.features.pushRows({ source: SOURCE, rows: [{ values }] })).segment?.dataVersion);
};
const newest = async () =>
  Number((await platform.dataVersions.getDataVersion({ name: `${PARENT}/dataVersions/newest` })).dataVersion?.number);
const compact = async () =>
  platform.ended((await platform.dataVersions.compactSource({ source: SOURCE })).operation).then(newest);
const revert = async (version: number) => {
  const name = `${PARENT}/dataVersions/${version}`;
  await platform.ended((await platform.dataVersions.revertDataVersion({ name })).operation);
  return newest();
};
const tag = (name: string, version: number) =>
  platform.dataVersions.tagDataVersion({ parent: PARENT, tag: name, dataVersion: BigInt(version) });
const keep = (hours: number | undefined, expectedRevision?: bigint) =>
  platform.dataVersions.setDataRetention({
    retention: { name: RETENTION, ...(hours !== undefined && { keep: { seconds: BigInt(hours * 3_600) } }) },
    ...(expectedRevision !== undefined && { expectedRevision }),
    reason: "the disk is small",
  });
const PATIENCE = { timeout: 60_000 };
/** Online values that are being made anew keep the files of their source. */
const settled = () =>
  vi.waitFor(async () => {
    const states: string[] = [];
    for await (const it of generationStore(platform.store).everything()) states.push(it.over ?? it.state);
    expect(states.filter((it) => it !== "current")).toEqual([]);
  }, PATIENCE);
const expire = async (validateOnly = false) => {
  await settled();
  const { operation } = await platform.dataVersions.expireDataVersions({ parent: PARENT, validateOnly });
  return expireResult(await platform.ended(operation));
};
/** What is not needed is marked, and an hour later removed. */
const expireWholly = async () => {
  await expire();
  pass(1);
  return expire();
};
const read = async (version: number | string = ""): Promise<readonly number[]> => {
  const request = { source: SOURCE, dataVersion: String(version), pageSize: 1_000 };
  const { rows } = await platform.dataVersions.readSource(request);
  return rows.map((it) => Number(valueFromProto(it.values["n"])));
};
const online = async (): Promise<number> => {
  const rows = [{ values: { id: valueToProto(1n) } }];
  const { vectors } = await platform.features.getOnlineFeatures({
    featureService: SERVICE,
    rows,
    asOf: fromNs(1_000_000n),
  });
  return Number(valueFromProto(vectors[0]?.values[0]?.value));
};
const reasonAt = (version: number) => read(version).then(() => "read", reasonOf);
const trainingSet = async (version: number) => {
  const columns = [
    { name: "id", type: "int64" as const },
    { name: "cut", type: "timestamp" as const },
  ];
  const spineDigest = await platform.upload(columns, [[1n, { ns: 1_000n }]]);
  const request = { parent: PARENT, featureService: SERVICE, spineDigest, cutoffColumn: "cut" };
  const { operation } = await platform.features.createTrainingSet({ ...request, dataVersion: BigInt(version) });
  return trainingSetResult(await platform.ended(operation));
};

describe("a rule of data retention", () => {
  beforeEach(async () => {
    platform = await opened();
  });
  afterEach(() => platform.close());

  test("keeps everything until it is set, and is kept with who set it and what it was before", async () => {
    await push(1);
    const before = (await platform.dataVersions.getDataRetention({ name: RETENTION })).retention;
    expect(before).toMatchObject({ name: RETENTION, revision: 0n });
    expect(before?.keep).toBeUndefined();
    expect(await expire()).toMatchObject({ oldestKept: 0n, markedFileCount: 0n });
    const setMs = nowMs;
    expect((await keep(2, 0n)).retention).toMatchObject({ revision: 1n, keep: { seconds: 7_200n } });
    pass(1);
    expect(reasonOf(await keep(3, 0n).catch((it: unknown) => it))).toBe("RETENTION_MOVED");
    expect((await keep(undefined)).retention).toMatchObject({ revision: 2n, reason: "the disk is small" });
    const asOf = fromNs(BigInt(setMs) * 1_000_000n);
    const then = (await platform.dataVersions.getDataRetention({ name: RETENTION, asOf })).retention;
    expect(then).toMatchObject({ revision: 1n, keep: { seconds: 7_200n } });
    expect(reasonOf(await keep(0.5).catch((it: unknown) => it))).toBe("INVALID_FIELD");
  });

  test("removes the files that were merged, but for what tags and training sets read", async () => {
    for (const n of [1, 2, 3, 4]) await push(n);
    const made = await trainingSet(2);
    await tag("good", 3);
    await compact();
    await keep(1);
    expect(await expire()).toMatchObject({ markedFileCount: 0n, removedFileCount: 0n });
    pass(2);
    // The files of data versions 1 to 3 are read by those that are named, and the last one by no data version that is needed.
    const found = { oldestKept: 5n, neededOlderCount: 2n, markedFileCount: 1n, removedFileCount: 0n };
    expect(await expire(true)).toMatchObject(found);
    expect(await reasonAt(4)).toBe("read");
    expect(await expire()).toMatchObject(found);
    expect(await reasonAt(4)).toBe("DATA_VERSION_EXPIRED");
    expect(reasonOf(await tag("late", 4).catch((it: unknown) => it))).toBe("DATA_VERSION_EXPIRED");
    await expect(trainingSet(4)).rejects.toThrow("DATA_VERSION_EXPIRED");
    expect(await expire()).toMatchObject({ markedFileCount: 0n, removedFileCount: 0n });
    pass(1);
    expect(await expire()).toMatchObject({ markedFileCount: 0n, removedFileCount: 1n });
    expect([await read(2), await read("good"), await read(), await online()]).toEqual([
      [1, 2],
      [1, 2, 3],
      [1, 2, 3, 4],
      4,
    ]);
    expect((await trainingSet(2))?.name).toBe(made?.name);
    await tag("good", 0);
    expect(await expireWholly()).toMatchObject({ removedFileCount: 1n, neededOlderCount: 1n });
    expect([await reasonAt(3), await read(2)]).toEqual(["DATA_VERSION_EXPIRED", [1, 2]]);
  });

  test("lets a revert take out and bring back what is in merged files alone", async () => {
    for (const n of [1, 2, 3]) await push(n);
    await compact();
    await keep(1);
    pass(2);
    await expireWholly();
    const reverted = await revert(2);
    expect([await read(), await online()]).toEqual([[1, 3], 2]);
    const request = { parent: PARENT, from: String(reverted - 1), to: String(reverted), sampleRowCount: 10 };
    const { rows } = await platform.dataVersions.diffDataVersions(request);
    expect(rows.map((it) => [it.added, valueFromProto(it.row?.values["n"])])).toEqual([[false, 2n]]);
    await revert(reverted);
    expect([await read(), await online()]).toEqual([[1, 2, 3], 3]);
    pass(3);
    await expireWholly();
    expect([await read(), await online()]).toEqual([[1, 2, 3], 3]);
  });

  test("removes a load that was taken back, which then cannot come back, unless it does before it is gone", async () => {
    const [, wrong, worse] = [await push(1), await push(2), await push(3)];
    const [one, other] = [await revert(wrong), await revert(worse)];
    await keep(1);
    pass(2);
    expect(await expire()).toMatchObject({ markedFileCount: 2n });
    await revert(one);
    pass(1);
    expect(await expire()).toMatchObject({ removedFileCount: 1n });
    expect([await read(), await online()]).toEqual([[1, 2], 2]);
    await expect(revert(other)).rejects.toThrow("DATA_VERSION_EXPIRED");
    await platform.restart();
    expect([await read(), await online()]).toEqual([[1, 2], 2]);
  });
});

type Step =
  | { readonly kind: "push" | "compact" | "expire" | "restart" }
  | { readonly kind: "revert" | "tag"; readonly version: number }
  | { readonly kind: "pass"; readonly hours: number };

const step: fc.Arbitrary<Step> = fc.oneof(
  { arbitrary: fc.constant({ kind: "push" as const }), weight: 6 },
  { arbitrary: fc.record({ kind: fc.constant("revert" as const), version: fc.nat(30) }), weight: 4 },
  { arbitrary: fc.record({ kind: fc.constantFrom("compact" as const, "expire" as const) }), weight: 4 },
  { arbitrary: fc.record({ kind: fc.constant("pass" as const), hours: fc.constantFrom(0.4, 1, 3) }), weight: 3 },
  { arbitrary: fc.record({ kind: fc.constant("tag" as const), version: fc.nat(30) }), weight: 1 },
  { arbitrary: fc.constant({ kind: "restart" as const }), weight: 1 },
);

/** What each data version had when it was the newest, and which ones are needed, by the words of the rule. */
interface Known {
  readonly rows: Map<number, readonly number[]>;
  readonly tags: Set<number>;
}

const REFUSALS = ["NOTHING_TO_REVERT", "NOT_FOUND", "DATA_VERSION_UNKNOWN", "DATA_VERSION_EXPIRED"];

async function take(it: Step, i: number, known: Known): Promise<void> {
  if (it.kind === "push") await push(i + 1);
  if (it.kind === "compact") await compact();
  if (it.kind === "expire") await expire();
  if (it.kind === "restart") await platform.restart();
  if (it.kind === "pass") pass(it.hours);
  try {
    if (it.kind === "revert") await revert(it.version);
    if (it.kind === "tag" && it.version > 0 && (await tag(`t${i}`, it.version))) known.tags.add(it.version);
  } catch (error) {
    const told = REFUSALS.some((one) => String(error).includes(one)) || REFUSALS.includes(reasonOf(error) ?? "");
    if (!told) throw error;
  }
}

async function neededNow({ tags }: Known): Promise<ReadonlySet<number>> {
  const last = await newest();
  const needed = new Set([...tags, last]);
  for (let version = last; version > 1; version--) {
    const name = `${PARENT}/dataVersions/${version}`;
    const { dataVersion } = await platform.dataVersions.getDataVersion({ name });
    if (dataVersion?.createTime && toMs(dataVersion.createTime) > nowMs - HOUR_MS) needed.add(version - 1);
  }
  return needed;
}

/** Gives what is needed: that is read as it was, and all else is, or is not at all. */
async function checkReads(known: Known): Promise<ReadonlySet<number>> {
  const needed = await neededNow(known);
  for (const [version, rows] of known.rows) {
    const found = await read(version).catch((error: unknown) => reasonOf(error));
    if (needed.has(version) || found !== "DATA_VERSION_EXPIRED") expect(found).toEqual(rows);
  }
  return needed;
}

/** The files that are there, and those that the needed data versions read. */
async function filesNow(needed: ReadonlySet<number>) {
  const { store, blobs } = platform;
  const { segments, compacted } = dataCollections(store);
  const digests = new Set<Digest>();
  for await (const it of every(segments, {})) digests.add(it.digest);
  for await (const it of every(compacted, {})) digests.add(it.digest);
  const there = new Set<Digest>();
  for (const it of digests) if (await blobs.stat(it)) there.add(it);
  const read = new Set<Digest>();
  for (const version of needed) for (const it of await segmentLog(store).files("p", "s", version)) read.add(it.digest);
  return { there, read };
}

describe.each(everyDatabase())("on $name", (database) => {
  test("whatever is done in whatever order, needed data versions read what they read, and files that none of them reads are gone", async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 8, maxLength: 24 }), async (steps) => {
        const store = await database.empty();
        platform = await opened({ store });
        try {
          await keep(1);
          const known: Known = { rows: new Map(), tags: new Set() };
          await push(0);
          for (const [i, it] of steps.entries()) {
            await take(it, i, known);
            known.rows.set(await newest(), await read());
          }
          await checkReads(known);
          // Then all that was done is long ago.
          pass(1);
          await expireWholly();
          const needed = await checkReads(known);
          const { there, read: wanted } = await filesNow(needed);
          expect([...there].sort()).toEqual([...wanted].sort());
          expect(await online()).toBe((await read()).length);
        } finally {
          await platform.close();
        }
      }),
      { numRuns: database.name === "sqlite" ? 5 : 2 },
    );
  });
});
