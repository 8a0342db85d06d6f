import { DuckDBInstance } from "@duckdb/node-api";
import { expect, test } from "vitest";
import type { JoinPlan } from "./join-plan.ts";
import { scratchTables } from "./scratch-tables.ts";

const EVENT_ROWS = 210_000;

/** Types of times that others write, with a time in them that is the SQL's number `t` of seconds. */
const TIMES = {
  "with a zone": "make_timestamptz(t * 1000000)",
  "of microseconds": "make_timestamp(t * 1000000)",
  "of milliseconds": "make_timestamp(t * 1000000)::TIMESTAMP_MS",
  "of nanoseconds": "make_timestamp_ns(t * 1000000000)",
};

/** A time without an end, which times of nanoseconds have none of. */
const orEndless = (condition: string, time: string): string =>
  time === TIMES["of nanoseconds"] ? time : `CASE WHEN ${condition} THEN 'infinity' ELSE ${time} END`;

/** Ties, and times without an end. All rows stand in one row group, as many programs write them. */
const events = (time: string): string => `
  SELECT k, ${orEndless("i % 50000 = 7", time)} AS e, sin(i) AS x, 'word ' || i % 1000 AS word
  FROM (SELECT range AS i, (range * 13) % 40009 AS k, (range * 7919) % 1009 AS t FROM range(${EVENT_ROWS}))`;

const spine = (time: string): string => `
  SELECT i, k, ${time} AS e, ${orEndless("i % 999 = 0", time)} AS other
  FROM (SELECT range AS i, CASE WHEN range % 100 = 0 THEN 0 ELSE (range * 17) % 40009 END AS k, (range * 6007) % 1009 AS t
    FROM range(10000))`;

test.each(Object.entries(TIMES))("a large row group of times %s joins the same in shares as whole", async (_, time) => {
  await using whole = await scratchTables({ threads: 1 });
  await using divided = await scratchTables({ threads: 4 });
  const [eventFile, spineFile] = [whole.path("events.parquet"), whole.path("spine.parquet")];
  const instance = await DuckDBInstance.create(":memory:");
  const connection = await instance.connect();
  await connection.run(`COPY (${events(time)}) TO '${eventFile}' (FORMAT parquet, ROW_GROUP_SIZE 1048576)`);
  await connection.run(`COPY (${spine(time)}) TO '${spineFile}' (FORMAT parquet)`);
  instance.closeSync();
  const plan: JoinPlan = {
    spine: {
      segments: [spineFile],
      cutoffColumn: "e",
      columns: ["i", "e", "other"],
    },
    views: [
      {
        kind: "latest",
        name: "events",
        segments: [eventFile],
        keys: [{ spineColumn: "k", viewColumn: "k" }],
        eventTimeColumn: "e",
        knowledgeTimeColumn: "e",
        ttlNs: 900_000_000_000n,
        columns: ["e", "x", "word"].map((name) => ({
          name,
          as: `its_${name}`,
        })),
      },
    ],
  };
  const first = await whole.engine.pointInTimeJoin({
    ...plan,
    output: whole.path("joined.parquet"),
  });
  const second = await divided.engine.pointInTimeJoin({
    ...plan,
    output: divided.path("joined.parquet"),
  });
  expect(first.views[0]?.matchedRows).toBeGreaterThan(3_000);
  expect(second.fileDigest).toBe(first.fileDigest);
  const certificate = await divided.engine.certify(plan, second, {
    seed: 5,
    sampleRows: 2_000,
  });
  expect(certificate).toMatchObject({
    mismatchedRows: 0,
    rowsWithLaterKnowledge: 0,
  });
});
