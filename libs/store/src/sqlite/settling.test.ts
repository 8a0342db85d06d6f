import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { Store } from "../port.ts";
import type { AttributeValue, SearchIndex } from "../search.ts";
import { openConnection } from "./database.ts";
import { changeText, mergedChanges, readChange, type SearchChange } from "./search-change.ts";
import { openSqliteStore } from "./sqlite-store.ts";

const SUBJECTS = 300;

describe("changes of a search index", () => {
  let dir: string;
  let path: string;
  let store: Store;
  let index: SearchIndex;
  const open = (): void => {
    store = openSqliteStore(path);
    index = store.searchIndex("runs");
  };
  beforeEach(() => {
    dir = mkdtempSync(join(tmpdir(), "throughline-settling-"));
    path = join(dir, "store.db");
    open();
  });
  afterEach(async () => {
    await store.close();
    rmSync(dir, { recursive: true, force: true });
  });

  const set = (subject: string, at: number) => index.writes.set(subject, { scope: "s", set: new Map([["at", at]]) });
  const newest = async (): Promise<readonly string[]> => {
    const found = await index.search({ scopes: ["s"], orderBy: [{ attribute: "at", descending: true }], limit: 10 });
    return found.subjects.map(({ id }) => id);
  };
  const waiting = (): number => {
    const other = openConnection(path);
    try {
      const row = other.statement(`SELECT count(*) FROM "x_runs_waiting"`).get();
      return (row as unknown as [number])[0];
    } finally {
      other.close();
    }
  };

  test("that wait when a store is closed are found when it is open again, in their order", async () => {
    await store.batch([set("a", 1)]);
    await store.batch([set("b", 2)]);
    await store.batch([set("a", 3), index.writes.remove("b"), set("c", 2)]);
    expect(waiting()).toBe(5);
    await store.close();
    open();
    expect(await newest()).toEqual(["a", "c"]);
    expect(waiting()).toBe(0);
  });

  test("are found by a search that is asked for before they were acknowledged", async () => {
    const [, found] = await Promise.all([store.batch([set("a", 1)]), newest()]);
    expect(found).toEqual(["a"]);
  });

  test("are sorted in by themselves once there are many, and meanwhile others are taken", async () => {
    await Promise.all(Array.from({ length: SUBJECTS }, (_, i) => store.batch([set(`r${i}`, i)])));
    // What is asked is done in its order.
    await store.ping();
    expect(waiting()).toBeLessThan(128);
    expect((await newest())[0]).toBe(`r${SUBJECTS - 1}`);
    expect(await index.count({ scopes: ["s"], where: { and: [] } })).toBe(SUBJECTS);
  });

  test("of one subject are sorted in by themselves once they are long together", async () => {
    const said = "x".repeat(1_000);
    const change = (at: number) =>
      index.writes.set("r", {
        scope: "s",
        set: new Map<string, AttributeValue>([
          ["at", at],
          ["said", said],
        ]),
      });
    for (let at = 0; at < SUBJECTS; at++) await store.batch([change(at)]);
    await store.ping();
    expect(waiting()).toBeLessThan(SUBJECTS);
    expect(await newest()).toEqual(["r"]);
    const where = { attribute: "at", eq: SUBJECTS - 1 } as const;
    expect(await index.count({ scopes: ["s"], where })).toBe(1);
  });

  test("of a batch that fails are none", async () => {
    const documents = store.collection({ name: "documents", indexes: [] });
    await documents.insert("taken", {});
    const batch = store.batch([set("a", 1), documents.writes.insert("taken", {})]);
    await expect(batch).rejects.toMatchObject({ reason: "ALREADY_EXISTS" });
    expect(await newest()).toEqual([]);
  });

  test("are kept exactly", () => {
    const value = fc.oneof(fc.double(), fc.boolean(), fc.string({ unit: "grapheme" }));
    fc.assert(
      fc.property(fc.dictionary(fc.string(), value), fc.array(fc.string()), (given, dropped) => {
        const set = new Map<string, AttributeValue>(Object.entries(given));
        const text = changeText({ kind: "set", index: "runs", subject: "r", scope: "s", set, unset: dropped });
        const { subject, scope, set: names, values, unset } = readChange(text);
        expect({ subject, scope, names, unset }).toEqual({
          subject: "r",
          scope: "s",
          names: [...set.keys()],
          unset: dropped.filter((name) => !set.has(name)),
        });
        expect(values).toEqual([...set.values()].map((it) => (it === 0 ? 0 : it)));
      }),
    );
  });
});

describe("changes that are made fewer", () => {
  const name = fc.constantFrom("a", "b", "c");
  const change = fc
    .record({
      subject: fc.constantFrom("r1", "r2"),
      scope: fc.constantFrom("s1", "s1", "s1", "s2", undefined),
      values: fc.dictionary(name, fc.integer({ min: 0, max: 3 })),
      dropped: fc.uniqueArray(name),
    })
    .map(({ subject, scope, values, dropped }): SearchChange => {
      const set = scope === undefined ? [] : Object.keys(values);
      const unset = scope === undefined ? [] : dropped.filter((it) => !set.includes(it));
      return { subject, ...(scope !== undefined && { scope }), set, values: set.map((it) => values[it] ?? 0), unset };
    });
  const after = (changes: readonly SearchChange[]): unknown => {
    const subjects = new Map<string, { scope: string; attributes: Map<string, AttributeValue> }>();
    for (const { subject, scope, set, values, unset } of changes) {
      if (scope === undefined) {
        subjects.delete(subject);
        continue;
      }
      const attributes = subjects.get(subject)?.attributes ?? new Map();
      for (const [i, it] of set.entries()) attributes.set(it, values[i]);
      for (const it of unset) attributes.delete(it);
      subjects.set(subject, { scope, attributes });
    }
    return subjects;
  };

  test("leave what all of them leave", () => {
    fc.assert(
      fc.property(fc.array(change, { maxLength: 12 }), (changes) => {
        const merged = mergedChanges(changes);
        expect(after(merged)).toEqual(after(changes));
        expect(merged.length).toBeLessThanOrEqual(changes.length);
      }),
    );
  });

  test("are one for a subject that stays where it is", () => {
    const one = (value: number): SearchChange => ({ subject: "r", scope: "s", set: ["a"], values: [value], unset: [] });
    expect(mergedChanges([one(1), one(2), one(3)])).toEqual([one(3)]);
  });
});
