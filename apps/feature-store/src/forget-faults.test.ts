import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { ForgettingState } from "@throughline/contracts/throughline/features/v1/privacy_pb";
import { pageTokens, systemClock, timeOrderedIds } from "@throughline/kernel";
import { afterEach, beforeEach, expect, test } from "vitest";
import { filesOf } from "./repositories.ts";
import { type Life, lifeUntil } from "./testing-faults.ts";
import {
  definePeople,
  filesWith,
  forgetPerson,
  loadVisits,
  onlineOf,
  PEOPLE_SERVICE,
  pushVisits,
  SHOPS_SERVICE,
  SOURCE,
  uploadVisits,
  visitsAt,
} from "./testing-people.ts";
import { type Stores, type TestPlatform, testPlatform } from "./testing-platform.ts";

const PARENT = "projects/p";
const ANN = "ann";
const KEYS = [{ version: 1, secret: Buffer.alloc(32, 7) }];

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "feature-store-forget-faults-"));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

/** Rows of Ann in loads, pushes, a compacted file and a reverted segment. */
async function prepare(platform: TestPlatform): Promise<string> {
  await definePeople(platform);
  const uploaded = await uploadVisits(platform, [
    [ANN, 1, 20, 100],
    ["cyd", 2, 20, 3],
  ]);
  await pushVisits(platform, [
    [ANN, 1, 10, 5],
    ["bob", 1, 10, 7],
  ]);
  await loadVisits(platform, uploaded);
  const reverted = await pushVisits(platform, [[ANN, 2, 30, 1]]);
  const name = `${PARENT}/dataVersions/${reverted}`;
  await platform.ended((await platform.dataVersions.revertDataVersion({ name })).operation);
  await platform.ended((await platform.dataVersions.compactSource({ source: SOURCE })).operation);
  await pushVisits(platform, [[ANN, 1, 40, 9]]);
  for (const featureService of [PEOPLE_SERVICE, SHOPS_SERVICE])
    await platform.ended((await platform.features.materialize({ featureService })).operation);
  return uploaded;
}

/** Steps by which each life is longer than the one before. */
const LONGER = 5;

test.each([4, 6])(
  "whatever ends the process while it forgets, first at step %i, asking again goes on, and nothing half forgotten is done",
  async (firstStep) => {
    let life: Life | undefined;
    let lives = 0;
    let isMortal = false;
    const around = (stores: Stores): Stores => {
      if (!isMortal) return stores;
      life = lifeUntil(stores, firstStep + LONGER * lives++);
      return life.stores;
    };
    const before = await testPlatform(folder, { privacyKeys: KEYS });
    const uploaded = await prepare(before);
    await before.close();
    const platform = await testPlatform(folder, { privacyKeys: KEYS, around, isOpen: false });
    isMortal = true;
    for (let isDone = false; !isDone; ) {
      // Opening the service calls `around` at once.
      const living = platform.restart().then(() => forgetPerson(platform, ANN));
      const ending = life as Life | undefined;
      isDone = await Promise.race([
        living.then((it) => it.state === ForgettingState.DONE),
        ending?.end.then(() => false) ?? false,
      ]);
      if (isDone) ending?.spare();
      if (isDone && ending?.hasEnded() === false) break;
      isDone = false;
      platform.abandon();
      await ending?.bury();
    }
    isMortal = false;
    await platform.restart();
    expect(lives).toBeGreaterThan(5);
    const { forgettings } = await platform.privacy.listForgettings({ parent: PARENT });
    expect(forgettings.map((it) => it.state)).toEqual([ForgettingState.DONE]);
    expect(forgettings[0]?.sources).toMatchObject([{ rowCount: 4n }]);
    const { dataVersions } = await platform.dataVersions.listDataVersions({ parent: PARENT, pageSize: 100 });
    for (const { number } of dataVersions)
      expect((await visitsAt(platform, number)).visits.filter(([person]) => person === ANN)).toEqual([]);
    expect((await visitsAt(platform)).visits).toEqual([
      ["bob", 1, 10, 7],
      ["cyd", 2, 20, 3],
    ]);
    expect(await onlineOf(platform, { person: ANN })).toEqual([null, null, null]);
    expect(await onlineOf(platform, { shop: 1 })).toEqual([7n, 7n, 7n]);
    expect(await onlineOf(platform, { shop: 2 })).toEqual([3n, 3n, 3n]);
    // What a killed process stored and never committed is found by a sweep.
    const { store, blobs, artifacts } = platform;
    const files = filesOf({
      store,
      blobs,
      artifacts,
      clock: systemClock,
      newId: timeOrderedIds(systemClock),
      pageTokens: pageTokens(Buffer.from("a secret of the tests")),
    });
    await files.sweep(0);
    expect(await filesWith(platform, ANN, new Set([uploaded]))).toEqual([]);
    await platform.close();
  },
  600_000,
);
