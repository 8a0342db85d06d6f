import { spawnSync } from "node:child_process";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { type Digest, type FeatureValue, merkleTree, rowDigest } from "@throughline/kernel";
import { type Column, openTables, type Row, type TableEngine } from "@throughline/tables";
import { everyDatabase } from "@throughline/testing";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { provenRoot } from "../domain/merkle-proof.ts";
import { failure, type ServiceForTests, serviceForTests } from "../testing-service.ts";

const PARENT = "projects/p";
const ROWS = 15_001;

/** One column for each type, with values that differ in every row. */
const COLUMNS: readonly Column[] = [
  ...([
    ["flag", "bool"],
    ["count", "int64"],
    ["ratio", "float64"],
    ["name", "string"],
  ] as const),
  ...([
    ["raw", "bytes"],
    ["time", "timestamp"],
    ["items", "list<int64>"],
  ] as const),
].map(([name, type]) => ({ name, type }));

const rowOf = (i: number): Row => [
  i % 3 === 0 ? null : i % 2 === 0,
  BigInt(i) * 3n,
  i / 7,
  `row ${i} é`,
  Uint8Array.of(i % 256, i >> 8),
  { ns: BigInt(i) * 1_000_000_007n },
  [BigInt(i), null],
];

/** The same values, one of them changed by one bit or as little as its type can be. */
const CHANGED: readonly (readonly [string, FeatureValue])[] = [
  ["flag", false],
  ["count", 45_001n],
  ["ratio", 15_001 / 7],
  ["name", "row 15000 è"],
  ["raw", Uint8Array.of(15_000 % 256, (15_000 >> 8) ^ 1)],
  ["time", { ns: 15_000n * 1_000_000_007n + 1n }],
  ["items", [15_000n]],
];

const PYTHON = spawnSync("python3", ["--version"]).status === 0;
const PROOF_CHECK = fileURLToPath(new URL("dataset_proof.py", import.meta.url));
const KERNEL = fileURLToPath(new URL("../../../../libs/kernel/src", import.meta.url));

/** A value as the test vectors of the kernel write it. */
function named(value: FeatureValue): object {
  if (value === null) return { null: null };
  if (typeof value === "boolean") return { bool: value };
  if (typeof value === "bigint") return { int64: String(value) };
  if (typeof value === "string") return { string: value };
  if (value instanceof Uint8Array) return { bytes: Buffer.from(value).toString("hex") };
  if (typeof value === "object" && "ns" in value) return { timestamp: String(value.ns) };
  if (typeof value !== "number") return { list: value.map(named) };
  const bits = Buffer.alloc(8);
  bits.writeDoubleBE(value);
  return { float64: bits.toString("hex") };
}

const rootOf = (rows: Iterable<Row>): Digest => {
  const tree = merkleTree();
  for (const row of rows) tree.add(rowDigest(row));
  return tree.root();
};
const unchanged = rootOf(Array.from({ length: ROWS }, (_, i) => rowOf(i)));
const range = (count: number): readonly Row[] => Array.from({ length: count }, (_, i) => rowOf(i));

for (const database of everyDatabase()) {
  describe(`DatasetService on ${database.name}`, () => {
    let it: ServiceForTests;
    let tables: TableEngine;
    let folder: string;

    beforeAll(async () => {
      folder = await mkdtemp(join(tmpdir(), "throughline-datasets-"));
      tables = await openTables({ dataDir: join(folder, "tables"), memoryLimitMiB: 256, threads: 1, processes: 1 });
      it = await serviceForTests(await database.empty(), tables);
    });
    afterAll(async () => {
      await it.close();
      await tables.close();
      await rm(folder, { recursive: true, force: true });
    });

    const parquet = async (rows: Iterable<Row>, columns = COLUMNS): Promise<string> => {
      const { path } = await tables.importRows({ columns, output: join(folder, "rows.parquet") }, rows);
      return it.upload(await readFile(path));
    };
    const create = async (fileDigest: string, about: object = {}) => {
      const { dataset } = await it.datasets.createDataset({ parent: PARENT, dataset: { fileDigest, ...about } });
      if (dataset === undefined) throw new Error("no data set");
      return dataset;
    };

    test("the identity is the root over all rows and columns, and is remembered with what was said", async () => {
      const fileDigest = await parquet(range(ROWS));
      const dataset = await create(fileDigest, { displayName: "all types", externalDigest: "a1b2c3d4" });
      const digest = unchanged;
      expect(dataset).toMatchObject({
        name: `${PARENT}/datasets/${digest.slice(7, 23)}`,
        digest,
        fileDigest,
        displayName: "all types",
        externalDigest: "a1b2c3d4",
        rowCount: BigInt(ROWS),
      });
      expect(dataset.columns.map(({ name, type }) => [name, type])).toContainEqual(["count", "BIGINT"]);
      const { dataset: read } = await it.datasets.getDataset({ name: dataset.name });
      expect(read).toEqual(dataset);
      const { events } = await it.lineage.getLineage({ project: PARENT, start: digest });
      expect(events.map((one) => one.artifactDigest)).toEqual(expect.arrayContaining([fileDigest, digest]));
    });

    test.each(CHANGED)(
      "a change of the least in row 15,000 of column %s is another data set",
      async (column, value) => {
        const at = COLUMNS.findIndex(({ name }) => name === column);
        const rows = range(ROWS).map((row, i) => (i === 15_000 ? row.with(at, value) : row));
        const changed = await create(await parquet(rows));
        expect(changed.digest).toBe(rootOf(rows));
        expect(changed.digest).not.toBe(rootOf(range(ROWS)));
      },
    );

    test("the same rows in another file are the same data set, and other order, types or columns are not", async () => {
      const columns = [{ name: "a", type: "int64" }] as const;
      const rows = [[1n], [2n], [3n]];
      const first = await create(await parquet(rows, columns));
      const csv = await create(await it.upload("a\n1\n2\n3\n"));
      expect(csv).toEqual(first);
      const others = [
        await parquet(rows.toReversed(), columns),
        await parquet([[1], [2], [3]], [{ name: "a", type: "float64" }]),
        await it.upload("a,b\n1,\n2,\n3,\n"),
      ];
      for (const other of others) expect((await create(other)).digest).not.toBe(first.digest);
    });

    test("a CSV column whose later values are of another type than the first is read as a wider one", async () => {
      const lines = Array.from({ length: 30_000 }, (_, i) => (i === 25_000 ? "2.5,x" : `${i},${i}`));
      const dataset = await create(await it.upload(`a,b\n${lines.join("\n")}\n`));
      expect(dataset.columns.map(({ type }) => type)).toEqual(["DOUBLE", "VARCHAR"]);
      expect(dataset.digest).toBe(rootOf(lines.map((line) => [Number(line.split(",")[0]), line.split(",")[1] ?? ""])));
    });

    test("every row can be proven by its number and by its digest", async () => {
      for (const count of [1, 2, 1_023, 1_024, 1_025, 5_000]) {
        const dataset = await create(await parquet(range(count)));
        for (const number of new Set([0, Math.floor(count / 2), Math.min(1_024, count - 1), count - 1])) {
          const byNumber = await it.datasets.proveRow({
            name: dataset.name,
            row: { case: "rowNumber", value: BigInt(number) },
          });
          expect(byNumber.rowDigest).toBe(rowDigest(rowOf(number)));
          const proof = {
            rowNumber: number,
            rowCount: Number(byNumber.rowCount),
            rowDigest: byNumber.rowDigest as Digest,
            path: byNumber.path as Digest[],
          };
          expect(provenRoot(proof)).toBe(dataset.digest);
          expect(byNumber.datasetDigest).toBe(dataset.digest);
          const row = { case: "rowDigest", value: byNumber.rowDigest } as const;
          expect(await it.datasets.proveRow({ name: dataset.name, row })).toEqual(byNumber);
        }
        const beyond = { case: "rowNumber", value: BigInt(count) } as const;
        const absent = { case: "rowDigest", value: rowDigest([null]) } as const;
        for (const row of [beyond, absent])
          expect(await failure(it.datasets.proveRow({ name: dataset.name, row }))).toEqual(["NotFound", "ROW_UNKNOWN"]);
      }
    });

    test.skipIf(!PYTHON)(
      "a program in another language finds the proof right from the values of the row alone",
      async () => {
        const dataset = await create(await parquet(range(3_000)));
        const proof = await it.datasets.proveRow({ name: dataset.name, row: { case: "rowNumber", value: 1_500n } });
        const check = (row: Row) =>
          spawnSync("python3", [PROOF_CHECK, KERNEL], {
            encoding: "utf8",
            input: JSON.stringify({
              row: row.map(named),
              row_number: 1_500,
              row_count: 3_000,
              path: proof.path,
              dataset_digest: dataset.digest,
            }),
          });
        expect(check(rowOf(1_500))).toMatchObject({ status: 0, stdout: `${proof.rowDigest}\n` });
        expect(check(rowOf(1_501))).toMatchObject({ status: 1 });
      },
    );

    test("of rows that are equal the first is proven", async () => {
      const dataset = await create(await it.upload("a\n5\n7\n7\n"));
      const row = { case: "rowDigest", value: rowDigest([7n]) } as const;
      expect((await it.datasets.proveRow({ name: dataset.name, row })).rowNumber).toBe(1n);
    });

    test("a table without rows has an identity and no proofs", async () => {
      const dataset = await create(await parquet([]));
      expect(dataset).toMatchObject({ rowCount: 0n, digest: rootOf([]) });
      const row = { case: "rowNumber", value: 0n } as const;
      expect(await failure(it.datasets.proveRow({ name: dataset.name, row }))).toEqual(["NotFound", "ROW_UNKNOWN"]);
    });

    test.each([
      ["an empty file", ""],
      ["a truncated Parquet file", "PAR1 and nothing more"],
      ["an unclosed quote", 'a,b\n1,"x\n2,3\n'],
      ["lines of different lengths", "a,b\n1,2\n1,2,3\n"],
      ["a NUL in the heading", "a\0,b\n1,2\n"],
      ["half a picture", Uint8Array.of(137, 80, 78, 71, 13, 10, 26, 10, 0, 0, 0, 13)],
    ])("%s is no table, and no place on the server is told", async (_, content) => {
      const error = await it.datasets
        .createDataset({ parent: PARENT, dataset: { fileDigest: await it.upload(content) } })
        .then(
          () => "read",
          (it: unknown) => String(it),
        );
      expect(error).toContain("invalid_argument");
      expect(error).not.toContain("/");
    });

    test("a Parquet file that is damaged anywhere is no table, or another one, and never a failure of ours", async () => {
      await parquet(range(300));
      const whole = await readFile(join(folder, "rows.parquet"));
      const mutants = Array.from({ length: 24 }, (_, i) => {
        const bytes = Buffer.from(whole);
        // Most damage is in the last part, which tells where everything else is.
        const at = i % 2 === 0 ? Math.floor((i / 24) * bytes.length) : bytes.length - 9 - i * 7;
        bytes[at] = (bytes[at] ?? 0) ^ (1 << (i % 8));
        return i % 5 === 0 ? bytes.subarray(0, at) : bytes;
      });
      for (const mutant of mutants) {
        const [code, reason] = await failure(create(await it.upload(mutant)));
        if (code !== "OK") expect([code, reason]).toEqual(["InvalidArgument", "TABLE_INVALID"]);
      }
    });

    test("bytes of another project, and bytes that nobody uploaded, are refused", async () => {
      for (const fileDigest of [await it.upload("a\n9\n", "projects/q"), `sha256:${"0".repeat(64)}`])
        expect(await failure(create(fileDigest))).toEqual(["FailedPrecondition", "ARTIFACT_UNKNOWN"]);
      const name = `${PARENT}/datasets/${"0".repeat(16)}`;
      expect(await failure(it.datasets.getDataset({ name }))).toEqual(["NotFound", "NOT_FOUND"]);
    });

    test("lists are newest first, page by page", async () => {
      const parent = "projects/listed";
      const names: string[] = [];
      for (let i = 0; i < 5; i++) {
        it.clock.set(it.clock.now() + (i % 2));
        const fileDigest = await it.upload(`a\n${i}\n`, parent);
        names.push((await it.datasets.createDataset({ parent, dataset: { fileDigest } })).dataset?.name ?? "");
      }
      const listed: string[] = [];
      let pageToken = "";
      do {
        const page = await it.datasets.listDatasets({ parent, pageSize: 2, pageToken });
        listed.push(...page.datasets.map(({ name }) => name));
        pageToken = page.nextPageToken;
      } while (pageToken !== "");
      expect(listed.toSorted()).toEqual(names.toSorted());
      expect(listed[0]).toBe(names.slice(3).toSorted().at(-1));
    });
  });
}
