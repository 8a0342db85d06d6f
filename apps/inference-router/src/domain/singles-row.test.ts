import { canonicalRowBytes } from "@throughline/kernel";
import fc from "fast-check";
import { expect, test } from "vitest";
import { singlesRow } from "./singles-row.ts";

test("has the canonical bytes of its values, wherever they begin", () => {
  fc.assert(
    fc.property(fc.array(fc.float(), { maxLength: 40 }), fc.nat(3), (values, offset) => {
      const bytes = new Uint8Array(offset + 4 * values.length).subarray(offset);
      bytes.set(new Uint8Array(Float32Array.from(values).buffer));
      const { vector, vectorBytes } = singlesRow(bytes);
      expect(vector).toEqual(values.map((value) => ({ value, status: "present" })));
      expect(vectorBytes.equals(canonicalRowBytes(values))).toBe(true);
    }),
  );
});
