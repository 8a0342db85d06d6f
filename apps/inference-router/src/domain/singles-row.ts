import { type Digest, digestOfBytes } from "@throughline/kernel";
import type { Feature } from "./features.ts";

/** A row of FP32 as features that are all present, and the canonical bytes of their values. */
export interface SinglesRow {
  readonly vector: readonly Feature[];
  readonly vectorBytes: Buffer;
}

/** The tag of a float64 and its bytes: see `canonicalRowBytes`, which gives the same for the same values. */
const FLOAT64 = 3;
const VALUE_BYTES = 9;
const NAN_BITS = 0x7ff8000000000000n;

/** Reads a row from its bytes, little-endian; their number is one of whole elements. In one walk, since every answer needs it. */
export function singlesRow(bytes: Uint8Array): SinglesRow {
  const singles = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const count = bytes.byteLength / 4;
  const vectorBytes = Buffer.allocUnsafe(VALUE_BYTES * count);
  const doubles = new DataView(vectorBytes.buffer, vectorBytes.byteOffset, vectorBytes.byteLength);
  const vector: Feature[] = new Array(count);
  for (let i = 0, at = 0; i < count; i++, at += VALUE_BYTES) {
    const value = singles.getFloat32(4 * i, true);
    vector[i] = { value, status: "present" };
    vectorBytes[at] = FLOAT64;
    if (Number.isNaN(value)) doubles.setBigUint64(at + 1, NAN_BITS, true);
    else doubles.setFloat64(at + 1, value === 0 ? 0 : value, true);
  }
  return { vector, vectorBytes };
}

/** A row of FP32 as it came. What follows from it is made when somebody asks: of most rows nobody does. */
export class RawRow implements SinglesRow {
  readonly singles: Uint8Array;
  #made: SinglesRow | undefined;

  constructor(singles: Uint8Array) {
    this.singles = singles;
  }
  get vector(): readonly Feature[] {
    return this.#row().vector;
  }
  get vectorBytes(): Buffer {
    return this.#row().vectorBytes;
  }
  get rowDigest(): Digest {
    return digestOfBytes(this.vectorBytes);
  }
  #row(): SinglesRow {
    this.#made ??= singlesRow(this.singles);
    return this.#made;
  }
}
