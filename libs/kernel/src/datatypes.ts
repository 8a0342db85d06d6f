/** Element types of tensors, by the names of the Open Inference Protocol. */
export type Datatype = NumberType | "BYTES";

/** Those whose elements all have the same size. */
export type NumberType =
  | "BOOL"
  | "UINT8"
  | "UINT16"
  | "UINT32"
  | "UINT64"
  | "INT8"
  | "INT16"
  | "INT32"
  | "INT64"
  | "FP16"
  | "BF16"
  | "FP32"
  | "FP64";

/** An element as JavaScript has it: 64 bits as bigint, BOOL as boolean. */
export type Element = number | bigint | boolean;

interface Kind {
  readonly bytes: number;
  /** True for what can stand for an element, in a message or in JSON. */
  readonly fits: (value: unknown) => boolean;
  readonly read: (view: DataView, at: number) => Element;
  /** `value` is one that fits. */
  readonly write: (view: DataView, at: number, value: never) => void;
}

const whole = (least: number, most: number) => (value: unknown) =>
  Number.isInteger(value) && (value as number) >= least && (value as number) <= most;

/** Numbers are exact up to 2^53; what is larger comes as a bigint or as its digits. */
const wide = (least: bigint, most: bigint) => (value: unknown) => {
  if (typeof value === "number") return Number.isSafeInteger(value) && (value >= 0 || least < 0n);
  const isWide = typeof value === "bigint" || (typeof value === "string" && /^-?\d{1,20}$/.test(value));
  return isWide && BigInt(value) >= least && BigInt(value) <= most;
};

/** NaN and the infinities are elements too. Other numbers beyond `most` would silently become infinite. */
const real = (most: number) => (value: unknown) =>
  typeof value === "number" && !(Math.abs(value) > most && Math.abs(value) !== Number.POSITIVE_INFINITY);

const FP16_MAX = 65_504;
const BF16_MAX = 3.3895313892515355e38;
const FP32_MAX = 3.4028234663852886e38;

const KINDS: Readonly<Record<NumberType, Kind>> = {
  BOOL: {
    bytes: 1,
    fits: (value) => typeof value === "boolean",
    read: (view, at) => view.getUint8(at) !== 0,
    write: (view, at, value) => view.setUint8(at, value ? 1 : 0),
  },
  UINT8: {
    bytes: 1,
    fits: whole(0, 0xff),
    read: (view, at) => view.getUint8(at),
    write: (view, at, value) => view.setUint8(at, value),
  },
  UINT16: {
    bytes: 2,
    fits: whole(0, 0xffff),
    read: (view, at) => view.getUint16(at, true),
    write: (view, at, value) => view.setUint16(at, value, true),
  },
  UINT32: {
    bytes: 4,
    fits: whole(0, 0xffff_ffff),
    read: (view, at) => view.getUint32(at, true),
    write: (view, at, value) => view.setUint32(at, value, true),
  },
  UINT64: {
    bytes: 8,
    fits: wide(0n, 2n ** 64n - 1n),
    read: (view, at) => view.getBigUint64(at, true),
    write: (view, at, value) => view.setBigUint64(at, BigInt(value), true),
  },
  INT8: {
    bytes: 1,
    fits: whole(-0x80, 0x7f),
    read: (view, at) => view.getInt8(at),
    write: (view, at, value) => view.setInt8(at, value),
  },
  INT16: {
    bytes: 2,
    fits: whole(-0x8000, 0x7fff),
    read: (view, at) => view.getInt16(at, true),
    write: (view, at, value) => view.setInt16(at, value, true),
  },
  INT32: {
    bytes: 4,
    fits: whole(-0x8000_0000, 0x7fff_ffff),
    read: (view, at) => view.getInt32(at, true),
    write: (view, at, value) => view.setInt32(at, value, true),
  },
  INT64: {
    bytes: 8,
    fits: wide(-(2n ** 63n), 2n ** 63n - 1n),
    read: (view, at) => view.getBigInt64(at, true),
    write: (view, at, value) => view.setBigInt64(at, BigInt(value), true),
  },
  FP16: {
    bytes: 2,
    fits: real(FP16_MAX),
    read: (view, at) => view.getFloat16(at, true),
    write: (view, at, value) => view.setFloat16(at, value, true),
  },
  BF16: { bytes: 2, fits: real(BF16_MAX), read: readBrain, write: writeBrain },
  FP32: {
    bytes: 4,
    fits: real(FP32_MAX),
    read: (view, at) => view.getFloat32(at, true),
    write: (view, at, value) => view.setFloat32(at, value, true),
  },
  FP64: {
    bytes: 8,
    fits: real(Number.MAX_VALUE),
    read: (view, at) => view.getFloat64(at, true),
    write: (view, at, value) => view.setFloat64(at, value, true),
  },
};

const scratch = new DataView(new ArrayBuffer(4));

/** bfloat16 is the upper half of binary32. */
function readBrain(view: DataView, at: number): number {
  scratch.setUint32(0, view.getUint16(at, true) * 0x1_0000, true);
  return scratch.getFloat32(0, true);
}

/** Rounds to the nearest, to the even one of two. */
function writeBrain(view: DataView, at: number, value: number): void {
  scratch.setFloat32(0, value, true);
  const bits = scratch.getUint32(0, true);
  const upper = bits >>> 16;
  const lower = bits & 0xffff;
  const isUp = !Number.isNaN(value) && (lower > 0x8000 || (lower === 0x8000 && upper % 2 === 1));
  view.setUint16(at, Number.isNaN(value) ? 0x7fc0 : upper + (isUp ? 1 : 0), true);
}

/** Every element type. */
export const DATATYPES: readonly Datatype[] = [...(Object.keys(KINDS) as NumberType[]), "BYTES"];

export const isDatatype = (text: string): text is Datatype => text === "BYTES" || Object.hasOwn(KINDS, text);

/** Bytes of one element. BYTES elements have a length of their own: 4 bytes of it, little-endian, and then the content. */
export const elementBytes = (datatype: NumberType): number => KINDS[datatype].bytes;

/** The element at an index of raw bytes, which are little-endian. */
export const elementOf = (datatype: NumberType, view: DataView, index: number): Element => {
  const { bytes, read } = KINDS[datatype];
  return read(view, index * bytes);
};

/** The elements in raw bytes. */
export function readElements(datatype: NumberType, raw: Uint8Array): Element[] {
  const { bytes, read } = KINDS[datatype];
  const view = new DataView(raw.buffer, raw.byteOffset, raw.byteLength);
  const elements: Element[] = [];
  for (let end = bytes; end <= raw.byteLength; end += bytes) elements.push(read(view, end - bytes));
  return elements;
}

/** Raw bytes of elements, or the index of the first that does not fit the type. */
export function writeElements(datatype: NumberType, elements: readonly unknown[]): Uint8Array<ArrayBuffer> | number {
  // The hot case by itself: most tensors that come element by element are of this type.
  if (datatype === "FP32") return writeSingles(elements);
  const { bytes, fits, write } = KINDS[datatype];
  const raw = new Uint8Array(elements.length * bytes);
  const view = new DataView(raw.buffer);
  for (let i = 0; i < elements.length; i++) {
    if (!fits(elements[i])) return i;
    write(view, i * bytes, elements[i] as never);
  }
  return raw;
}

function writeSingles(elements: readonly unknown[]): Uint8Array<ArrayBuffer> | number {
  const { fits } = KINDS.FP32;
  const raw = new Uint8Array(elements.length * 4);
  const view = new DataView(raw.buffer);
  for (let i = 0; i < elements.length; i++) {
    const value = elements[i];
    const isUsual = typeof value === "number" && value <= FP32_MAX && value >= -FP32_MAX;
    if (!isUsual && !fits(value)) return i;
    view.setFloat32(i * 4, value as number, true);
  }
  return raw;
}

const LENGTH_BYTES = 4;

/** The contents of BYTES elements, as views of the raw bytes; undefined if a length points outside of them. */
export function readTexts(raw: Uint8Array): readonly Uint8Array[] | undefined {
  const view = new DataView(raw.buffer, raw.byteOffset, raw.byteLength);
  const texts: Uint8Array[] = [];
  for (let at = 0; at < raw.byteLength; ) {
    const start = at + LENGTH_BYTES;
    if (start > raw.byteLength) return undefined;
    at = start + view.getUint32(at, true);
    if (at > raw.byteLength) return undefined;
    texts.push(raw.subarray(start, at));
  }
  return texts;
}

/** Raw bytes of BYTES elements. */
export function writeTexts(texts: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const raw = new Uint8Array(texts.reduce((sum, it) => sum + LENGTH_BYTES + it.byteLength, 0));
  const view = new DataView(raw.buffer);
  let at = 0;
  for (const it of texts) {
    view.setUint32(at, it.byteLength, true);
    raw.set(it, at + LENGTH_BYTES);
    at += LENGTH_BYTES + it.byteLength;
  }
  return raw;
}

/** How many elements raw bytes have; undefined if they do not come out even. */
export function countElements(datatype: Datatype, raw: Uint8Array): number | undefined {
  if (datatype === "BYTES") return readTexts(raw)?.length;
  const count = raw.byteLength / KINDS[datatype].bytes;
  return Number.isInteger(count) ? count : undefined;
}
