import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { open } from "lmdb";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { OnlineStore, SeriesEdit } from "../domain/online-store.ts";
import { openLmdbOnlineStore } from "./lmdb-online-store.ts";

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "lmdb-online-store-"));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const SERIES = Buffer.from("0123456789abcdef01234567", "hex");

function change(online: OnlineStore, fromNs: bigint, edits: readonly (readonly [bigint, string | undefined])[]) {
  const made = edits.map(
    ([timeNs, text]): SeriesEdit => ({ timeNs, value: text === undefined ? text : Buffer.from(text) }),
  );
  const changes = [{ series: SERIES, fromNs, edit: () => made }];
  return online.apply({ changes, state: { name: "note", advance: () => "applied" } });
}

async function all(online: OnlineStore): Promise<readonly string[]> {
  const { spans } = await online.read({ seeks: [], spans: [{ series: SERIES, fromNs: 0n, untilNs: 100n }] });
  return (spans[0] ?? []).map(({ timeNs, value }) => `${timeNs} ${Buffer.from(value).toString()}`);
}

/** Puts the newest entry of each series among the others, too, as stores of before have it. */
async function writeTwice(dir: string): Promise<void> {
  const database = open<Buffer, Buffer>({ path: dir, keyEncoding: "binary", encoding: "binary", noSubdir: false });
  const newest = [...database.getRange({ start: Buffer.of(2), end: Buffer.of(3) })];
  expect(newest).toHaveLength(1);
  for (const { key, value } of newest) {
    const time = Buffer.alloc(8);
    time.writeBigUInt64BE(BigInt.asUintN(64, value.readBigInt64LE(0) + 2n ** 63n));
    await database.put(Buffer.concat([Buffer.of(1), key.subarray(1), time]), Buffer.from(value.subarray(8)));
  }
  await database.close();
}

test.each([false, true])("entries are read and changed alike where the newest stands twice: %s", async (isTwice) => {
  const dir = join(folder, `twice-${isTwice}`);
  const before = await openLmdbOnlineStore(dir);
  await change(before, 1n, [
    [1n, "one"],
    [2n, "two"],
  ]);
  await before.close();
  if (isTwice) await writeTwice(dir);
  const online = await openLmdbOnlineStore(dir);
  expect(await all(online)).toEqual(["1 one", "2 two"]);
  await change(online, 2n, [[2n, "two again"]]);
  expect(await all(online)).toEqual(["1 one", "2 two again"]);
  await change(online, 3n, [[3n, "three"]]);
  expect(await all(online)).toEqual(["1 one", "2 two again", "3 three"]);
  await change(online, 2n, [
    [2n, undefined],
    [3n, undefined],
  ]);
  expect(await all(online)).toEqual(["1 one"]);
  await change(online, 1n, [
    [1n, undefined],
    [4n, "four"],
  ]);
  expect(await all(online)).toEqual(["4 four"]);
  await change(online, 1n, [[2n, "late"]]);
  const { seeks } = await online.read({ seeks: [1n, 3n, 9n].map((timeNs) => ({ series: SERIES, timeNs })), spans: [] });
  expect(seeks.map((it) => it?.timeNs)).toEqual([undefined, 2n, 4n]);
  await change(online, 0n, [
    [2n, undefined],
    [4n, undefined],
  ]);
  expect(await all(online)).toEqual([]);
  await online.close();
});

test("a read after a change has the change, also of an entry that was read a moment before, and while another is made", async () => {
  const online = await openLmdbOnlineStore(join(folder, "read-lately"));
  const newest = async (): Promise<string | undefined> => {
    const { seeks } = await online.read({ seeks: [{ series: SERIES, timeNs: 1_000n }], spans: [] });
    return seeks[0] && Buffer.from(seeks[0].value).toString();
  };
  for (let i = 1n; i <= 30n; i++) {
    let isUnderWay = true;
    const under = change(online, i, [[i, `value ${i}`]]).finally(() => {
      isUnderWay = false;
    });
    while (isUnderWay) {
      expect([i === 1n ? undefined : `value ${i - 1n}`, `value ${i}`]).toContain(await newest());
      await new Promise((resolve) => setImmediate(resolve));
    }
    await under;
    expect(await newest()).toBe(`value ${i}`);
    expect(await newest()).toBe(`value ${i}`);
  }
  await change(online, 30n, [[30n, undefined]]);
  expect(await newest()).toBe("value 29");
  await online.removeLayout(SERIES.toString("hex"));
  expect(await newest()).toBeUndefined();
  await online.close();
});
