import { digestOfBytes } from "@throughline/kernel";
import { everyDatabase } from "@throughline/testing";
import { describe, expect, test } from "vitest";
import { mentionedStore } from "./mentions.ts";
import { versionedCollection } from "./versioned.ts";

const digest = (name: string) => digestOfBytes(name);

for (const database of everyDatabase()) {
  describe(`mentions on ${database.name}`, () => {
    test("a digest is found wherever it stands in a document, and nothing else is", async () => {
      const { store, mentions } = mentionedStore(await database.empty());
      const things = store.collection<Record<string, unknown>>({ name: "mentions_things", indexes: [] });
      await things.insert("field", { digest: digest("field") });
      await things.insert("deep", { a: [{ b: { c: [1n, null, `x ${digest("deep")} y`] } }] });
      await things.insert("key", { [digest("key")]: true });
      await things.insert("bare", { hex: `00${digest("bare").slice("sha256:".length)}ff` });
      await things.insert("packed", { value: Buffer.from(`\n\u0047${digest("packed")}\u0012`).toString("base64") });
      await things.insert(`id/${digest("id")}`, {});
      for (let i = 0; i < 450; i++) await things.insert(`other ${i}`, { i });
      await things.insert("~ last", { digest: digest("last") });
      const named = ["field", "deep", "key", "bare", "packed", "id", "last"].map(digest);
      expect(await mentions([...named, digest("absent")])).toEqual(named);
      expect(await mentions([])).toEqual([]);
    });

    test("histories, remembered requests and what is said to need nothing are left out", async () => {
      const { store, mentions } = mentionedStore(await database.empty(), {
        collections: ["mentions_feedback"],
        document: async ({ collection, id }) => collection === "mentions_contents" && id === "deleted",
      });
      const change = { actor: "ada", reason: "", timeMs: 1 };
      const versioned = versionedCollection<{ readonly digest: string }>(store, {
        name: "mentions_versions",
        indexes: [],
      });
      const first = await versioned.insert("a", { digest: digest("before") }, change);
      await versioned.replace("a", first.revision, { digest: digest("now") }, change);
      await store.collection({ name: "mentions_feedback", indexes: [] }).insert("a", { digest: digest("feedback") });
      const contents = store.collection({ name: "mentions_contents", indexes: [] });
      await contents.insert("deleted", { digest: digest("deleted") });
      await contents.insert("kept", { digest: digest("kept") });
      const all = ["before", "now", "feedback", "deleted", "kept"].map(digest);
      expect(await mentions(all)).toEqual([digest("now"), digest("kept")]);
    });
  });
}
