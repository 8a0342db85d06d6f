/**
 * Writes a protobuf message from its end to its beginning, so that the length of a part is known when its head is written, and
 * nothing is measured or copied twice. Fields are written in falling order of their numbers.
 */
export class BackwardWriter {
  #bytes: Buffer;
  /** Where what was written begins. */
  #at: number;

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
    const length = Buffer.byteLength(value);
    this.#room(length);
    this.#bytes.write(value, this.#at);
    this.varint(length);
    this.#tag(field, 2);
  }
  raw(field: number, value: Uint8Array): void {
    this.#room(value.byteLength);
    this.#bytes.set(value, this.#at);
    this.varint(value.byteLength);
    this.#tag(field, 2);
  }
  double(field: number, value: number): void {
    this.#room(8);
    this.#bytes.writeDoubleLE(value, this.#at);
    this.#tag(field, 1);
  }
  /** A whole number from 0 on that is exact as a number of JavaScript. */
  whole(field: number, value: number): void {
    this.varint(value);
    this.#tag(field, 0);
  }
  int64(field: number, value: bigint): void {
    if (value >= 0n && value < 0x8000_0000n) this.varint(Number(value));
    else this.#wideVarint(BigInt.asUintN(64, value));
    this.#tag(field, 0);
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
  #wideVarint(value: bigint): void {
    const septets: number[] = [];
    for (let rest = value; rest > 0n; rest >>= 7n) septets.push(Number(rest & 0x7fn));
    this.#room(septets.length);
    septets.forEach((it, i) => {
      this.#bytes[this.#at + i] = i < septets.length - 1 ? it | 0x80 : it;
    });
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
    }
    this.#at -= size;
  }
}
