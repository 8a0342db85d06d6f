import { canonicalRowBytes, type FeatureValue } from "@throughline/kernel";
import type { ColumnValues } from "@throughline/tables";
import fc from "fast-check";
import { expect, test } from "vitest";
import { columnBytes } from "./column-bytes.ts";

const nulled = <T>(of: fc.Arbitrary<T>) => fc.array(fc.option(of), { minLength: 1, maxLength: 20 });
const nullsOf = (values: readonly unknown[]) =>
  values.includes(null) ? Uint8Array.from(values, (it) => (it === null ? 1 : 0)) : undefined;

interface Case {
  readonly values: readonly FeatureValue[];
  readonly column: ColumnValues;
}

const floats = nulled(fc.oneof(fc.double(), fc.constantFrom(0, -0, Number.NaN, -Infinity))).map((values): Case => {
  const numbers = Float64Array.from(values, (it) => it ?? 0);
  return { values, column: { type: "float64", numbers, nulls: nullsOf(values) } };
});
const wholes = nulled(fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n })).map((values): Case => {
  const numbers = BigInt64Array.from(values, (it) => it ?? 0n);
  return { values, column: { type: "int64", numbers, nulls: nullsOf(values) } };
});
const others = fc.oneof(
  nulled(fc.string({ unit: "grapheme" })).map((values): Case => ({ values, column: { type: "string", values } })),
  nulled(fc.boolean()).map((values): Case => ({ values, column: { type: "bool", values } })),
  nulled(fc.uint8Array()).map((values): Case => ({ values, column: { type: "bytes", values } })),
  nulled(fc.bigInt({ min: -9n, max: 9n }).map((ns) => ({ ns }))).map(
    (values): Case => ({ values, column: { type: "timestamp", values } }),
  ),
);

test("a value of a column has its canonical bytes, wherever it is written, and no more than it said", () => {
  fc.assert(
    fc.property(fc.oneof(floats, wholes, others), fc.nat({ max: 9 }), ({ values, column }, at) => {
      const bytes = columnBytes(column);
      values.forEach((value, row) => {
        const to = new DataView(new ArrayBuffer(at + bytes.most(row)));
        const end = bytes.write(to, at, row);
        expect(Buffer.from(to.buffer).subarray(at, end)).toEqual(canonicalRowBytes([value]));
      });
    }),
  );
});
