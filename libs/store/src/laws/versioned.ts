import fc from "fast-check";
import { beforeEach, describe, expect, test } from "vitest";
import type { Store } from "../port.ts";
import { type Change, type Current, type VersionedCollection, versionedCollection } from "../versioned.ts";
import { type KnownFaults, NO_FAULTS, OTHERS, reasonsOf } from "./things.ts";

interface Alias {
  readonly model: string;
  readonly version: number;
}

/** Checks the laws of collections with a history. `open` returns an empty store. */
export function testVersionedCollection(
  name: string,
  open: () => Promise<Store>,
  faults: KnownFaults = NO_FAULTS,
): void {
  describe(`versioned collection: ${name}`, () => {
    let store: Store;
    let aliases: VersionedCollection<Alias>;
    let round = 0;
    beforeEach(async () => {
      store = await open();
      aliases = versionedCollection<Alias>(store, {
        name: "laws_aliases",
        indexes: [
          { name: "by_target", fields: ["model", "version"], unique: true },
          { name: "by_version", fields: ["version"] },
        ],
      });
    });
    const by = (actor: string, timeMs: number): Change => ({ actor, reason: `because ${actor}`, timeMs });

    test("what was there at any time can be read", async () => {
      await aliases.insert("prod", { model: "m", version: 1 }, by("ann", 10));
      await aliases.replace("prod", 1, { model: "m", version: 2 }, by("bob", 20));
      await aliases.remove("prod", 2, by("cy", 30));
      const back = await aliases.insert("prod", { model: "m", version: 3 }, by("dee", 40));
      expect(back.revision).toBe(4);
      const seen = await Promise.all([9, 10, 19, 20, 29, 30, 39, 40, 99].map((time) => aliases.get("prod", time)));
      expect(seen.map((it) => it?.value.version)).toEqual([undefined, 1, 1, 2, 2, undefined, undefined, 3, 3]);
      expect(await aliases.get("prod")).toEqual({
        id: "prod",
        revision: 4,
        value: { model: "m", version: 3 },
        change: by("dee", 40),
      });
    });

    test("a list of the past has exactly what was there, page by page", async () => {
      const change = fc.record({ of: fc.constantFrom("a/1", "a/2", "a/30", "ab/1", "b/1"), removes: fc.boolean() });
      await fc.assert(
        fc.asyncProperty(
          fc.array(change, { maxLength: 12 }),
          fc.integer({ min: 1, max: 3 }),
          async (changes, limit) => {
            round += 1;
            const things = versionedCollection<{ readonly at: number }>(store, { name: `past_${round}`, indexes: [] });
            for (const [at, { of, removes }] of changes.entries()) {
              const now = await things.get(of);
              if (removes && now) await things.remove(of, now.revision, by("ann", at));
              else if (now) await things.replace(of, now.revision, { at }, by("ann", at));
              else if (!removes) await things.insert(of, { at }, by("ann", at));
            }
            for (const asOfMs of [-1, changes.length >> 1, changes.length]) {
              const found: Current<{ readonly at: number }>[] = [];
              for (let after: string | undefined, isMore = true; isMore; isMore = after !== undefined) {
                const query = { prefix: "a/", asOfMs, limit, ...(after !== undefined && { after }) };
                const { versions, next } = await things.findAsOf(query);
                expect(versions.length).toBeLessThanOrEqual(limit);
                found.push(...versions);
                after = next;
              }
              const single = await Promise.all(["a/1", "a/2", "a/30"].map((id) => things.get(id, asOfMs)));
              expect(found).toEqual(single.filter((it) => it !== undefined));
            }
          },
        ),
        { numRuns: 15 },
      );
    });

    test("the history tells every change, newest first, page by page, removals included", async () => {
      await aliases.insert("prod", { model: "m", version: 1 }, by("ann", 10));
      await aliases.insert("other", { model: "m", version: 9 }, by("ann", 11));
      await aliases.replace("prod", 1, { model: "m", version: 2 }, by("bob", 20));
      await aliases.remove("prod", 2, by("cy", 30));
      const first = await aliases.history("prod", { limit: 2 });
      const rest = await aliases.history("prod", { limit: 2, after: first.next as string });
      expect(rest.next).toBeUndefined();
      expect(
        [...first.versions, ...rest.versions].map((it) => [it.revision, it.change.actor, it.value?.version]),
      ).toEqual([
        [3, "cy", undefined],
        [2, "bob", 2],
        [1, "ann", 1],
      ]);
    });

    test("of ten changes of one revision one wins, and the history has no other", async () => {
      await aliases.insert("prod", { model: "m", version: 0 }, by("ann", 1));
      const changes = Array.from({ length: 10 }, (_, i) =>
        aliases.replace("prod", 1, { model: "m", version: i }, by(`${i}`, 2)),
      );
      expect(reasonsOf(await Promise.allSettled(changes))).toEqual(Array(9).fill("REVISION_CONFLICT"));
      const { versions } = await aliases.history("prod", { limit: 100 });
      expect(versions.map((it) => it.revision)).toEqual([2, 1]);
      expect((await aliases.get("prod"))?.value).toEqual(versions[0]?.value);
    });

    test("removed documents are out of find, and old revisions of them change nothing", async () => {
      await aliases.insert("a", { model: "m", version: 1 }, by("ann", 1));
      await aliases.insert("b", { model: "m", version: 2 }, by("ann", 2));
      await aliases.insert("c", { model: "m", version: 3 }, by("ann", 3));
      await aliases.remove("a", 1, by("ann", 4));
      const page = await aliases.find({
        where: { not: { field: "version", eq: 7 } },
        orderBy: [{ field: "version", descending: true }],
        limit: 10,
      });
      expect(page.versions.map((it) => it.id)).toEqual(["c", "b"]);
      const change = { model: "m", version: 8 };
      await expect(aliases.replace("a", 1, change, by("ann", 6))).rejects.toMatchObject({
        reason: "REVISION_CONFLICT",
      });
      await expect(aliases.replace("z", 1, change, by("ann", 6))).rejects.toMatchObject({ reason: "NOT_FOUND" });
    });

    test("an id and a unique value are taken while a document is there", async () => {
      await aliases.insert("a", { model: "m", version: 1 }, by("ann", 1));
      const taken = (index: string) => ({ reason: "ALREADY_EXISTS", metadata: { index } });
      await expect(aliases.insert("a", { model: "m", version: 5 }, by("ann", 2))).rejects.toMatchObject(taken("id"));
      await expect(aliases.insert("b", { model: "m", version: 1 }, by("ann", 2))).rejects.toMatchObject(
        taken("by_target"),
      );
    });

    test.skipIf(faults.updatesKeepInsertedUniqueValues)("a removed document frees its unique values", async () => {
      await aliases.insert("a", { model: "m", version: 1 }, by("ann", 1));
      await aliases.remove("a", 1, by("ann", 3));
      expect((await aliases.insert("b", { model: "m", version: 1 }, by("ann", 4))).id).toBe("b");
    });

    test("a change can be part of a larger batch, and fails with all of it", async () => {
      const others = store.collection(OTHERS);
      const writes = await aliases.writes.insert("a", { model: "m", version: 1 }, by("ann", 1));
      await store.batch([...writes, others.writes.insert("o", { text: "t" })]);
      const second = aliases.writes.replace("a", 1, { model: "m", version: 2 }, by("ann", 2));
      await expect(store.batch([...second, others.writes.insert("o", { text: "t" })])).rejects.toMatchObject({
        reason: "ALREADY_EXISTS",
      });
      expect((await aliases.history("a", { limit: 10 })).versions.length).toBe(1);
    });
  });
}
