import { rm } from "node:fs/promises";
import { connectMongodb } from "@throughline/store/mongodb";
import { mongodbServerProgram, startMongodbServer } from "@throughline/testing";
import { describe, expect, test } from "vitest";
import { contentionMs, openMongodbOnlineStore } from "./mongodb-online-store.ts";

const program = process.env["THROUGHLINE_TEST_SERVERS"] === "1" ? mongodbServerProgram(process.env) : undefined;
/** A change of a series, and a note, of its own. */
const counted = (i: number) => ({
  changes: [{ series: Buffer.of(i), fromNs: 0n, edit: () => [{ timeNs: 1n, value: Buffer.from("x") }] }],
  state: { name: `note ${i}`, advance: (before: string | undefined) => (before === undefined ? "done" : undefined) },
});

describe.skipIf(program === undefined)("the online store on MongoDB, when its server dies", () => {
  test("no change fails as if it had not happened, and reads say that the storage is away", async () => {
    const server = await startMongodbServer(program as string);
    const store = await openMongodbOnlineStore(`${server.url}/online`);
    try {
      await store.apply(counted(0));
      const changes = Array.from({ length: 20 }, (_, i) => store.apply(counted(i + 1)));
      await Promise.race(changes);
      await server.kill9();
      const [settled, reads] = await Promise.all([
        Promise.allSettled(changes),
        Promise.allSettled([
          store.read({ seeks: [{ series: Buffer.of(0), timeNs: 9n }], spans: [] }),
          store.state("note 0"),
        ]),
      ]);
      const lost = settled.filter((it) => it.status === "rejected").map((it) => it.reason.reason);
      expect(lost.filter((reason) => reason !== "WRITE_OUTCOME_UNKNOWN")).toEqual([]);
      const unavailable = { status: "rejected", reason: { reason: "STORAGE_UNAVAILABLE" } };
      expect(reads).toMatchObject([unavailable, unavailable]);
    } finally {
      await store.close();
      await rm(server.dir, { recursive: true, force: true });
    }
    await expect(store.state("note 0")).rejects.toMatchObject({ reason: "STORE_CLOSED" });
  });
});

describe.skipIf(program === undefined)("the online store on MongoDB, when a process that used it was killed", () => {
  test("the first change under a note waits until the server has let go what was left in the midst of another", async () => {
    const server = await startMongodbServer(program as string);
    const url = `${server.url}/online`;
    await (await openMongodbOnlineStore(url)).close();
    const { client, db } = await connectMongodb(url, { appName: "left" });
    const store = await openMongodbOnlineStore(url);
    try {
      // Longer than other changes are tried again.
      await client.db("admin").command({ setParameter: 1, transactionLifetimeLimitSeconds: 14 });
      const left = client.startSession();
      left.startTransaction();
      const notes = db.collection<{ readonly _id: string }>("online_notes");
      await notes.updateOne({ _id: "note 1" }, { $set: { text: "lost" } }, { session: left, upsert: true });
      const begun = performance.now();
      expect(await store.apply(counted(1))).toBe(1);
      expect(performance.now() - begun).toBeGreaterThan(10_000);
      expect(await store.state("note 1")).toBe("done");
    } finally {
      await store.close();
      await client.close();
      await server.stop();
      await rm(server.dir, { recursive: true, force: true });
    }
  });
});

test("the first change under a note waits no longer than a call may, but for a while after opening, and never until others remove", () => {
  const first = (openMs: number): number => contentionMs({ isFirst: true, openMs });
  const [deadlineMs, othersMs] = [60_000, 90_000];
  expect(first(0)).toBeGreaterThan(deadlineMs);
  expect(first(0)).toBeLessThan(othersMs);
  expect(first(30_000)).toBeLessThan(deadlineMs);
  expect(first(3_600_000)).toBeLessThan(deadlineMs);
  expect(contentionMs({ isFirst: false, openMs: 0 })).toBeLessThan(first(3_600_000));
});

test("a URL without a database is refused", async () => {
  await expect(openMongodbOnlineStore("mongodb://127.0.0.1:1")).rejects.toMatchObject({ reason: "INVALID_STORE_CALL" });
});
