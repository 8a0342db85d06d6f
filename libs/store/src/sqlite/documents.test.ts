import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { SQLInputValue } from "node:sqlite";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { collectionOn } from "../collection.ts";
import { ID } from "../filter.ts";
import type { Collection, CollectionDefinition, Query } from "../port.ts";
import { type Database, openDatabase } from "./database.ts";
import { documentReader } from "./documents.ts";
import { createCollection } from "./schema.ts";

interface Run {
  readonly project: string;
  readonly time?: number;
  readonly tags?: Readonly<Record<string, string>>;
}

const RUNS: CollectionDefinition<Run> = {
  name: "runs",
  indexes: [
    { name: "by_time", fields: ["project", "time"] },
    { name: "by_team", fields: [["tags", 'it\'s "team".name']] },
  ],
};

describe("how SQLite finds documents", () => {
  let dir: string;
  let database: Database;
  let runs: Collection<Run>;
  const plans: string[][] = [];

  /** Passes statements on, and keeps how SQLite carries each of them out. */
  const explaining = (): Database => ({
    ...database,
    statement(sql) {
      const statement = database.statement(sql);
      const all = (...values: SQLInputValue[]) => {
        const steps = database.statement(`EXPLAIN QUERY PLAN ${sql}`).all(...values) as unknown as unknown[][];
        plans.push(steps.map((step) => String(step[3])));
        return statement.all(...values);
      };
      return new Proxy(statement, { get: (target, key) => (key === "all" ? all : Reflect.get(target, key)) });
    },
  });

  beforeEach(() => {
    dir = mkdtempSync(join(tmpdir(), "throughline-sqlite-"));
    database = openDatabase(join(dir, "store.db"));
    createCollection(database, RUNS);
    const insert = database.statement("INSERT INTO d_runs VALUES (?, 1, ?, NULL)");
    for (let i = 0; i < 60; i++)
      insert.run(`${i}`, JSON.stringify({ project: "p", ...(i % 3 > 0 && { time: i % 10 }) }));
    runs = collectionOn<Run>("runs", documentReader(explaining(), RUNS), () => Promise.reject(new Error("reads only")));
    plans.length = 0;
  });
  afterEach(() => {
    database.close();
    rmSync(dir, { recursive: true, force: true });
  });

  const readAll = async (query: Query<Run>): Promise<number> => {
    const { documents, next } = await runs.find(query);
    return documents.length + (next === undefined ? 0 : await readAll({ ...query, after: next }));
  };

  test.each([true, false])(
    "all pages of an ordered find are walks along its index (descending: %s)",
    async (descending) => {
      const where = { field: "project", eq: "p" } as const;
      expect(await readAll({ where, orderBy: [{ field: "time", descending }], limit: 7 })).toBe(60);
      expect(plans.length).toBeGreaterThan(9);
      for (const plan of plans) {
        expect(plan, JSON.stringify(plan)).toHaveLength(1);
        expect(plan[0]).toMatch(/^SEARCH d_runs USING INDEX (runs\.by_time|sqlite_autoindex_d_runs_1)/);
      }
    },
  );

  test("a range within an index is searched for, not filtered", async () => {
    await runs.find({
      where: {
        and: [
          { field: "project", eq: "p" },
          { field: "time", gte: 3 },
        ],
      },
      limit: 9,
    });
    await runs.find({ where: { field: ["tags", 'it\'s "team".name'], in: ["a", "b"] }, limit: 9 });
    await runs.find({ where: { field: ID, prefix: "1" }, limit: 9 });
    expect(plans.map((plan) => plan.find((step) => step.includes("d_runs")))).toEqual([
      expect.stringMatching(/USING INDEX runs\.by_time.*<expr>=\? AND <expr>>\?/),
      expect.stringMatching(/USING INDEX runs\.by_team/),
      expect.stringMatching(/id>\? AND id<\?/),
    ]);
  });
});
