import { spawnSync } from "node:child_process";
import { join } from "node:path";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { merkleTree } from "./merkle.ts";
import { canonicalRowBytes, type FeatureValue, rowDigest } from "./row-digest.ts";
import vectors from "./row-digest.vectors.json" with { type: "json" };

/** Reads a value as it stands in the file of vectors: one member, named by its type. */
function readWritten(written: object): FeatureValue {
  const [kind, content] = Object.entries(written)[0] as [string, unknown];
  switch (kind) {
    case "null":
      return null;
    case "int64":
      return BigInt(content as string);
    case "float64":
      return Buffer.from(content as string, "hex").readDoubleBE();
    case "bytes":
      return new Uint8Array(Buffer.from(content as string, "hex"));
    case "timestamp":
      return { ns: BigInt(content as string) };
    case "list":
      return (content as object[]).map(readWritten);
    default:
      return content as boolean | string;
  }
}

const PYTHON = spawnSync("python3", ["--version"]).status === 0;

describe("the row digest", () => {
  test.each(vectors.rows)("agrees with the vector: $name", ({ values, bytes, digest }) => {
    const row = values.map(readWritten);
    expect(canonicalRowBytes(row).toString("hex")).toBe(bytes);
    expect(rowDigest(row)).toBe(digest);
  });

  test.each(vectors.data_sets)("gives the root of the first $first_rows vectors", ({ first_rows, root }) => {
    const tree = merkleTree();
    for (const { values } of vectors.rows.slice(0, first_rows)) tree.add(rowDigest(values.map(readWritten)));
    expect(tree.root()).toBe(root);
  });

  test.skipIf(!PYTHON)("agrees with the Python that wrote the vectors", () => {
    const script = join(import.meta.dirname, "row_digest_vectors.py");
    expect(spawnSync("python3", [script, "--check"], { encoding: "utf8" })).toMatchObject({ status: 0, stderr: "" });
  });

  test("is different for different rows: the bytes can be read back", () => {
    fc.assert(
      fc.property(row, (values) => {
        const bytes = canonicalRowBytes(values);
        const [read, rest] = readValues(bytes, Number.POSITIVE_INFINITY);
        expect(rest).toHaveLength(0);
        expect(canonicalRowBytes(read)).toEqual(bytes);
        expect(read).toEqual(values.map(normal));
      }),
    );
  });

  test.each<readonly [FeatureValue, string]>([
    [2n ** 63n, "a whole number of 64 bits and a sign"],
    [{ ns: -(2n ** 63n) - 1n }, "a timestamp before all"],
    ["\ud83d", "text with a lone surrogate"],
    [["\udc00"], "such text in a list"],
  ])("refuses %o: %s", (value) => {
    expect(() => rowDigest([1, value])).toThrow(expect.objectContaining({ reason: "INVALID_FIELD" }));
    expect(() => rowDigest([1, value])).toThrow(/^\[1\]/);
  });
});

const int64 = fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n });
const { row } = fc.letrec<{ row: FeatureValue[]; value: FeatureValue }>((tie) => ({
  row: fc.array(tie("value"), { maxLength: 6 }),
  value: fc.oneof(
    { maxDepth: 3 },
    fc.constant(null),
    fc.boolean(),
    int64,
    fc.double(),
    fc.string({ unit: "binary" }),
    fc.uint8Array(),
    int64.map((ns) => ({ ns })),
    tie("row"),
  ),
}));

/** What a value is after the normalisation that the digest makes. */
const normal = (value: FeatureValue): unknown => {
  if (Array.isArray(value)) return value.map(normal);
  return Object.is(value, -0) ? 0 : value;
};

/** Reads `count` values, or all there are, and what is left. */
function readValues(bytes: Buffer, count: number): [FeatureValue[], Buffer] {
  const values: FeatureValue[] = [];
  let rest = bytes;
  while (rest.length > 0 && values.length < count) {
    const [value, after] = readValue(rest);
    values.push(value);
    rest = after;
  }
  return [values, rest];
}

function readValue(bytes: Buffer): [FeatureValue, Buffer] {
  const tag = bytes[0];
  if (tag === 0) return [null, bytes.subarray(1)];
  if (tag === 1) return [bytes[1] === 1, bytes.subarray(2)];
  if (tag === 2) return [bytes.readBigInt64LE(1), bytes.subarray(9)];
  if (tag === 3) return [bytes.readDoubleLE(1), bytes.subarray(9)];
  if (tag === 6) return [{ ns: bytes.readBigInt64LE(1) }, bytes.subarray(9)];
  const length = bytes.readUInt32LE(1);
  if (tag === 7) return readValues(bytes.subarray(5), length);
  const content = bytes.subarray(5, 5 + length);
  return [tag === 4 ? content.toString("utf8") : new Uint8Array(content), bytes.subarray(5 + length)];
}
