import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { SQLInputValue, StatementSync } from "node:sqlite";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import type { AttributeFilter, AttributeOrder, AttributeValue, SearchIndex } from "../search.ts";
import { searchIndexOn } from "../search-index.ts";
import { type Database, openDatabase } from "./database.ts";
import { type EncodedSearch, encodeWrites } from "./encoded-write.ts";
import { searchReader } from "./search.ts";
import { type SearchStorage, searchStorage } from "./search-writer.ts";

const SUBJECTS = 3_000;

describe("how SQLite searches", () => {
  let dir: string;
  let database: Database;
  let storage: SearchStorage;
  let index: SearchIndex;
  const plans: string[][] = [];

  /** Passes statements on, and keeps how SQLite carries out those that give pages. */
  const explaining = (): Database => ({
    ...database,
    statement(sql) {
      const statement = database.statement(sql);
      const all = (...values: SQLInputValue[]) => {
        const steps = database.statement(`EXPLAIN QUERY PLAN ${sql}`).all(...values) as unknown as unknown[][];
        plans.push(steps.map((step) => String(step[3])));
        return statement.all(...values);
      };
      const get = (...values: SQLInputValue[]) => statement.get(...values);
      return { all, get } as unknown as StatementSync;
    },
  });

  beforeAll(() => {
    dir = mkdtempSync(join(tmpdir(), "throughline-sqlite-"));
    database = openDatabase(join(dir, "store.db"));
    storage = searchStorage(database, "runs");
    storage.create();
    database.exec("BEGIN");
    for (let i = 0; i < SUBJECTS; i++) {
      const set = new Map<string, AttributeValue>([
        ["acc", ((i * 7_919) % SUBJECTS) / SUBJECTS],
        ["lr", String(i % 4)],
        ["start", i],
        ["name", `run ${i}`],
      ]);
      const [write] = encodeWrites([{ kind: "set", index: "runs", subject: `r${i}`, scope: "s", set }]);
      storage.keep((write as EncodedSearch).change);
    }
    storage.settle(() => {});
    database.exec("COMMIT");
    index = searchIndexOn("runs", searchReader(explaining(), "runs", storage));
  });
  afterAll(() => {
    database.close();
    rmSync(dir, { recursive: true, force: true });
  });
  beforeEach(() => {
    plans.length = 0;
  });

  const NEWEST: AttributeOrder = { attribute: "start", descending: true };
  const find = async (where: AttributeFilter, orderBy: readonly AttributeOrder[]): Promise<number> =>
    (await index.search({ scopes: ["s"], where, orderBy, limit: 20 })).subjects.length;

  test("common conditions are tested along the order, which the index of values gives", async () => {
    const where: AttributeFilter = {
      and: [
        { attribute: "acc", gt: 0.5 },
        { attribute: "lr", eq: "1" },
      ],
    };
    expect(await find(where, [{ attribute: "acc", descending: true }, NEWEST])).toBe(20);
    expect(plans).toHaveLength(1);
    expect(plans[0]?.[0]).toMatch(
      /^SEARCH o0 USING .*INDEX x_runs_by_value \(scope=\? AND name=\? AND value>\? AND value<\?\)/,
    );
    expect(plans[0]).not.toContain("USE TEMP B-TREE FOR ORDER BY");
  });

  test("a rare condition is looked up, whatever the order is", async () => {
    expect(
      await find(
        {
          and: [
            { attribute: "lr", eq: "1" },
            { attribute: "name", eq: "run 5" },
          ],
        },
        [NEWEST],
      ),
    ).toBe(1);
    expect(plans).toHaveLength(1);
    expect(plans[0]?.[0]).toMatch(/INDEX x_runs_by_value \(scope=\? AND name=\? AND value=\?\)/);
    expect(plans[0]?.[1]).toMatch(/^SEARCH s USING INTEGER PRIMARY KEY/);
  });

  test("either of two rare conditions is looked up", async () => {
    expect(
      await find(
        {
          or: [
            { attribute: "acc", gte: 0.999 },
            { attribute: "name", prefix: "run 299" },
          ],
        },
        [NEWEST],
      ),
    ).toBeGreaterThan(5);
    expect(plans).toHaveLength(1);
    expect(plans[0]?.filter((step) => step.includes("x_runs_by_value"))).toHaveLength(2);
    expect(plans[0]?.some((step) => step.startsWith("SCAN s"))).toBe(false);
  });

  test("of a subject that has thousands of attributes only those are read that are compared", async () => {
    const set = new Map(Array.from({ length: 3_000 }, (_, i): [string, AttributeValue] => [`layer ${i}`, i]));
    const [write] = encodeWrites([{ kind: "set", index: "runs", subject: "wide", scope: "wide", set }]);
    database.exec("BEGIN");
    storage.keep((write as EncodedSearch).change);
    storage.settle(() => {});
    database.exec("COMMIT");
    const leaves = (values: readonly number[]) => values.map((gt, i) => ({ attribute: `layer ${i}`, gt }));
    const none: AttributeFilter = { and: leaves([0, 1, 2, 3, 4, 5]).map((not) => ({ not })) };
    const one: AttributeFilter = { or: leaves([9, 9, 9, 9, 9, 4]) };
    for (const where of [none, one]) {
      plans.length = 0;
      const found = await index.search({ scopes: ["wide"], where, orderBy: [NEWEST], limit: 20 });
      expect(found.subjects.map(({ id }) => id)).toEqual(["wide"]);
      const reads = plans.flat().filter((step) => step.includes(" f "));
      expect(reads.length).toBeGreaterThan(0);
      for (const it of reads) expect(it).toMatch(/ USING PRIMARY KEY \(subject=\? AND name=\?\)$/);
    }
  });

  test("an order by what nothing has is the next one of the order", async () => {
    expect(await find({ and: [] }, [{ attribute: "never" }, NEWEST])).toBe(20);
    expect(plans.at(-1)?.[0]).toMatch(/^SEARCH o1 USING .*INDEX x_runs_by_value/);
  });
});
