/** A digest is such a text. */
const SHORT_LENGTH_MAX = 80;
/** Up to so many bytes a loop is faster than to ask the runtime for a copy. */
const LOOPED_BYTES_MAX = 64;
/** Memory for one number of 64 bits, and for it as a varint. */
const wide = new DataView(new ArrayBuffer(8));
const septets = new Uint8Array(10);

/**
 * Writes a protobuf message from its end to its beginning, so that the length of a part is known when its head is written, and
 * nothing is measured or copied twice. Fields are written in falling order of their numbers.
 */
export class BackwardWriter {
  #bytes: Buffer;
  /** Where what was written begins. */
  #at: number;
  /** Of the bytes; made when it is first needed. */
  #view: DataView | undefined;

  constructor(bytesExpected: number) {
    this.#bytes = Buffer.allocUnsafe(bytesExpected);
    this.#at = bytesExpected;
  }

  /** Bytes so far; what a part has is the difference of two of these. */
  get length(): number {
    return this.#bytes.length - this.#at;
  }
  /** What was written; the writer is not used any more. */
  written(): Buffer {
    return this.#bytes.subarray(this.#at);
  }

  /** The head of a length-delimited field whose content was written since the writer had `lengthBefore`. */
  head(field: number, lengthBefore: number): void {
    const length = this.length - lengthBefore;
    this.varint(length);
    this.#tag(field, 2);
  }
  text(field: number, value: string): void {
    const before = this.length;
    if (!this.#shortAscii(value)) {
      this.#room(Buffer.byteLength(value));
      this.#bytes.write(value, this.#at);
    }
    this.head(field, before);
  }
  raw(field: number, value: Uint8Array): void {
    this.#room(value.byteLength);
    this.#bytes.set(value, this.#at);
    this.varint(value.byteLength);
    this.#tag(field, 2);
  }
  /** Bytes of fields that were written before; see `copySince`. */
  bare(fields: Uint8Array): void {
    const { length } = fields;
    this.#room(length);
    if (length > LOOPED_BYTES_MAX) this.#bytes.set(fields, this.#at);
    else for (let i = 0; i < length; i++) this.#bytes[this.#at + i] = fields[i] as number;
  }
  /** A copy of what was written since the writer had `lengthBefore`. */
  copySince(lengthBefore: number): Uint8Array {
    return Uint8Array.prototype.slice.call(this.#bytes, this.#at, this.#at + this.length - lengthBefore);
  }
  /** The last bytes that were written, once more in front of them. */
  again(size: number): void {
    this.#room(size);
    this.#bytes.copyWithin(this.#at, this.#at + size, this.#at + 2 * size);
  }
  /** Writes a number over another one, so many bytes behind where what was written begins. */
  setDouble(offset: number, value: number): void {
    this.#view ??= new DataView(this.#bytes.buffer, this.#bytes.byteOffset);
    this.#view.setFloat64(this.#at + offset, value, true);
  }
  /** The same for ASCII. */
  setAscii(offset: number, text: string): void {
    const at = this.#at + offset;
    for (let i = 0; i < text.length; i++) this.#bytes[at + i] = text.charCodeAt(i);
  }
  double(field: number, value: number): void {
    this.bareDouble(value);
    this.#tag(field, 1);
  }
  /** One of the values of a packed field; its head is to follow. */
  bareDouble(value: number): void {
    this.#room(8);
    this.#bytes.writeDoubleLE(value, this.#at);
  }
  /** A whole number from 0 on that is exact as a number of JavaScript. */
  whole(field: number, value: number): void {
    this.varint(value);
    this.#tag(field, 0);
  }
  int64(field: number, value: bigint): void {
    this.bareInt64(value);
    this.#tag(field, 0);
  }
  /** One of the values of a packed field; its head is to follow. */
  bareInt64(value: bigint): void {
    if (value >= 0n && value < 0x8000_0000n) this.varint(Number(value));
    else this.#wideVarint(value);
  }
  varint(value: number): void {
    if (value < 0x80) {
      this.#room(1);
      this.#bytes[this.#at] = value;
    } else if (value < 0x8000_0000) this.#varint32(value);
    else this.#wideVarint(BigInt(value));
  }

  #varint32(value: number): void {
    let size = 1;
    for (let rest = value; rest >= 0x80; rest >>>= 7) size += 1;
    this.#room(size);
    let rest = value;
    for (let i = this.#at; rest >= 0x80; i++, rest >>>= 7) this.#bytes[i] = (rest & 0x7f) | 0x80;
    this.#bytes[this.#at + size - 1] = rest;
  }
  /** Without arithmetic of bigints, which takes several times as long. */
  #wideVarint(value: bigint): void {
    wide.setBigInt64(0, value, true);
    let [low, high] = [wide.getUint32(0, true), wide.getUint32(4, true)];
    let size = 0;
    while (high !== 0 || low >= 0x80) {
      septets[size++] = (low & 0x7f) | 0x80;
      low = ((low >>> 7) | ((high & 0x7f) << 25)) >>> 0;
      high >>>= 7;
    }
    septets[size++] = low;
    this.#room(size);
    for (let i = 0; i < size; i++) this.#bytes[this.#at + i] = septets[i] as number;
  }
  /** Writes a text of few characters, if all are ASCII: to ask the runtime for it would take longer. */
  #shortAscii(value: string): boolean {
    const { length } = value;
    if (length > SHORT_LENGTH_MAX) return false;
    this.#room(length);
    for (let i = 0; i < length; i++) {
      const code = value.charCodeAt(i);
      if (code >= 0x80) {
        this.#at += length;
        return false;
      }
      this.#bytes[this.#at + i] = code;
    }
    return true;
  }
  #tag(field: number, wireType: number): void {
    this.varint((field << 3) | wireType);
  }
  /** Steps back by so many bytes, into a larger buffer if there are none left. */
  #room(size: number): void {
    if (size > this.#at) {
      const written = this.written();
      const grown = Buffer.allocUnsafe(Math.max(2 * this.#bytes.length, 2 * (written.length + size)));
      this.#at = grown.length - written.length;
      grown.set(written, this.#at);
      this.#bytes = grown;
      this.#view = undefined;
    }
    this.#at -= size;
  }
}
