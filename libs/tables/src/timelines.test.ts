import { expect, test } from "vitest";
import type { JoinPlan } from "./join-plan.ts";
import { checkTimelines } from "./laws/timeline-law.ts";
import { scratchTables } from "./scratch-tables.ts";
import type { Column } from "./table.ts";

test("the join of 300 random timelines is what a loop over their events finds", async () => {
  await using scratch = await scratchTables();
  let tried = 0;
  await checkTimelines(scratch, { count: 300, perCase: 100, onCase: (timelines) => (tried += timelines) });
  expect(tried).toBeGreaterThanOrEqual(300);
});

test("keys of bytes with zeros among them keep apart, also of entities with many spine rows", async () => {
  await using scratch = await scratchTables();
  const columns: Column[] = [
    { name: "k", type: "bytes" },
    { name: "t", type: "timestamp" },
    { name: "n", type: "int64" },
  ];
  const rows = Array.from({ length: 2_000 }, (_, i) => [
    Uint8Array.of(0, (i * 7) % 50, 0),
    { ns: BigInt((i * 31) % 401) },
    BigInt(i),
  ]);
  const file = await scratch.write(columns, rows);
  const source = {
    segments: [file.path],
    keys: [{ spineColumn: "k", viewColumn: "k" }],
    eventTimeColumn: "t",
    knowledgeTimeColumn: "t",
  };
  const plan: JoinPlan = {
    spine: { segments: [file.path], cutoffColumn: "t", columns: ["n"] },
    views: [
      { ...source, kind: "latest", name: "latest", ttlNs: 20n, columns: [{ name: "n", as: "last" }] },
      {
        ...source,
        kind: "aggregate",
        name: "window",
        windowNs: 50n,
        aggregations: [{ function: "sum", column: "n", as: "sum" }],
      },
    ],
  };
  const result = await scratch.engine.pointInTimeJoin({ ...plan, output: scratch.path("joined.parquet") });
  const certificate = await scratch.engine.certify(plan, result, { seed: 1, sampleRows: 2_000 });
  expect(certificate).toMatchObject({ sampledRows: 2_000, mismatchedRows: 0 });
});
