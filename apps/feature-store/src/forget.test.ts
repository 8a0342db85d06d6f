import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setImmediate } from "node:timers/promises";
import { CommitKind } from "@throughline/contracts/throughline/features/v1/data_version_pb";
import { ForgettingState } from "@throughline/contracts/throughline/features/v1/privacy_pb";
import { ValueType } from "@throughline/contracts/throughline/type/v1/value_pb";
import { type Digest, merkleTree } from "@throughline/kernel";
import { reasonOf, valueFromProto, valueToProto } from "@throughline/rpc";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import {
  definePeople,
  filesWith,
  forgetPerson,
  loadVisits,
  newestVersion,
  onlineOf,
  PEOPLE_SERVICE,
  pushVisits,
  SHOPS_SERVICE,
  SOURCE,
  trainingSetOf,
  uploadVisits,
  visitsAt,
} from "./testing-people.ts";
import { type TestPlatform, testPlatform } from "./testing-platform.ts";

const PARENT = "projects/p";
const ANN = "ann-whom-nobody-else-is-called";
const KEYS = [{ version: 1, secret: Buffer.alloc(32, 7) }];

let folder: string;
let platform: TestPlatform;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "feature-store-forget-"));
  platform = await testPlatform(folder, { privacyKeys: KEYS });
  await definePeople(platform);
});
afterEach(async () => {
  await platform.close();
  await rm(folder, { recursive: true, force: true });
});

const compact = async () => platform.ended((await platform.dataVersions.compactSource({ source: SOURCE })).operation);
const revert = async (version: bigint) => {
  const name = `${PARENT}/dataVersions/${version}`;
  return platform.ended((await platform.dataVersions.revertDataVersion({ name })).operation);
};
const materialize = async () => {
  for (const featureService of [PEOPLE_SERVICE, SHOPS_SERVICE])
    await platform.ended((await platform.features.materialize({ featureService })).operation);
};

describe("after forgetting", () => {
  test("no data version, online value or file of a source has the rows, and all others are what they were", async () => {
    const uploaded = await uploadVisits(platform, [
      [ANN, 1, 20, 100],
      ["cyd", 2, 20, 3],
    ]);
    await pushVisits(platform, [
      [ANN, 1, 10, 5],
      ["bob", 1, 10, 7],
    ]);
    await loadVisits(platform, uploaded);
    await materialize();
    const reverted = await pushVisits(platform, [
      [ANN, 2, 30, 1],
      ["bob", 2, 30, 2],
    ]);
    await revert(reverted);
    await compact();
    await pushVisits(platform, [["bob", 1, 40, 9]]);
    const last = await newestVersion(platform);
    const versions = Array.from({ length: Number(last) }, (_, i) => BigInt(i + 1));
    const before = await Promise.all(versions.map((it) => visitsAt(platform, it)));
    expect(await onlineOf(platform, { shop: 1 })).toEqual([9n, 121n, 5n]);
    const bob = await onlineOf(platform, { person: "bob" });

    const record = await forgetPerson(platform, ANN);

    for (const [i, version] of versions.entries()) {
      const { visits, forgotten } = await visitsAt(platform, version);
      const had = before[i]?.visits ?? [];
      expect(visits).toEqual(had.filter(([person]) => person !== ANN));
      expect(forgotten).toBe(had.length - visits.length);
    }
    expect(await visitsAt(platform)).toMatchObject({ forgotten: 0 });
    // Also what a revert took out is shown without them.
    const request = { parent: PARENT, from: String(reverted), to: String(last), sampleRowCount: 10 };
    const diff = await platform.dataVersions.diffDataVersions(request);
    expect(diff.sources).toMatchObject([{ removedRowCount: 1n }]);
    expect(diff.rows.map((it) => valueFromProto(it.row?.values["person"]))).toContain("bob");
    expect(diff.rows.map((it) => valueFromProto(it.row?.values["person"]))).not.toContain(ANN);
    expect(await onlineOf(platform, { person: ANN })).toEqual([null, null, null]);
    expect(await onlineOf(platform, { person: "bob" })).toEqual(bob);
    // What shops had from the rows is gone too.
    expect(await onlineOf(platform, { shop: 1 })).toEqual([9n, 16n, 7n]);
    expect(await filesWith(platform, ANN, new Set([uploaded]))).toEqual([]);
    expect(record).toMatchObject({
      state: ForgettingState.DONE,
      entity: `${PARENT}/entities/person`,
      reason: "asked for it",
      sources: [{ source: SOURCE, rowCount: 3n }],
      loadedDigests: [uploaded],
    });
    expect(record.remaining.join(" ")).toContain("1 uploaded file(s)");
    // Whoever predicted for a shop had a sum over her visits.
    expect(record.remaining.join(" ")).toContain(`${PARENT}/featureViews/shop read forgotten rows for other entities`);
    const { source } = await platform.features.getSource({ name: SOURCE });
    expect(source?.rowCount).toBe(3n);
    const { dataVersion } = await platform.dataVersions.getDataVersion({ name: `${PARENT}/dataVersions/newest` });
    expect(dataVersion).toMatchObject({ kind: CommitKind.FORGET });
    const thread = platform.lineage.filter((it) => it.execution.kind === "FORGET");
    expect(thread.flatMap((it) => it.events).some((it) => it.role === "tombstones")).toBe(true);
  });

  test("what the tombstones and the rows that are left say together is the Merkle root of before", async () => {
    const rows = [
      ...[[ANN, 1, 10, 1] as const, ["bob", 1, 11, 2] as const, [ANN, 1, 12, 3] as const, ["cyd", 1, 13, 4] as const],
    ];
    await pushVisits(platform, rows);
    const { source } = await platform.features.getSource({ name: SOURCE });
    const before = source?.segments[0]?.digest as Digest;
    const columns = ["person", "shop", "at", "n", "__event_time", "__knowledge_time"];
    const root = await platform.tables.rowsIdentity({ segments: [await platform.blobs.localFile(before)], columns });
    const record = await forgetPerson(platform, ANN);
    const after = (await platform.features.getSource({ name: SOURCE })).source?.segments[0]?.digest as Digest;
    expect(after).not.toBe(before);
    expect(await platform.blobs.stat(before)).toBeUndefined();
    const tombstones = await platform.blobs.localFile(record.sources[0]?.tombstoneDigests[0] as Digest);
    const told = await platform.tables.readRows({ segments: [tombstones], limit: 100 });
    expect(told.rows.map((it) => [it[0], it[1]])).toEqual([
      [before, 0n],
      [before, 2n],
    ]);
    const gone = new Map(told.rows.map((it) => [Number(it[1]), it[2] as Digest]));
    const left: Digest[] = [];
    const segments = [await platform.blobs.localFile(after)];
    for await (const digests of platform.tables.rowDigests({ segments, columns })) left.push(...digests);
    const tree = merkleTree();
    for (let i = 0; i < rows.length; i++) tree.add(gone.get(i) ?? (left.shift() as Digest));
    expect(tree.root()).toBe(root.merkleRoot);
  });

  test("the record says who had used the rows, and never who was forgotten", async () => {
    await pushVisits(platform, [
      [ANN, 1, 10, 5],
      ["bob", 1, 10, 7],
    ]);
    const used = await trainingSetOf(platform, [ANN, "bob"]);
    const unused = await trainingSetOf(platform, ["bob"]);
    const model = `sha256:${"a".repeat(64)}` as Digest;
    platform.lineage.push({
      execution: { id: "run", project: PARENT, kind: "RUN", resource: `${PARENT}/runs/r`, actor: "a", timeMs: 1 },
      artifacts: [
        { digest: model, kind: "MODEL", resource: `${PARENT}/models/m/versions/1`, sizeBytes: 1, mediaType: "" },
      ],
      events: [
        { digest: used.fileDigest as Digest, type: "INPUT", role: "training_set" },
        { digest: model, type: "OUTPUT", role: "model" },
      ],
    });
    const record = await forgetPerson(platform, ANN);
    expect(record.affected.map((it) => [it.kind, it.resource, it.rowCount])).toEqual([
      ["TRAINING_SET", used.name, 1n],
      ["MODEL", `${PARENT}/models/m/versions/1`, 0n],
      ["RUN", `${PARENT}/runs/r`, 0n],
    ]);
    expect(record.affected.map((it) => it.resource)).not.toContain(unused.name);
    expect(record.unaffectedTrainingSetCount).toBe(1n);
    expect(record.remaining.join(" ")).toContain("train them anew");
    const { forgetting } = await platform.privacy.getForgetting({ name: record.name });
    expect(forgetting).toEqual(record);
    const { forgettings } = await platform.privacy.listForgettings({ parent: PARENT });
    expect(forgettings).toMatchObject([{ name: record.name, affected: [] }]);
    expect(record.subject).toMatch(/^k1_/);
    await platform.close();
    const kept = Buffer.concat(
      await Promise.all(["store.db", "store.db-wal"].map((it) => readFile(join(folder, it)).catch(() => Buffer.of()))),
    );
    expect(kept.includes(record.subject)).toBe(true);
    expect(kept.includes(ANN)).toBe(false);
    expect(JSON.stringify(platform.lineage)).not.toContain(ANN);
    platform = await testPlatform(folder, { privacyKeys: KEYS });
  });

  test("rows that come later are new rows, and the same file can be loaded again", async () => {
    const uploaded = await uploadVisits(platform, [[ANN, 1, 20, 100]]);
    await loadVisits(platform, uploaded);
    await materialize();
    const first = await newestVersion(platform);
    await forgetPerson(platform, ANN);
    await loadVisits(platform, uploaded);
    await pushVisits(platform, [[ANN, 1, 30, 1]]);
    await materialize();
    expect((await visitsAt(platform)).visits).toHaveLength(2);
    expect((await visitsAt(platform, first)).visits).toEqual([]);
    expect(await onlineOf(platform, { person: ANN })).toEqual([1n, 101n, 1n]);
    const again = await forgetPerson(platform, ANN);
    expect(again.sources[0]?.rowCount).toBe(2n);
    expect(await onlineOf(platform, { person: ANN })).toEqual([null, null, null]);
    expect(await filesWith(platform, ANN, new Set([uploaded]))).toEqual([]);
  });

  test("nothing comes back by a revert, a compaction or a restart", async () => {
    const versions: bigint[] = [];
    for (let i = 1; i <= 4; i++)
      versions.push(
        await pushVisits(platform, [
          [ANN, 1, 10, i],
          ["bob", 1, 10, 10 * i],
        ]),
      );
    await compact();
    const undone = versions[1] ?? 0n;
    await revert(undone);
    await forgetPerson(platform, ANN);
    await revert(await newestVersionOf(CommitKind.REVERT));
    await compact();
    await platform.restart();
    expect((await visitsAt(platform)).visits).toEqual([10, 20, 30, 40].map((n) => ["bob", 1, 10, n]));
    expect(await onlineOf(platform, { person: ANN })).toEqual([null, null, null]);
    expect(await onlineOf(platform, { shop: 1 })).toEqual([40n, 100n, 10n]);
    await pushVisits(platform, [["bob", 1, 50, 1]]);
    expect(await onlineOf(platform, { shop: 1 })).toEqual([1n, 101n, 1n]);
    expect(await filesWith(platform, ANN, new Set())).toEqual([]);
  });
});

describe("beside others", () => {
  test("no push is lost, no request fails, and nobody sees the rows afterwards", async () => {
    for (let i = 0; i < 4; i++)
      await pushVisits(platform, [
        [ANN, 1, 10, 100],
        ["bob", 1, 10, 1],
      ]);
    let done = false;
    const reader = async (): Promise<void> => {
      while (!done) {
        const [, sum] = await onlineOf(platform, { person: "bob" });
        expect(Number(sum)).toBeGreaterThanOrEqual(4);
        const { visits } = await visitsAt(platform);
        expect(visits.filter(([person]) => person === "bob").length).toBeGreaterThanOrEqual(4);
        await setImmediate();
      }
    };
    const reading = reader();
    const pushing = (async () => {
      for (let i = 0; i < 6; i++)
        await pushVisits(platform, [
          ["bob", 1, 20 + i, 1],
          ["cyd", 2, 20 + i, 1],
        ]);
    })();
    const record = await forgetPerson(platform, ANN);
    await pushing;
    done = true;
    await reading;
    expect(record.sources).toMatchObject([{ rowCount: 4n }]);
    expect((await onlineOf(platform, { person: "bob" })).slice(1)).toEqual([10n, 1n]);
    expect((await onlineOf(platform, { shop: 1 })).slice(1)).toEqual([10n, 1n]);
    expect((await onlineOf(platform, { person: "cyd" })).slice(1)).toEqual([6n, 1n]);
    expect(await onlineOf(platform, { person: ANN })).toEqual([null, null, null]);
    expect((await visitsAt(platform)).visits).toHaveLength(16);
    expect(await filesWith(platform, ANN, new Set())).toEqual([]);
  });

  test("two who forget the same go on with one record, and both are told when it is done", async () => {
    await pushVisits(platform, [
      [ANN, 1, 10, 100],
      ["bob", 1, 10, 1],
    ]);
    const [a, b] = await Promise.all([forgetPerson(platform, ANN), forgetPerson(platform, ANN)]);
    expect([a.state, b.state]).toEqual([ForgettingState.DONE, ForgettingState.DONE]);
    const { forgettings } = await platform.privacy.listForgettings({ parent: PARENT });
    expect(forgettings.map((it) => it.sources[0]?.rowCount ?? 0n).reduce((x, y) => x + y)).toBe(1n);
    expect((await visitsAt(platform)).visits).toEqual([["bob", 1, 10, 1]]);
  });
});

const newestVersionOf = async (kind: CommitKind): Promise<bigint> => {
  const { dataVersions } = await platform.dataVersions.listDataVersions({ parent: PARENT, pageSize: 100 });
  return dataVersions.find((it) => it.kind === kind)?.number ?? 0n;
};

describe("a forgetting", () => {
  test("of somebody without rows is recorded, and changes no data", async () => {
    await pushVisits(platform, [["bob", 1, 10, 7]]);
    const before = await newestVersion(platform);
    const record = await forgetPerson(platform, ANN);
    expect(record).toMatchObject({ state: ForgettingState.DONE, sources: [], remaining: [] });
    expect(await newestVersion(platform)).toBe(before);
    // What may be about people and is read for nobody is told, and not touched.
    const columns = [
      { name: "person", type: ValueType.STRING },
      { name: "at", type: ValueType.TIMESTAMP },
    ];
    const source = { columns, eventTimeColumn: "at", knowledgeTime: { case: "knowledgeDelay" as const, value: {} } };
    await platform.features.createSource({ parent: PARENT, sourceId: "letters", source });
    expect((await forgetPerson(platform, ANN)).remaining.join()).toContain(`${PARENT}/sources/letters`);
  });

  test("needs every key, of its type, and tells no value", async () => {
    const entity = `${PARENT}/entities/person`;
    const wrong = { values: { person: valueToProto(77n), shop: valueToProto(1n) } };
    const error = await platform.privacy.forgetEntity({ entity, key: wrong, reason: "r" }).catch((it: unknown) => it);
    expect(reasonOf(error)).toBe("INVALID_FIELD");
    expect(String(error)).toContain("it is int64, needed is string");
    expect(String(error)).not.toContain("77");
  });

  test("is refused where there is no key ring", async () => {
    const other = await testPlatform();
    await definePeople(other);
    const key = { values: { person: valueToProto(ANN) } };
    const request = { entity: `${PARENT}/entities/person`, key, reason: "r" };
    const error = await other.privacy.forgetEntity(request).catch((it: unknown) => it);
    expect(reasonOf(error)).toBe("PRIVACY_KEYS_MISSING");
    await other.close();
  });
});
