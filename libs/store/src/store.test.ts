import { everyDatabase } from "@throughline/testing";
import { describe, expect, test } from "vitest";
import { testDocumentStore } from "./laws/index.ts";
import { THINGS } from "./laws/things.ts";
import { type ObservedCall, observedStore } from "./observed.ts";

for (const database of everyDatabase()) {
  const faults = { updatesKeepInsertedUniqueValues: database.imitation };
  testDocumentStore(database.name, () => database.empty(), faults);
  testDocumentStore(`observed ${database.name}`, async () => observedStore(await database.empty(), () => {}), faults);

  describe(`observed calls: ${database.name}`, () => {
    test("each call of the store and its collections is told once, with its error", async () => {
      const calls: ObservedCall[] = [];
      const store = observedStore(await database.empty(), (call) => calls.push(call));
      const things = store.collection(THINGS);
      await store.ping();
      await things.insert("a", { group: "g" });
      await expect(things.insert("a", { group: "g" })).rejects.toThrow();
      expect(calls.map(({ port, method, error }) => [port, method, (error as { reason?: string })?.reason])).toEqual([
        ["store", "ping", undefined],
        ["laws_things", "insert", undefined],
        ["laws_things", "insert", "ALREADY_EXISTS"],
      ]);
    });
  });
}
