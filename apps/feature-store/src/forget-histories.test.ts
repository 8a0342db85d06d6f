import { mkdir, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { CommitKind } from "@throughline/contracts/throughline/features/v1/data_version_pb";
import { rowDigest } from "@throughline/kernel";
import { type Database, everyDatabase, type S3Server, type S3ServerKind, s3ServersToTest } from "@throughline/testing";
import fc from "fast-check";
import { open } from "lmdb";
import { afterAll, describe, expect, test } from "vitest";
import {
  definePeople,
  forgetPerson,
  loadVisits,
  newestVersion,
  onlineOf,
  PEOPLE_SERVICE,
  pushVisits,
  SHOPS_SERVICE,
  SOURCE,
  uploadVisits,
  type Visit,
  visitsAt,
} from "./testing-people.ts";
import { type TestPlatform, testPlatform } from "./testing-platform.ts";

const PARENT = "projects/p";
const KEYS = [{ version: 1, secret: Buffer.alloc(32, 7) }];
const PEOPLE = ["ann-of-the-test", "bob-of-the-test", "cyd-of-the-test"];
const SHOPS = [1, 2];

type Step =
  | {
      readonly kind: "push" | "load";
      readonly visits: readonly (readonly [person: number, shop: number, at: number])[];
    }
  | { readonly kind: "revert"; readonly version: number }
  | { readonly kind: "forget"; readonly person: number }
  | { readonly kind: "compact" | "materialize" | "restart" };

const visits = fc.array(fc.tuple(fc.nat(2), fc.integer({ min: 1, max: 2 }), fc.integer({ min: 1, max: 5 })), {
  minLength: 1,
  maxLength: 4,
});
const step: fc.Arbitrary<Step> = fc.oneof(
  { arbitrary: fc.record({ kind: fc.constantFrom("push", "load"), visits }), weight: 5 },
  { arbitrary: fc.record({ kind: fc.constant("revert"), version: fc.nat(20) }), weight: 2 },
  { arbitrary: fc.record({ kind: fc.constant("forget"), person: fc.nat(2) }), weight: 2 },
  { arbitrary: fc.record({ kind: fc.constantFrom("compact", "materialize", "restart") }), weight: 3 },
);

/** What the data should be, by plain lists: the rows of each segment, and which segments each data version has. */
function model() {
  const rows = new Map<number, readonly Visit[]>();
  const at = new Map<number, readonly number[]>();
  let newest = 0;
  const now = (): readonly number[] => at.get(newest) ?? [];
  const made = (segments: readonly number[]): number => {
    newest += 1;
    at.set(
      newest,
      [...segments].sort((a, b) => a - b),
    );
    return newest;
  };
  return {
    added(visits: readonly Visit[]): void {
      const version = made([...now(), newest + 1]);
      rows.set(version, visits);
    },
    /** Data versions that something else made have the segments of before, or those that are told. */
    until(version: number, segments = now()): void {
      while (newest < version) made(segments);
    },
    forgotten(person: string): void {
      for (const [version, of] of rows)
        rows.set(
          version,
          of.filter(([it]) => it !== person),
        );
    },
    visitsAt: (version: number): readonly Visit[] => (at.get(version) ?? []).flatMap((it) => rows.get(it) ?? []),
    segmentsAt: (version: number): readonly number[] => at.get(version) ?? [],
    now,
    newest: () => newest,
    /** Every row that is there at some data version. */
    all: (): readonly Visit[] => [...rows.values()].flat(),
  };
}

type Model = ReturnType<typeof model>;

let unique = 0;
async function carryOut(platform: TestPlatform, expected: Model, it: Step): Promise<void> {
  const ended = async (operation: Parameters<TestPlatform["ended"]>[0]) => platform.ended(operation);
  if (it.kind === "push" || it.kind === "load") {
    const rows = it.visits.map(([person, shop, at]): Visit => [PEOPLE[person] ?? "", shop, at, ++unique]);
    if (it.kind === "push") await pushVisits(platform, rows);
    else await loadVisits(platform, await uploadVisits(platform, rows));
    expected.added(rows);
  } else if (it.kind === "revert") {
    if (expected.newest() === 0) return;
    const version = 1 + (it.version % expected.newest());
    const request = { name: `${PARENT}/dataVersions/${version}` };
    const done = await ended((await platform.dataVersions.revertDataVersion(request)).operation).catch(String);
    if (typeof done === "string") return expect(done).toContain("NOTHING_TO_REVERT");
    const { dataVersion } = await platform.dataVersions.getDataVersion({ name: `${PARENT}/dataVersions/newest` });
    const gone = new Set(dataVersion?.removed.map((of) => Number(of.dataVersion)));
    const back = dataVersion?.added.map((of) => Number(of.dataVersion)) ?? [];
    expected.until(Number(dataVersion?.number), [...expected.now().filter((of) => !gone.has(of)), ...back]);
  } else if (it.kind === "forget") {
    await forgetPerson(platform, PEOPLE[it.person] ?? "");
    expected.forgotten(PEOPLE[it.person] ?? "");
  } else if (it.kind === "compact") {
    await ended((await platform.dataVersions.compactSource({ source: SOURCE })).operation);
  } else if (it.kind === "materialize") {
    for (const featureService of [PEOPLE_SERVICE, SHOPS_SERVICE])
      await ended((await platform.features.materialize({ featureService })).operation);
  } else {
    await platform.restart();
  }
  expected.until(Number(await newestVersion(platform)));
}

/** Latest value, sum and least value of some visits, in the order in which they were written. */
function features(visits: readonly Visit[]) {
  if (visits.length === 0) return [null, null, null];
  const latest = visits.reduce((best, it) => (it[2] >= best[2] ? it : best));
  const numbers = visits.map((it) => it[3]);
  return [latest[3], numbers.reduce((a, b) => a + b, 0), Math.min(...numbers)].map(BigInt);
}

async function check(platform: TestPlatform, expected: Model): Promise<void> {
  for (let version = 1; version <= expected.newest(); version++)
    expect((await visitsAt(platform, String(version))).visits).toEqual(expected.visitsAt(version));
  const now = expected.visitsAt(expected.newest());
  for (const person of PEOPLE)
    expect(await onlineOf(platform, { person })).toEqual(features(now.filter((it) => it[0] === person)));
  for (const shop of SHOPS)
    expect(await onlineOf(platform, { shop })).toEqual(features(now.filter((it) => it[1] === shop)));
  await checkFiles(platform, expected);
}

const DIGESTED = ["person", "shop", "at", "n", "__event_time", "__knowledge_time"];

/** Every row of every segment in the object storage is one that nobody forgot, with the digest that it always had. */
async function checkFiles({ blobs, tables }: TestPlatform, expected: Model): Promise<void> {
  const digests = new Set(
    expected.all().map(([person, shop, at, n]) => {
      const time = { ns: BigInt(at) };
      return rowDigest([person, BigInt(shop), time, BigInt(n), time, time]);
    }),
  );
  for (const { digest } of await blobs.list({ limit: 1_000 })) {
    const segments = [await blobs.localFile(digest)];
    const shape = await tables.inspect({ path: segments[0] ?? "", format: "parquet" });
    if (!shape.columns.some((it) => it.name === "__event_time")) continue;
    for await (const some of tables.rowDigests({ segments, columns: DIGESTED }))
      for (const it of some) expect(digests.has(it)).toBe(true);
  }
}

/** No key and no value of the embedded online store names a person. */
async function checkOnlineFile(folder: string, people: readonly string[]): Promise<void> {
  const path = join(folder, "online", "values");
  const database = open<Buffer, Buffer>({ path, keyEncoding: "binary", encoding: "binary", readOnly: true });
  for (const { key, value } of database.getRange({}))
    for (const it of people) expect(key.includes(it) || value.includes(it)).toBe(false);
  await database.close();
}

/** Where a feature store keeps things. */
interface Place {
  readonly name: string;
  readonly runs: number;
  stores(): Promise<Parameters<typeof testPlatform>[1]>;
}

const [sqlite, mongodb] = everyDatabase() as readonly [Database, Database?];
const s3 = (await s3ServersToTest(process.env)).find((it) => it.name === "minio");
let server: S3Server | undefined;
let buckets = 0;
afterAll(async () => server?.stop());

async function newBucket(kind: S3ServerKind): Promise<string> {
  server ??= await kind.start();
  const { port, accessKey, secretKey } = server;
  const bucket = `forget-${++buckets}`;
  // To this server a bucket is a folder.
  await mkdir(join(server.dir, bucket));
  return `s3://${accessKey}:${secretKey}@127.0.0.1:${port}/${bucket}?tls=false`;
}

const PLACES: readonly Place[] = [
  { name: `${sqlite.name} and files`, runs: 4, stores: async () => ({}) },
  ...(mongodb && s3
    ? [
        {
          name: `${mongodb.name} and ${s3.name}`,
          runs: 2,
          stores: async () => ({ store: await mongodb.empty(), blobs: await newBucket(s3) }),
        },
      ]
    : []),
];

describe.each(PLACES)("on $name", ({ runs, stores }) => {
  test("whatever happened before and after, what was forgotten is nowhere, and all else is what it was", async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 4, maxLength: 9 }), fc.nat(2), async (steps, last) => {
        const folder = await mkdtemp(join(tmpdir(), "forget-histories-"));
        const platform = await testPlatform(folder, { privacyKeys: KEYS, ...(await stores()) });
        try {
          await definePeople(platform);
          const expected = model();
          for (const it of steps) await carryOut(platform, expected, it);
          await carryOut(platform, expected, { kind: "materialize" });
          await carryOut(platform, expected, { kind: "forget", person: last });
          await check(platform, expected);
        } finally {
          await platform.close();
        }
        await checkOnlineFile(folder, [PEOPLE[last] ?? ""]);
        await rm(folder, { recursive: true, force: true });
      }),
      { numRuns: runs },
    );
  });
});

test("a forgetting is a data version of its own kind", () => expect(CommitKind.FORGET).toBe(5));
