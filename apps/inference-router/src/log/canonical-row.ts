import type { FeatureValue } from "@throughline/kernel";

/** Reads back the canonical bytes of a row (libs/kernel, row digests). Fails for bytes that are not such a row. */
export function readCanonicalRow(bytes: Buffer): readonly FeatureValue[] {
  const values: FeatureValue[] = [];
  for (let offset = 0; offset < bytes.byteLength; ) {
    const { value, end } = readValue(bytes, offset);
    values.push(value);
    offset = end;
  }
  return values;
}

function readValue(bytes: Buffer, start: number): { readonly value: FeatureValue; readonly end: number } {
  const content = start + 1;
  switch (bytes.readUInt8(start)) {
    case 0:
      return { value: null, end: content };
    case 1:
      return { value: bytes.readUInt8(content) === 1, end: content + 1 };
    case 2:
      return { value: bytes.readBigInt64LE(content), end: content + 8 };
    case 3:
      return { value: bytes.readDoubleLE(content), end: content + 8 };
    case 4: {
      const end = content + 4 + bytes.readUInt32LE(content);
      return { value: bytes.toString("utf8", content + 4, end), end };
    }
    case 5: {
      const end = content + 4 + bytes.readUInt32LE(content);
      return { value: Uint8Array.from(bytes.subarray(content + 4, end)), end };
    }
    case 6:
      return { value: { ns: bytes.readBigInt64LE(content) }, end: content + 8 };
    case 7:
      return readList(bytes, content);
    default:
      throw new Error("the bytes are not a canonical row");
  }
}

function readList(bytes: Buffer, content: number) {
  const values: FeatureValue[] = [];
  let offset = content + 4;
  for (let left = bytes.readUInt32LE(content); left > 0; left--) {
    const { value, end } = readValue(bytes, offset);
    values.push(value);
    offset = end;
  }
  return { value: values, end: offset };
}
