import { readFile, writeFile } from "node:fs/promises";
import { merkleTree, rowDigest } from "@throughline/kernel";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type ScratchTables, scratchTables } from "./scratch-tables.ts";
import type { Column, Row } from "./table.ts";

let scratch: ScratchTables;
beforeAll(async () => {
  scratch = await scratchTables();
});
afterAll(() => scratch[Symbol.asyncDispose]());

const COLUMNS: Column[] = [
  { name: "flag", type: "bool" },
  { name: "whole", type: "int64" },
  { name: "real", type: "float64" },
  { name: 'te"xt', type: "string" },
  { name: "raw", type: "bytes" },
  { name: "time", type: "timestamp" },
  { name: "vector", type: "list<float64>" },
  { name: "times", type: "list<timestamp>" },
];
const ROWS: Row[] = [
  [
    true,
    2n ** 63n - 1n,
    Number.NaN,
    "ä\u0000'\"",
    Uint8Array.of(0, 255),
    { ns: 1_357_016_400_123_456_789n },
    [1, null, 0.5],
    [{ ns: 1n }],
  ],
  [null, null, null, null, null, null, null, null],
  [false, -(2n ** 63n), -0, "", new Uint8Array(), { ns: -1n }, [], []],
  [false, 0n, Number.NEGATIVE_INFINITY, "😀", Uint8Array.of(1), { ns: 0n }, [Number.MAX_VALUE], [null]],
];

describe("rows", () => {
  test("of every type come back as they went in, in order", async () => {
    const many = Array.from({ length: 5_000 }, (_, i) => ROWS[i % ROWS.length] as Row);
    const written = await scratch.write(COLUMNS, many);
    expect(written).toMatchObject({ rowCount: 5_000, columns: COLUMNS });
    const shape = await scratch.engine.inspect({ path: written.path, format: "parquet" });
    expect(shape.rowCount).toBe(5_000);
    expect(shape.columns.map(({ name, type }) => ({ name, type }))).toEqual(COLUMNS);
    const read = await scratch.engine.readRows({ segments: [written.path], offset: 4_000, limit: 1_000 });
    expect(read.rows).toEqual(many.slice(4_000));
    const some = await scratch.engine.readRows({ segments: [written.path], columns: ["whole"], limit: 1 });
    expect(some).toEqual({ columns: [COLUMNS[1]], rows: [[2n ** 63n - 1n]] });
  });

  test("have the kernel's digests, over several files in order", async () => {
    const files = await Promise.all([ROWS, [], ROWS.slice(0, 1)].map((rows) => scratch.write(COLUMNS, rows)));
    const segments = files.map((it) => it.path);
    const digests = (await Array.fromAsync(scratch.engine.rowDigests({ segments }))).flat();
    expect(digests).toEqual([...ROWS, ...ROWS.slice(0, 1)].map(rowDigest));
    const tree = merkleTree();
    for (const digest of digests) tree.add(digest);
    expect(await scratch.engine.rowsIdentity({ segments })).toEqual({ rowCount: 5, merkleRoot: tree.root() });
  });

  test("survive a way through Arrow, also when there are none", async () => {
    for (const rows of [ROWS, []]) {
      const written = await scratch.write(COLUMNS, rows);
      const stream = await Array.fromAsync(scratch.engine.toArrow({ segments: [written.path] }));
      const back = await scratch.engine.fromArrow({ output: scratch.path("back.parquet") }, stream);
      expect(back.columns).toEqual(COLUMNS);
      expect(back.fileDigest).toBe(written.fileDigest);
    }
  });

  test("that are not of the declared type are refused with their number", async () => {
    const wrong: Row[] = [[1n], [2n], [3]];
    const call = scratch.write([{ name: "n", type: "int64" }], wrong);
    await expect(call).rejects.toMatchObject({
      reason: "TABLE_BAD_VALUE",
      metadata: { rowNumber: "3", column: "n", type: "int64" },
    });
    await expect(scratch.write([{ name: "n", type: "int64" }], [[2n ** 63n]])).rejects.toMatchObject({
      reason: "TABLE_BAD_VALUE",
    });
  });

  test("an error of their source stops the import and is the call's error", async () => {
    async function* broken(): AsyncGenerator<Row> {
      yield [1n];
      throw new Error("the source broke");
    }
    const plan = { columns: [{ name: "n", type: "int64" as const }], output: scratch.path("broken.parquet") };
    await expect(scratch.engine.importRows(plan, broken())).rejects.toThrow("the source broke");
    await expect(readFile(plan.output)).rejects.toThrow("ENOENT");
  });

  test("a reader who leaves early cancels the stream, and the engine goes on", async () => {
    const written = await scratch.write(
      [{ name: "n", type: "int64" }],
      Array.from({ length: 20_000 }, (_, i) => [BigInt(i)]),
    );
    for await (const digests of scratch.engine.rowDigests({ segments: [written.path] })) {
      expect(digests.length).toBeGreaterThan(0);
      break;
    }
    expect((await scratch.engine.inspect({ path: written.path, format: "parquet" })).rowCount).toBe(20_000);
  });
});

describe("bytes", () => {
  test("of the same plan are the same, whatever the number of threads", async () => {
    await using other = await scratchTables({ threads: 1, memoryLimitMiB: 128 });
    const columns: Column[] = [
      { name: "k", type: "int64" },
      { name: "t", type: "timestamp" },
      { name: "x", type: "float64" },
    ];
    const rows = Array.from(
      // More than one row group.
      { length: 45_000 },
      (_, i): Row => [BigInt(i % 977), { ns: BigInt((i * 7919) % 100_003) }, Math.sin(i)],
    );
    const events = await scratch.write(columns, rows);
    expect((await other.write(columns, rows)).fileDigest).toBe(events.fileDigest);
    const digests = await Promise.all(
      [scratch, scratch, other].map(async ({ engine, path }, i) => {
        const result = await engine.pointInTimeJoin({
          spine: { segments: [events.path], cutoffColumn: "t", columns: ["k", "t"] },
          views: [
            {
              kind: "latest",
              name: "x",
              segments: [events.path],
              keys: [{ spineColumn: "k", viewColumn: "k" }],
              eventTimeColumn: "t",
              knowledgeTimeColumn: "t",
              ttlNs: 50_000n,
              columns: [{ name: "x", as: "x" }],
            },
          ],
          output: path(`same${i}.parquet`),
        });
        return result.fileDigest;
      }),
    );
    expect(new Set(digests).size).toBe(1);
  });
});

describe("failures", () => {
  test("a file that is absent or is no Parquet is named", async () => {
    await writeFile(scratch.path("text.parquet"), "this is no Parquet file, whatever its name says");
    for (const name of ["absent.parquet", "text.parquet"]) {
      const call = scratch.engine.readRows({ segments: [scratch.path(name)], limit: 1 });
      const error = await call.catch((it: unknown) => it);
      expect(error).toMatchObject({ reason: "TABLE_FILE_UNREADABLE", metadata: { file: name } });
    }
  });

  test("nobody is told in which folder a file lies", async () => {
    const hash = "0123456789abcdef".repeat(4);
    await writeFile(scratch.path(hash), "n\n1\n");
    const { engine } = scratch;
    const input = { path: scratch.path(hash), format: "csv" } as const;
    const output = scratch.path("converted.parquet");
    const failures = await Promise.all(
      [
        engine.readRows({ segments: [scratch.path(hash)], limit: 1 }),
        engine.convert({ input, columns: [{ name: "m", type: "int64" }], output }),
      ].map((it) => it.catch((error: unknown) => error as Error & { metadata: object })),
    );
    for (const error of failures) {
      expect(error).toMatchObject({ metadata: { file: `sha256:${hash}` } });
      expect(JSON.stringify([(error as Error).message, (error as { metadata: object }).metadata])).not.toContain("/");
    }
  });

  test("keys of different types are refused instead of never matching", async () => {
    const text = await scratch.write(
      [
        { name: "k", type: "string" },
        { name: "t", type: "timestamp" },
      ],
      [],
    );
    const whole = await scratch.write(
      [
        { name: "k", type: "int64" },
        { name: "t", type: "timestamp" },
      ],
      [],
    );
    const call = scratch.engine.pointInTimeJoin({
      spine: { segments: [text.path], cutoffColumn: "t", columns: ["k"] },
      views: [
        {
          kind: "aggregate",
          name: "v",
          segments: [whole.path],
          keys: [{ spineColumn: "k", viewColumn: "k" }],
          eventTimeColumn: "t",
          knowledgeTimeColumn: "t",
          windowNs: 5n,
          aggregations: [{ function: "count", column: undefined, as: "n" }],
        },
      ],
      output: scratch.path("never.parquet"),
    });
    await expect(call).rejects.toMatchObject({ reason: "TABLE_KEY_TYPE" });
  });

  test("a query gives typed rows of its inputs, takes parameters, and keeps its bound", async () => {
    const file = await scratch.write([{ name: "n", type: "int64" }], [[1n], [2n], [3n]]);
    const plan = {
      sql: "SELECT n, n / 2 AS half FROM numbers WHERE n >= $least ORDER BY n",
      inputs: { numbers: [file.path] },
    };
    const found = await scratch.engine.query({ ...plan, parameters: { least: 2n }, rowsMax: 2 });
    expect(found.rows).toEqual([
      [2n, 1],
      [3n, 1.5],
    ]);
    const call = scratch.engine.query({ ...plan, parameters: { least: 1n }, rowsMax: 2 });
    await expect(call).rejects.toMatchObject({ kind: "exhausted", reason: "TABLE_TOO_MANY_ROWS" });
  });

  test("a certificate of a file that was changed is refused, and one that differs from the oracle says where", async () => {
    const file = await scratch.write(
      [
        { name: "t", type: "timestamp" },
        { name: "n", type: "int64" },
      ],
      [[{ ns: 1n }, 5n]],
    );
    const join = {
      spine: { segments: [file.path], cutoffColumn: "t", columns: ["t"] },
      views: [
        {
          kind: "latest" as const,
          name: "v",
          segments: [file.path],
          keys: [],
          eventTimeColumn: "t",
          knowledgeTimeColumn: "t",
          ttlNs: undefined,
          columns: [{ name: "n", as: "n" }],
        },
      ],
    };
    const result = await scratch.engine.pointInTimeJoin({ ...join, output: scratch.path("good.parquet") });
    const forged = await scratch.write([...result.columns], [[{ ns: 1n }, 6n]]);
    const options = { seed: 1, sampleRows: 10 };
    const certificate = await scratch.engine.certify(join, { ...result, ...forged }, options);
    expect(certificate).toMatchObject({
      mismatchedRows: 1,
      mismatches: [{ rowNumber: 0, column: "n", joined: '"6n"', expected: '"5n"' }],
    });
    await writeFile(result.path, "changed");
    await expect(scratch.engine.certify(join, result, options)).rejects.toMatchObject({ reason: "TABLE_FILE_CHANGED" });
  });
});
