import { rowDigest } from "@throughline/kernel";
import fc from "fast-check";
import { expect, test } from "vitest";
import { RawRow } from "../domain/singles-row.ts";
import { encodeInputs, readVector } from "./inputs-record.ts";

test("a row that came as FP32 stands in the log as it came, and is read back with its values and its digest", () => {
  fc.assert(
    fc.property(fc.array(fc.float({ noDefaultInfinity: false })), (numbers) => {
      const singles = Float32Array.from(numbers);
      const row = Object.assign(new RawRow(new Uint8Array(singles.buffer)), { entity: { user: "ada" } });
      const { bytes } = encodeInputs(row);
      const size = bytes.readUInt32LE(0);
      expect(size).toBe(1 + singles.byteLength);
      const found = readVector(bytes.subarray(4, 4 + size), Buffer.alloc(0));
      expect(found.vector.map((it) => it.value)).toEqual([...singles]);
      expect(found.vector.every((it) => it.status === "present")).toBe(true);
      expect(found.vectorBytes).toEqual(row.vectorBytes);
      expect(row.rowDigest).toBe(rowDigest([...singles]));
    }),
  );
});
