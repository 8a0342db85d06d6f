import { canonicalRowBytes } from "@throughline/kernel";
import type { ColumnValues } from "@throughline/tables";

/** Writes values of a column, as the kernel's `canonicalRowBytes` does, into memory that the caller has made. */
export interface ColumnBytes {
  /** Bytes that the value of a row takes at most. */
  most(row: number): number;
  /** Writes the value of a row, and gives back where it ends. */
  write(to: DataView<ArrayBuffer>, at: number, row: number): number;
}

/** Tags of canonical bytes. */
const TAG = { null: 0, int64: 2, float64: 3 } as const;
/** A number with its tag. */
const NUMBER_BYTES = 9;
const NAN_BITS = 0x7ff8000000000000n;

export function columnBytes(column: ColumnValues): ColumnBytes {
  const most = (): number => NUMBER_BYTES;
  if (column.type === "float64") {
    const { numbers, nulls } = column;
    return {
      most,
      write: (to, at, row) => (nulls?.[row] === 1 ? nothing(to, at) : float(to, at, numbers[row] as number)),
    };
  }
  if (column.type === "int64") {
    const { numbers, nulls } = column;
    return {
      most,
      write: (to, at, row) => (nulls?.[row] === 1 ? nothing(to, at) : whole(to, at, numbers[row] as bigint)),
    };
  }
  const bytes = column.values.map((it) => canonicalRowBytes([it]));
  return {
    most: (row) => bytes[row]?.length ?? 0,
    write(to, at, row) {
      const own = bytes[row] as Buffer;
      new Uint8Array(to.buffer).set(own, at);
      return at + own.length;
    },
  };
}

function nothing(to: DataView, at: number): number {
  to.setUint8(at, TAG.null);
  return at + 1;
}

function float(to: DataView, at: number, value: number): number {
  to.setUint8(at, TAG.float64);
  if (Number.isNaN(value)) to.setBigUint64(at + 1, NAN_BITS, true);
  // Zero has no sign.
  else to.setFloat64(at + 1, value === 0 ? 0 : value, true);
  return at + NUMBER_BYTES;
}

function whole(to: DataView, at: number, value: bigint): number {
  to.setUint8(at, TAG.int64);
  to.setBigInt64(at + 1, value, true);
  return at + NUMBER_BYTES;
}
