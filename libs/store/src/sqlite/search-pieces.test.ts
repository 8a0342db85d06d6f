import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { ID } from "../filter.ts";
import { type Subject, searchAll } from "../laws/search-oracle.ts";
import type { AttributeFilter, AttributeOrder, AttributeValue, SearchIndex } from "../search.ts";
import { searchIndexOn } from "../search-index.ts";
import { type Database, openDatabase } from "./database.ts";
import { type EncodedSearch, encodeWrites } from "./encoded-write.ts";
import { searchReader } from "./search.ts";
import { PIECE_ENTRIES } from "./search-pieces.ts";
import { COUNTED_MAX } from "./search-plan.ts";
import { searchStorage } from "./search-writer.ts";

const SUBJECTS = COUNTED_MAX + 1_500;

/** Many ties, some NaN, some without, and two attributes of which nothing has both. */
const attributesOf = (i: number): Record<string, AttributeValue> => ({
  kind: i % 3 === 0 ? "a" : "b",
  score: i % 11 === 0 ? Number.NaN : (i * 7_919) % 97,
  name: `run ${i}`,
  start: (i * 13) % SUBJECTS,
  ...(i % 2 === 0 ? { even: i } : { odd: i }),
  ...(i % 5 === 0 && { rare: i % 7 }),
});

describe("a search of many subjects", () => {
  let dir: string;
  let database: Database;
  let index: SearchIndex;
  let statements = 0;
  const subjects: Subject[] = [];

  beforeAll(() => {
    dir = mkdtempSync(join(tmpdir(), "throughline-pieces-"));
    database = openDatabase(join(dir, "store.db"));
    const storage = searchStorage(database, "runs");
    storage.create();
    database.exec("BEGIN");
    for (let i = 0; i < SUBJECTS; i++) {
      const set = new Map(Object.entries(attributesOf(i)));
      const id = `r${(i * 31) % SUBJECTS}`;
      subjects.push({ id, scope: "s", attributes: set });
      const [write] = encodeWrites([{ kind: "set", index: "runs", subject: id, scope: "s", set }]);
      storage.keep((write as EncodedSearch).change);
    }
    storage.settle(() => {});
    database.exec("COMMIT");
    const counting: Database = {
      ...database,
      statement(sql) {
        statements += 1;
        return database.statement(sql);
      },
    };
    index = searchIndexOn("runs", searchReader(counting, "runs", storage));
  });
  afterAll(() => {
    database.close();
    rmSync(dir, { recursive: true, force: true });
  });

  const BOTH: AttributeFilter = {
    and: [
      { attribute: "even", gte: 0 },
      { attribute: "odd", gte: 0 },
    ],
  };
  const REFUSED = Array.from({ length: 40 }, (_, i): AttributeFilter => {
    const attribute = ["kind", "score", "name", "rare", "never"][i % 5] as string;
    return i < 5 ? { attribute, eq: `run ${i}` } : { attribute, gt: `z ${i}` };
  });
  const MANY_NOT: AttributeFilter = { and: [...REFUSED.map((it) => ({ not: it })), { attribute: "start", gte: 7 }] };
  const FILTERS: Readonly<Record<string, AttributeFilter>> = {
    everything: { and: [] },
    "two that exclude each other": BOTH,
    "a piece of a text that none has": { attribute: "name", like: "%x%" },
    "a piece of a text": { attribute: "name", like: "%99%" },
    "one value of many subjects": {
      and: [{ attribute: "kind", eq: "b" }, { not: { attribute: "even", exists: true } }],
    },
    "a range": { attribute: "score", gte: 20 },
    either: {
      or: [
        { attribute: "kind", eq: "a" },
        { attribute: "score", gt: 90 },
      ],
    },
    "none of many": MANY_NOT,
    "many that are not there": {
      and: Array.from({ length: 9 }, (_, i) => ({
        attribute: i < 5 ? `none ${i}` : ["odd", "rare"][i % 2],
        exists: false,
      })),
    } as AttributeFilter,
    "one of many that most have": {
      or: [
        { attribute: ID, eq: "r77" },
        { not: { attribute: "even", lt: 9_000 } },
        ...Array.from({ length: 20 }, (_, i) => ({ attribute: "rare", ne: i % 2 })),
        { attribute: "never", ne: "x" },
      ],
    },
    "an id": {
      and: [
        { attribute: ID, gt: "r5" },
        { attribute: "kind", eq: "a" },
      ],
    },
  };
  const ORDERS: Readonly<Record<string, readonly AttributeOrder[]>> = {
    "by a value that many have": [{ attribute: "kind" }, { attribute: "start", descending: true }],
    "by a value that some lack": [{ attribute: "rare", descending: true }, { attribute: "score" }],
    "by one with NaN, downwards": [{ attribute: "score", descending: true }, { attribute: "name" }],
    "by id, downwards": [{ attribute: ID, descending: true }],
    "by a value of its own": [{ attribute: "start" }],
  };

  for (const [order, orderBy] of Object.entries(ORDERS)) {
    test.each(Object.entries(FILTERS))(`gives ${order} what a look at each would: %s`, async (_, where) => {
      const all = searchAll(subjects, where, orderBy);
      const first = await index.search({ scopes: ["s"], where, orderBy, limit: 400 });
      expect(first.subjects.map((it) => it.id)).toEqual(all.slice(0, 400));
      if (first.next === undefined) return;
      const second = await index.search({ scopes: ["s"], where, orderBy, limit: 400, after: first.next });
      expect(second.subjects.map((it) => it.id)).toEqual(all.slice(400, 800));
    });
  }

  test("counts as a look at each would", async () => {
    for (const where of Object.values(FILTERS))
      expect(await index.count({ scopes: ["s"], where })).toBe(searchAll(subjects, where, []).length);
  });

  test("is done in pieces, between which others have their turn, where it finds nothing", async () => {
    for (const where of [BOTH, FILTERS["a piece of a text that none has"] as AttributeFilter]) {
      statements = 0;
      expect(
        (await index.search({ scopes: ["s"], where, orderBy: [{ attribute: "start" }], limit: 10 })).subjects,
      ).toEqual([]);
      // Of each piece its end is looked for, and then the piece is searched.
      expect(statements).toBeGreaterThan(2 * Math.floor(SUBJECTS / 2 / PIECE_ENTRIES));
    }
  });

  test("is done in smaller pieces the more there is to compare", async () => {
    statements = 0;
    const where = { and: [MANY_NOT, { not: { attribute: "start", gte: 0 } }] };
    expect(
      (await index.search({ scopes: ["s"], where, orderBy: [{ attribute: "start" }], limit: 10 })).subjects,
    ).toEqual([]);
    expect(statements).toBeGreaterThan((2 * SUBJECTS * REFUSED.length) / 5_000);
  });
});
