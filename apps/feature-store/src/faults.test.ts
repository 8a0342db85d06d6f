import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { FileFormat } from "@throughline/contracts/throughline/features/v1/feature_store_service_pb";
import { type Digest, pageTokens, systemClock, timeOrderedIds } from "@throughline/kernel";
import { valueFromProto, valueToProto } from "@throughline/rpc";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { filesOf } from "./repositories.ts";
import { expiryLog } from "./store/expiry-log.ts";
import { type Life, lifeUntil } from "./testing-faults.ts";
import { defineNumbers, PARENT, pushNumber, readNumbers, SERVICE, SOURCE } from "./testing-numbers.ts";
import { type Stores, type TestPlatform, testPlatform } from "./testing-platform.ts";

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "feature-store-faults-"));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

/** What is done, step by step. Each can be done again after it failed, whether or not it had been carried out. */
type Task = (platform: TestPlatform, uploads: ReadonlyMap<number, Digest>) => Promise<unknown>;

const define: Task = async (platform) => {
  await defineNumbers(platform, ["latest", "sums"]);
  await platform.features.getFeatureService({ name: SERVICE });
};
const push =
  (n: number): Task =>
  (platform) =>
    pushNumber(platform, BigInt(n), `push-${n}`);
/** Rows as messages of one stream, whose first answer tells what is stored. */
const stream =
  (...ns: readonly number[]): Task =>
  async ({ features }) => {
    const messages = (async function* () {
      yield { source: SOURCE, streamId: "s" };
      for (const [i, n] of ns.entries()) {
        const values = { id: valueToProto(1n), at: valueToProto({ ns: BigInt(n) }), n: valueToProto(BigInt(n)) };
        yield { sequence: BigInt(i + 1), rows: [{ values }] };
      }
    })();
    let last = 0n;
    for await (const { acknowledgedSequence } of features.streamRows(messages)) last = acknowledgedSequence;
    expect(last).toBe(BigInt(ns.length));
  };
const load =
  (n: number): Task =>
  async (platform, uploads) => {
    const digest = uploads.get(n) as Digest;
    // Whoever does not know how a load ended looks into the log.
    const { source } = await platform.features.getSource({ name: SOURCE });
    if (source?.segments.some((it) => it.loadedDigest === digest)) return;
    const request = { source: SOURCE, digest, format: FileFormat.PARQUET };
    await platform.ended((await platform.features.loadSource(request)).operation);
  };
const materialize: Task = async (platform) =>
  platform.ended((await platform.features.materialize({ featureService: SERVICE })).operation);
const compact: Task = async (platform) =>
  platform.ended((await platform.dataVersions.compactSource({ source: SOURCE })).operation);
/** Takes out the segment that has so many rows, of which there is one. */
const revert =
  (rowCount: bigint): Task =>
  async (platform) => {
    const { source } = await platform.features.getSource({ name: SOURCE });
    const segment = source?.segments.find((it) => it.rowCount === rowCount);
    if (!segment) return;
    const name = `${PARENT}/dataVersions/${segment.dataVersion}`;
    await platform.ended((await platform.dataVersions.revertDataVersion({ name })).operation);
  };

const keepAnHour: Task = ({ dataVersions }) =>
  dataVersions.setDataRetention({ retention: { name: `${PARENT}/dataRetention`, keep: { seconds: 3_600n } } });
let passedMs = 0;
/** What is needed no more is marked the first time, and removed the second. */
const expire: Task = async (platform) => {
  passedMs += 2 * 3_600_000;
  await platform.ended((await platform.dataVersions.expireDataVersions({ parent: PARENT })).operation);
};

const BEFORE: readonly Task[] = [
  ...[define, push(1), push(2), load(3), materialize, push(4), load(2)],
  ...[materialize, compact, push(5), revert(3n), push(6), compact],
];
/** From the last revert on nothing is taken back any more: the latest value and the sum that are read at least once each is done. */
const AFTER: readonly (readonly [Task, readonly [bigint, bigint]])[] = [
  [revert(2n), [6n, 18n]],
  [push(7), [7n, 25n]],
  [stream(8, 9), [9n, 42n]],
  [keepAnHour, [9n, 42n]],
  [expire, [9n, 42n]],
  [expire, [9n, 42n]],
];
const TASKS: readonly Task[] = [...BEFORE, ...AFTER.map(([task]) => task)];
const KEPT = [1n, 2n, 4n, 5n, 6n, 7n, 8n, 9n];

/** What was acknowledged is read, and nothing that was taken back; what is under way may be. */
async function expectOnline(platform: TestPlatform, done: number): Promise<void> {
  const [, least] = AFTER[done - BEFORE.length - 1] ?? [];
  if (!least) return;
  const read = ((await readNumbers(platform)) ?? []) as readonly bigint[];
  const isRight = [9n, 42n].every((most, i) => (read[i] ?? 0n) >= (least[i] ?? 0n) && (read[i] ?? 0n) <= most);
  expect({ done, read, isRight }).toMatchObject({ isRight: true });
}

/** A platform whose process ends again and again: each life lasts one step longer than the one before. */
async function livedThrough(firstSteps: number): Promise<{ readonly platform: TestPlatform; readonly lives: number }> {
  const lives: Life[] = [];
  let isImmortal = false;
  const around = (stores: Stores): Stores => {
    if (isImmortal) return stores;
    lives.push(lifeUntil(stores, firstSteps + lives.length));
    return lives.at(-1)?.stores ?? stores;
  };
  const clock = { now: () => systemClock.now() + passedMs };
  const platform = await testPlatform(folder, { isOpen: false, around, clock });
  const uploads = new Map<number, Digest>();
  for (const count of [3, 2]) uploads.set(count, await upload(platform, count));
  for (let done = 0; done < TASKS.length; ) {
    const living = platform.restart().then(async () => {
      for (; done < TASKS.length; done++) {
        await expectOnline(platform, done);
        await TASKS[done]?.(platform, uploads);
      }
    });
    // Opening the service calls `around` at once.
    await Promise.race([living, lives.at(-1)?.end]);
    lives.at(-1)?.spare();
    if (lives.at(-1)?.hasEnded() !== true) break;
    platform.abandon();
    await lives.at(-1)?.bury();
  }
  isImmortal = true;
  await platform.restart();
  return { platform, lives: lives.length };
}

function upload(platform: TestPlatform, count: number): Promise<Digest> {
  const columns = [
    { name: "id", type: "int64" as const },
    { name: "at", type: "timestamp" as const },
    { name: "n", type: "int64" as const },
  ];
  const rows = Array.from({ length: count }, (_, i) => [1n, { ns: BigInt(100 * count + i) }, 1_000n] as const);
  return platform.upload(columns, rows);
}

test.each([4, 15])(
  "whatever ends the process at step %i, and then again and again, nothing is lost, doubled or left behind",
  async (firstSteps) => {
    const { platform, lives } = await livedThrough(firstSteps);
    expect(lives).toBeGreaterThan(2);
    const { rows } = await platform.dataVersions.readSource({ source: SOURCE });
    expect(rows.map((it) => valueFromProto(it.values["n"]))).toEqual(KEPT);
    expect(await readNumbers(platform)).toEqual([9n, KEPT.reduce((a, b) => a + b, 0n)]);
    // What lay over the values is folded, and what is not read removed, in the background.
    await vi.waitFor(async () => expect(await leftBehind(platform)).toEqual([]), { timeout: 120_000, interval: 200 });
    await platform.close();
  },
);

/** Files that no data version that is kept refers to after a sweep, and generations that are not read. */
async function leftBehind(platform: TestPlatform): Promise<readonly string[]> {
  const { store, blobs } = platform;
  await expire(platform, new Map());
  const files = filesOf({
    store,
    blobs,
    clock: systemClock,
    newId: timeOrderedIds(systemClock),
    pageTokens: pageTokens(Buffer.from("a secret of the tests")),
    artifacts: platform.artifacts,
  });
  await files.sweep(0);
  const referred = new Set<string>();
  for await (const it of expiryLog(store).files("p")) referred.add(it.digest);
  const found = await blobs.list({ limit: 1_000 });
  const generations = store.collection<{ state: string }>({ name: "feature_store_generations", indexes: [] });
  const { documents } = await generations.find({ limit: 100 });
  return [
    ...(await Promise.all(found.map((it) => platform.artifacts.find("p", it.digest)))).flatMap((artifact, i) =>
      artifact || referred.has(found[i]?.digest ?? "") ? [] : [found[i]?.digest ?? ""],
    ),
    ...documents.map((it) => it.value.state).filter((it) => it !== "current"),
  ];
}
