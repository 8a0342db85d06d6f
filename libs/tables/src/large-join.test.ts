import { expect, test } from "vitest";
import type { JoinPlan } from "./join-plan.ts";
import { scratchTables } from "./scratch-tables.ts";

const SPINE_ROWS = 130_000;

/** Rows that look random and are the same in every run. */
const events = (from: number, to: number): string => `
  SELECT (i * 13) % 40009 AS k, make_timestamp_ns(e) AS e, make_timestamp_ns(e + (i * 31) % 5000) AS kt, sin(i) AS x,
    CASE WHEN i % 11 > 0 THEN 'wörd ' || i % 1000 END AS word, CASE WHEN i % 5 > 0 THEN [i, NULL] END AS list
  FROM (SELECT range AS i, (range * 7919) % 1000003 AS e FROM range(${from}, ${to}))`;

/** Entity 0 has a hundredth of the spine: it is crowded, the others are not. */
const SPINE = `
  SELECT range AS id, CASE WHEN range % 100 = 0 THEN 0 ELSE (range * 17) % 40009 END AS k,
    make_timestamp_ns((range * 6007) % 1000003) AS t
  FROM range(${SPINE_ROWS})`;

test("a join gives the same bytes whatever the threads and the memory, also when it takes several passes", async () => {
  await using roomy = await scratchTables({ threads: 2, memoryLimitMiB: 512 });
  await using lone = await scratchTables({ threads: 1, memoryLimitMiB: 512 });
  await using many = await scratchTables({ threads: 4, memoryLimitMiB: 96 });
  const write = async (name: string, sql: string): Promise<string> =>
    (await roomy.engine.writeQuery({ sql, inputs: {}, output: roomy.path(name) })).path;
  const spine = await write("spine.parquet", SPINE);
  const segments = [await write("a.parquet", events(0, 330_000)), await write("b.parquet", events(330_000, 420_000))];
  const plan: JoinPlan = {
    spine: { segments: [spine], cutoffColumn: "t", columns: ["id", "k", "t"] },
    views: [
      {
        kind: "latest",
        name: "events",
        segments,
        keys: [{ spineColumn: "k", viewColumn: "k" }],
        eventTimeColumn: "e",
        knowledgeTimeColumn: "kt",
        ttlNs: 600_000n,
        columns: ["x", "word", "list"].map((name) => ({ name, as: name })),
      },
    ],
  };
  const progress: number[] = [];
  const onProgress = (fraction: number): void => void progress.push(fraction);
  const results = [];
  for (const { engine, path } of [roomy, lone, many]) {
    results.push(await engine.pointInTimeJoin({ ...plan, output: path("joined.parquet") }, { onProgress }));
  }
  const [first] = results;
  if (!first) throw new Error("no result");
  expect(first.rowCount).toBe(SPINE_ROWS);
  expect(first.views[0]?.matchedRows).toBeGreaterThan(SPINE_ROWS / 2);
  expect(results.map((it) => it.fileDigest)).toEqual(Array(3).fill(first.fileDigest));
  const certificate = await roomy.engine.certify(plan, first, { seed: 3, sampleRows: 3_000 });
  expect(certificate).toMatchObject({ mismatchedRows: 0, rowsWithLaterKnowledge: 0 });
  expect(progress.every((it) => it > 0 && it <= 1)).toBe(true);
});
