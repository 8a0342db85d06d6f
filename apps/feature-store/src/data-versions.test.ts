import { setImmediate } from "node:timers/promises";
import { CommitKind } from "@throughline/contracts/throughline/features/v1/data_version_pb";
import { FileFormat } from "@throughline/contracts/throughline/features/v1/feature_store_service_pb";
import { ValueType } from "@throughline/contracts/throughline/type/v1/value_pb";
import type { Digest, FeatureValue } from "@throughline/kernel";
import { fromNs, reasonOf, valueFromProto, valueToProto } from "@throughline/rpc";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { compactResult, revertResult, trainingSetResult } from "./testing-operations.ts";
import { type TestPlatform, testPlatform } from "./testing-platform.ts";

const PARENT = "projects/p";
const SERVICE = `${PARENT}/featureServices/f`;
const column = (name: string, type: ValueType) => ({ name, type });
const COLUMNS = [column("id", ValueType.INT64), column("at", ValueType.TIMESTAMP), column("n", ValueType.INT64)];
const END = 1_000_000n;

let platform: TestPlatform;
let SOURCE: string;
let sources = 0;
beforeAll(async () => {
  platform = await testPlatform(undefined, { filesMax: 1_000 });
  await platform.features.createEntity({ parent: PARENT, entityId: "e", entity: { keys: COLUMNS.slice(0, 1) } });
});
afterAll(() => platform.close());

/** Each test has a source of its own, which two views read: what both tell must always fit together. */
beforeEach(async () => {
  const { features } = platform;
  const id = `s${++sources}`;
  SOURCE = `${PARENT}/sources/${id}`;
  const knowledgeTime = { case: "knowledgeDelay" as const, value: {} };
  const source = { columns: COLUMNS, eventTimeColumn: "at", knowledgeTime };
  await features.createSource({ parent: PARENT, sourceId: id, source });
  const latest = [{ name: "n", kind: { case: "column" as const, value: "n" } }];
  const window = { seconds: 1_000n };
  const sum = { name: "sum", kind: { case: "aggregate" as const, value: { function: 2, column: "n", window } } };
  const rows = { name: "rows", kind: { case: "aggregate" as const, value: { function: 1, column: "", window } } };
  const view = { entity: `${PARENT}/entities/e`, source: SOURCE };
  await features.applyFeatureView({
    parent: PARENT,
    featureViewId: `latest${sources}`,
    featureView: { ...view, features: latest },
  });
  await features.applyFeatureView({
    parent: PARENT,
    featureViewId: `sums${sources}`,
    featureView: { ...view, features: [sum, rows] },
  });
  const views = [`latest${sources}`, `sums${sources}`].map((it) => ({ view: `${PARENT}/featureViews/${it}` }));
  await features.applyFeatureService({ parent: PARENT, featureServiceId: "f", featureService: { views } });
});

type Rows = readonly (readonly [id: number, at: number, n: number])[];
const push = async (...rows: Rows) => {
  const values = rows.map(([id, at, n]) => ({
    values: { id: valueToProto(BigInt(id)), at: valueToProto({ ns: BigInt(at) }), n: valueToProto(BigInt(n)) },
  }));
  return (await platform.features.pushRows({ source: SOURCE, rows: values })).segment?.dataVersion ?? 0n;
};
const load = async (...rows: Rows) => {
  const columns = [
    { name: "id", type: "int64" as const },
    { name: "at", type: "timestamp" as const },
    { name: "n", type: "int64" as const },
  ];
  const digest = await platform.upload(
    columns,
    rows.map(([id, at, n]) => [BigInt(id), { ns: BigInt(at) }, BigInt(n)]),
  );
  const { operation } = await platform.features.loadSource({ source: SOURCE, digest, format: FileFormat.PARQUET });
  await platform.ended(operation);
  return newest();
};
const newest = async () =>
  (await platform.dataVersions.getDataVersion({ name: `${PARENT}/dataVersions/newest` })).dataVersion?.number ?? 0n;
const materialize = async () =>
  platform.ended((await platform.features.materialize({ featureService: SERVICE })).operation);
const revert = async (version: bigint, reason = "") => {
  const name = `${PARENT}/dataVersions/${version}`;
  const { operation } = await platform.dataVersions.revertDataVersion({ name, reason });
  return revertResult(await platform.ended(operation));
};
const compact = async () =>
  compactResult(await platform.ended((await platform.dataVersions.compactSource({ source: SOURCE })).operation));
/** Latest value, sum and count of an entity. */
const online = async (id: number): Promise<readonly (FeatureValue | undefined)[]> => {
  const rows = [{ values: { id: valueToProto(BigInt(id)) } }];
  const { vectors } = await platform.features.getOnlineFeatures({ featureService: SERVICE, rows, asOf: fromNs(END) });
  return vectors[0]?.values.map((it) => valueFromProto(it.value)) ?? [];
};
const readAll = async (dataVersion: bigint | string = ""): Promise<readonly (readonly FeatureValue[])[]> => {
  const request = { source: SOURCE, dataVersion: String(dataVersion) };
  const { rows } = await platform.dataVersions.readSource(request);
  return rows.map((it) => COLUMNS.map(({ name }) => valueFromProto(it.values[name])));
};
const rowsOf = (...rows: Rows) => rows.map(([id, at, n]) => [BigInt(id), { ns: BigInt(at) }, BigInt(n)]);
const trainingSet = async (spine: Digest, dataVersion: bigint) => {
  const request = { parent: PARENT, featureService: SERVICE, spineDigest: spine, cutoffColumn: "cut", dataVersion };
  return trainingSetResult(await platform.ended((await platform.features.createTrainingSet(request)).operation));
};
const spineOf = (ids: readonly number[]) =>
  platform.upload(
    [
      { name: "id", type: "int64" },
      { name: "cut", type: "timestamp" },
    ],
    ids.map((it) => [BigInt(it), { ns: END }]),
  );

describe("the log of data versions", () => {
  test("tells what each commit did, newest first, page by page", async () => {
    const first = await push([1, 10, 5]);
    const second = await load([1, 20, 6], [2, 20, 7]);
    const undone = await revert(first, "a wrong unit");
    const page = await platform.dataVersions.listDataVersions({ parent: PARENT, pageSize: 2 });
    expect(page.dataVersions.map((it) => [it.number, it.kind, it.addedRowCount, it.removedRowCount])).toEqual([
      [undone?.number, CommitKind.REVERT, 0n, 1n],
      [second, CommitKind.LOAD, 2n, 0n],
    ]);
    expect(page.dataVersions[0]).toMatchObject({ reason: "a wrong unit", source: SOURCE, removed: [{ rowCount: 1n }] });
    const request = { parent: PARENT, pageSize: 2, pageToken: page.nextPageToken };
    const rest = await platform.dataVersions.listDataVersions(request);
    expect(rest.dataVersions[0]).toMatchObject({ number: first, kind: CommitKind.PUSH });
  });

  test("has every data version that was ever made, without a gap", async () => {
    await push([1, 10, 5]);
    const numbers: bigint[] = [];
    let pageToken = "";
    do {
      const page = await platform.dataVersions.listDataVersions({ parent: PARENT, pageSize: 3, pageToken });
      numbers.push(...page.dataVersions.map((it) => it.number));
      pageToken = page.nextPageToken;
    } while (pageToken !== "");
    expect(numbers).toEqual(Array.from({ length: numbers.length }, (_, i) => BigInt(numbers.length - i)));
    expect(numbers[0]).toBe(await newest());
  });
});

describe("a tag", () => {
  test("names a data version, moves by compare-and-swap, and remembers every move", async () => {
    const [first, second] = [await push([1, 10, 5]), await push([1, 20, 6])];
    const set = (dataVersion: bigint, expected?: bigint) =>
      platform.dataVersions.tagDataVersion({
        parent: PARENT,
        tag: "good",
        dataVersion,
        reason: `to ${dataVersion}`,
        ...(expected !== undefined && { expectedDataVersion: expected }),
      });
    const before = (await set(first, 0n)).tag?.setTime;
    expect(reasonOf(await set(second, 0n).catch((it: unknown) => it))).toBe("TAG_MOVED");
    await set(second, first);
    expect(await readAll("good")).toEqual(await readAll(second));
    const { changes } = await platform.dataVersions.listDataTagChanges({ name: `${PARENT}/dataTags/good` });
    expect(changes.map((it) => [it.dataVersion, it.reason, it.revision])).toEqual([
      [second, `to ${second}`, 2n],
      [first, `to ${first}`, 1n],
    ]);
    const name = `${PARENT}/dataTags/good`;
    expect((await platform.dataVersions.getDataTag({ name })).tag?.dataVersion).toBe(second);
    const earlier = await platform.dataVersions.getDataTag({ name, ...(before && { asOf: before }) });
    // Both may have been set within one millisecond.
    expect([first, second]).toContain(earlier.tag?.dataVersion);
    await set(0n, second);
    expect(reasonOf(await platform.dataVersions.getDataTag({ name }).catch((it: unknown) => it))).toBe("NOT_FOUND");
    expect(reasonOf(await readAll("good").catch((it: unknown) => it))).toBe("NOT_FOUND");
  });

  test("of a data version that was not reached is refused", async () => {
    const request = { parent: PARENT, tag: "far", dataVersion: (await newest()) + 1n };
    const refused = await platform.dataVersions.tagDataVersion(request).catch((it: unknown) => it);
    expect(reasonOf(refused)).toBe("DATA_VERSION_UNKNOWN");
  });

  test("can be what a training set reads", async () => {
    const first = await push([1, 10, 5]);
    await platform.dataVersions.tagDataVersion({ parent: PARENT, tag: "trained", dataVersion: first });
    await push([1, 20, 6]);
    const spineDigest = await spineOf([1]);
    const request = { parent: PARENT, featureService: SERVICE, spineDigest, cutoffColumn: "cut", dataTag: "trained" };
    const made = trainingSetResult(
      await platform.ended((await platform.features.createTrainingSet(request)).operation),
    );
    expect(made?.dataVersion).toBe(first);
    expect(made?.digest).toBe((await trainingSet(spineDigest, first))?.digest);
  });
});

describe("the difference between two data versions", () => {
  test("names the segments and counts the rows that came in and went out, and shows some of them", async () => {
    const start = await newest();
    const bad = await push([1, 10, 5], [2, 10, 5]);
    const kept = await push([1, 20, 6]);
    const end = (await revert(bad))?.number ?? 0n;
    const diff = (from: bigint, to: bigint) =>
      platform.dataVersions.diffDataVersions({ parent: PARENT, from: String(from), to: String(to), sampleRowCount: 5 });
    const whole = await diff(start, end);
    expect(whole.sources).toMatchObject([
      { source: SOURCE, added: [{ dataVersion: kept }], addedRowCount: 1n, removedSegmentCount: 0n },
    ]);
    const undone = await diff(kept, end);
    expect(undone.sources).toMatchObject([{ addedRowCount: 0n, removedRowCount: 2n, removed: [{ dataVersion: bad }] }]);
    expect(undone.rows.map((it) => [it.added, valueFromProto(it.row?.values["id"])])).toEqual([
      [false, 1n],
      [false, 2n],
    ]);
    const turned = await diff(end, kept);
    expect(turned.sources).toMatchObject([{ addedRowCount: 2n, removedRowCount: 0n }]);
    const again = (await revert(end))?.number ?? 0n;
    expect((await diff(kept, again)).sources).toEqual([]);
  });
});

describe("a revert", () => {
  test("takes rows out of the data and out of the online values, and earlier data versions keep them", async () => {
    await push([1, 10, 5], [2, 10, 1]);
    const bad = await load([1, 30, 1_000], [3, 30, 1]);
    await materialize();
    await push([1, 20, 6]);
    const before = await newest();
    expect([await online(1), await online(3)]).toEqual([
      [1_000n, 1_011n, 3n],
      [1n, 1n, 1n],
    ]);
    const spineDigest = await spineOf([1, 2, 3]);
    const trained = await trainingSet(spineDigest, before);
    const undone = await revert(bad, "poisoned");
    const thread = platform.lineage.filter((it) => it.execution.id === `feature-store:revert:p:${undone?.number}`);
    expect(thread.map((it) => [it.execution.kind, it.events.map(({ role }) => role)])).toEqual([
      ["REVERT", ["removed_segment"]],
    ]);
    expect([await online(1), await online(2), await online(3)]).toEqual([
      [6n, 11n, 2n],
      [1n, 1n, 1n],
      [null, null, 0n],
    ]);
    expect(await readAll()).toEqual(rowsOf([1, 10, 5], [2, 10, 1], [1, 20, 6]));
    expect(await readAll(before)).toHaveLength(5);
    expect((await trainingSet(spineDigest, before))?.digest).toBe(trained?.digest);
    const later = await trainingSet(spineDigest, undone?.number ?? 0n);
    expect(later?.digest).not.toBe(trained?.digest);
    const { source } = await platform.features.getSource({ name: SOURCE });
    expect([source?.rowCount, source?.segments.length]).toEqual([3n, 2]);
  });

  test("can be undone, and rows that come back stand where they stood", async () => {
    await push([1, 10, 5]);
    // Equal times: of them the one that was written last is the latest.
    const middle = await push([1, 10, 7]);
    await push([1, 10, 9]);
    const undone = await revert(middle);
    expect(await online(1)).toEqual([9n, 14n, 2n]);
    await revert(undone?.number ?? 0n, "it was right");
    expect(await online(1)).toEqual([9n, 21n, 3n]);
    expect(await readAll()).toEqual(rowsOf([1, 10, 5], [1, 10, 7], [1, 10, 9]));
    await push([1, 10, 11]);
    expect(await online(1)).toEqual([11n, 32n, 4n]);
  });

  test("of a whole source goes back to what it was at a data version", async () => {
    const good = await push([1, 10, 5]);
    await push([1, 20, 6]);
    await push([2, 20, 6]);
    const request = { source: SOURCE, dataVersion: String(good), reason: "start again" };
    const { operation } = await platform.dataVersions.revertSource(request);
    await platform.ended(operation);
    expect([await readAll(), await online(1), await online(2)]).toEqual([
      rowsOf([1, 10, 5]),
      [5n, 5n, 1n],
      [null, null, 0n],
    ]);
    await push([1, 30, 1]);
    expect(await online(1)).toEqual([1n, 6n, 2n]);
  });

  test("of what was undone already, or changed no rows, is refused", async () => {
    const first = await push([1, 10, 5]);
    await push([1, 20, 6]);
    await revert(first);
    await expect(revert(first)).rejects.toThrow("NOTHING_TO_REVERT");
    await push([1, 30, 6]);
    const [compaction] = (await compact()) ?? [];
    await expect(revert(compaction?.number ?? 0n)).rejects.toThrow("NOTHING_TO_REVERT");
  });

  test("holds after a restart, and pushes go on from it", async () => {
    const bad = await push([1, 10, 5]);
    await push([1, 20, 6]);
    await revert(bad);
    await platform.restart();
    expect(await online(1)).toEqual([6n, 6n, 1n]);
    await push([1, 30, 1]);
    await materialize();
    expect(await online(1)).toEqual([1n, 7n, 2n]);
  });

  test("beside pushes and readers shows nobody a mixture, and loses no push", async () => {
    // Whoever sees the poisoned latest value sees the poisoned sum, and the other way round: they are of two views.
    const poison = 1_000_000;
    await push([1, 1, 1]);
    const bad = await load([1, 1_000, poison], [2, 1_000, poison]);
    await materialize();
    let done = false;
    const seen: boolean[] = [];
    const reader = async (): Promise<void> => {
      while (!done) {
        const [latest, sum] = await online(1);
        const isPoisoned = Number(latest) >= poison;
        expect(Number(sum) >= poison).toBe(isPoisoned);
        if (seen.at(-1) !== isPoisoned) seen.push(isPoisoned);
        // Reads in one process need no input or output, and would leave no room for it.
        await setImmediate();
      }
    };
    const readers = [reader(), reader()];
    const pushing = (async () => {
      for (let i = 0; i < 8; i++) await push([1, 2 + i, 1]);
    })();
    try {
      await revert(bad);
      expect((await online(1))[0]).toBeLessThan(BigInt(poison));
      await pushing;
    } finally {
      done = true;
    }
    await Promise.all(readers);
    expect(seen).toEqual([true, false]);
    expect(await online(1)).toEqual([1n, 9n, 9n]);
    expect(await readAll()).toHaveLength(9);
  });
});

describe("a compaction", () => {
  test("merges many segments into one file with the same rows, proven by their digests", async () => {
    const rows = Array.from({ length: 12 }, (_, i) => [i % 3, 10, i] as const);
    for (const it of rows) await push(it);
    const before = await newest();
    const spineDigest = await spineOf([0, 1, 2]);
    const trained = await trainingSet(spineDigest, before);
    const [made, ...others] = (await compact()) ?? [];
    expect(others).toEqual([]);
    expect(made).toMatchObject({ kind: CommitKind.COMPACTION, addedRowCount: 0n, removedRowCount: 0n });
    const [file] = made?.compacted ?? [];
    expect([file?.rowCount, file?.parts.length, made?.compacted.length]).toEqual([12n, 12, 1]);
    expect(await readAll()).toEqual(rowsOf(...rows));
    // The join over the one file gives the rows that the join over the twelve gave, of ties too.
    const merged = await trainingSet(spineDigest, made?.number ?? 0n);
    expect(merged?.digest).toBe(trained?.digest);
    expect(merged?.segmentDigests).toEqual([file?.digest]);
    expect((await trainingSet(spineDigest, before))?.segmentDigests).toHaveLength(12);
    expect(await online(2)).toEqual([11n, 26n, 4n]);
    const thread = platform.lineage.find((it) => it.execution.id === `feature-store:compaction:p:${made?.number}`);
    expect(thread?.execution.kind).toBe("COMPACT");
    expect(thread?.events.filter((it) => it.type === "INPUT")).toHaveLength(12);
  });

  test("leaves the online values and what a load still has to bring there alone", async () => {
    await push([1, 10, 1]);
    await load([1, 20, 2]);
    await push([1, 30, 3]);
    await compact();
    expect(await online(1)).toEqual([3n, 4n, 2n]);
    await materialize();
    expect(await online(1)).toEqual([3n, 6n, 3n]);
    await platform.restart();
    await push([1, 40, 4]);
    expect(await online(1)).toEqual([4n, 10n, 4n]);
  });

  test("can be cut by a revert, and mended by its undoing", async () => {
    const versions: bigint[] = [];
    for (let i = 1; i <= 4; i++) versions.push(await push([1, 10, i]));
    await compact();
    await push([1, 10, 5]);
    const before = await newest();
    const undone = await revert(versions[1] ?? 0n);
    expect(await readAll()).toEqual(rowsOf([1, 10, 1], [1, 10, 3], [1, 10, 4], [1, 10, 5]));
    expect([await readAll(before), await online(1)]).toEqual([
      rowsOf([1, 10, 1], [1, 10, 2], [1, 10, 3], [1, 10, 4], [1, 10, 5]),
      [5n, 13n, 4n],
    ]);
    await compact();
    await revert(undone?.number ?? 0n);
    expect(await readAll()).toEqual(rowsOf([1, 10, 1], [1, 10, 2], [1, 10, 3], [1, 10, 4], [1, 10, 5]));
    expect(await online(1)).toEqual([5n, 15n, 5n]);
  });

  test("keeps the origin of every row", async () => {
    const first = await push([1, 10, 1]);
    await push([1, 20, 2], [2, 20, 3]);
    const read = async () => (await platform.dataVersions.readSource({ source: SOURCE })).rows;
    const before = await read();
    await compact();
    expect(await read()).toEqual(before);
    const { dataVersion } = await platform.dataVersions.getDataVersion({ name: `${PARENT}/dataVersions/${first}` });
    expect(before[0]?.segmentDigest).toBe(dataVersion?.added[0]?.digest);
  });
});
