import { rm } from "node:fs/promises";
import { mongodbServerProgram, startMongodbServer } from "@throughline/testing";
import { describe, expect, test } from "vitest";
import { openMongodbStore } from "./mongodb-store.ts";

const program = process.env["THROUGHLINE_TEST_SERVERS"] === "1" ? mongodbServerProgram(process.env) : undefined;

describe.skipIf(program === undefined)("the MongoDB adapter, when its server dies", () => {
  test("no write fails as if it had not happened, and reads say that the storage is away", async () => {
    const server = await startMongodbServer(program as string);
    const store = await openMongodbStore(`${server.url}/laws`);
    try {
      const things = store.collection<{ readonly group: string }>({ name: "things", indexes: [] });
      await things.insert("before", { group: "g" });
      const writes = Array.from({ length: 20 }, (_, i) => things.insert(`${i}`, { group: "g" }));
      await Promise.race(writes);
      await server.kill9();
      const settled = await Promise.allSettled(writes);
      const lost = settled.filter((it) => it.status === "rejected").map((it) => it.reason.reason);
      expect(lost.filter((reason) => reason !== "WRITE_OUTCOME_UNKNOWN")).toEqual([]);
      await expect(things.get("before")).rejects.toMatchObject({ reason: "STORAGE_UNAVAILABLE" });
      await expect(store.ping()).rejects.toMatchObject({ reason: "STORAGE_UNAVAILABLE" });
    } finally {
      await store.close();
      await rm(server.dir, { recursive: true, force: true });
    }
  });

  test("a URL without a database is refused", async () => {
    await expect(openMongodbStore("mongodb://127.0.0.1:1")).rejects.toMatchObject({ reason: "INVALID_STORE_CALL" });
  });
});
