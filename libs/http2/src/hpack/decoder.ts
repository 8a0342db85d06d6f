import { DynamicTable, entryBytes, USUAL_TABLE_BYTES } from "./dynamic-table.ts";
import { HpackError } from "./error.ts";
import { decodeHuffman } from "./huffman.ts";
import { STATIC_ENTRIES, STATIC_FIELDS } from "./tables.ts";

/** What one header block says. */
export interface DecodedHeaders {
  /** Name, value, name, value …, each octet a code unit. */
  readonly fields: readonly string[];
  /** The list is larger than the limit: `fields` hold what came before. */
  readonly isTooLarge: boolean;
}

/** What a peer may ask of us. */
export interface DecoderLimits {
  /** Our SETTINGS_HEADER_TABLE_SIZE: how large a dynamic table the peer may have us keep. */
  readonly tableBytesMax: number;
  /** Of a list: names, values and ENTRY_OVERHEAD_BYTES for each field. */
  readonly listBytesMax: number;
}

/** How many blocks are remembered, and the longest of them: they take up 2 KiB of a connection. */
const REMEMBERED_BLOCKS = 4;
const REMEMBERED_BYTES_MAX = 512;

/** Up to here a loop compares quicker than the runtime does. */
const LOOPED_BYTES_MAX = 64;

/** RFC 7541, section 4.2: the smallest size since the last block, and the last one. */
const SIZE_UPDATES_MAX = 2;

/** RFC 7541 leaves the limit of an integer to us: nothing that is counted here comes near it. */
const INTEGER_MAX = 2 ** 31;
const CONTINUATIONS_MAX = 5;

/**
 * Reads the header blocks of one direction of a connection, in their order. A block that breaks the rules throws HpackError, and the
 * decoder is of no more use.
 *
 * The blocks of a client are mostly the same bytes: a block that changes nothing in the dynamic table is remembered, and the same
 * bytes give the same object until the table changes.
 */
export class HeaderDecoder {
  readonly #limits: DecoderLimits;
  readonly #table: DynamicTable;
  /** What the remembered blocks said, and their bytes, each at its own place: a block is a part of what was read from the socket. */
  #remembered: { readonly bytes: number; readonly headers: DecodedHeaders }[] = [];
  #rememberedBlocks: Buffer | undefined;
  #nextRemembered = 0;
  #changesTable = false;
  /** Where the block is read. */
  #at = 0;
  #fields: string[] = [];
  #listBytes = 0;

  constructor(limits: DecoderLimits) {
    this.#limits = limits;
    // The peer's table has the usual size until it has seen our setting, whatever that says.
    this.#table = new DynamicTable(Math.max(limits.tableBytesMax, USUAL_TABLE_BYTES));
  }

  decode(block: Buffer): DecodedHeaders {
    const known = this.#recall(block);
    if (known !== undefined) return known;
    this.#at = 0;
    this.#fields = [];
    this.#listBytes = 0;
    this.#changesTable = false;
    this.#updateSize(block);
    while (this.#at < block.length) this.#readField(block);

    const headers = { fields: this.#fields, isTooLarge: this.#listBytes > this.#limits.listBytesMax };
    if (this.#changesTable) this.#forget();
    else this.#remember(block, headers);
    return headers;
  }

  #recall(block: Buffer): DecodedHeaders | undefined {
    for (let place = 0; place < this.#remembered.length; place += 1) {
      const { bytes, headers } = this.#remembered[place] as { bytes: number; headers: DecodedHeaders };
      if (bytes === block.length && isAt(this.#rememberedBlocks as Buffer, place * REMEMBERED_BYTES_MAX, block))
        return headers;
    }
    return undefined;
  }

  #remember(block: Buffer, headers: DecodedHeaders): void {
    if (block.length > REMEMBERED_BYTES_MAX) return;
    this.#rememberedBlocks ??= Buffer.allocUnsafeSlow(REMEMBERED_BLOCKS * REMEMBERED_BYTES_MAX);
    const place = this.#nextRemembered;
    block.copy(this.#rememberedBlocks, place * REMEMBERED_BYTES_MAX);
    this.#remembered[place] = { bytes: block.length, headers };
    this.#nextRemembered = (place + 1) % REMEMBERED_BLOCKS;
  }

  #forget(): void {
    this.#remembered = [];
    this.#nextRemembered = 0;
  }

  #updateSize(block: Buffer): void {
    for (let updates = 1; ((block[this.#at] ?? 0) & 0xe0) === 0x20; updates += 1) {
      if (updates > SIZE_UPDATES_MAX) throw new HpackError("more than two table size updates in one block");
      const bytes = this.#integer(block, 5);
      if (bytes > this.#limits.tableBytesMax) throw new HpackError("a table size update beyond our setting");
      this.#table.resize(bytes);
      this.#changesTable = true;
    }
  }

  #readField(block: Buffer): void {
    const first = block[this.#at] as number;
    if (first >= 0x80) {
      const index = this.#integer(block, 7);
      this.#add(this.#nameOf(index), this.#valueOf(index));
      return;
    }
    if ((first & 0xe0) === 0x20) throw new HpackError("a table size update after a field");
    const isIndexed = first >= 0x40;
    const index = this.#integer(block, isIndexed ? 6 : 4);
    const name = index === 0 ? this.#string(block) : this.#nameOf(index);
    const value = this.#string(block);
    if (isIndexed) {
      this.#table.insert(name, value);
      this.#changesTable = true;
    }
    this.#add(name, value);
  }

  /** Once the list is too large no field is added, whatever its size. */
  #add(name: string, value: string): void {
    this.#listBytes += entryBytes(name, value);
    if (this.#listBytes <= this.#limits.listBytesMax) this.#fields.push(name, value);
  }

  #nameOf(index: number): string {
    if (index > STATIC_ENTRIES) return this.#table.nameAt(this.#age(index));
    if (index === 0) throw new HpackError("a field with index 0");
    return STATIC_FIELDS[2 * index - 2] as string;
  }

  #valueOf(index: number): string {
    if (index > STATIC_ENTRIES) return this.#table.valueAt(this.#age(index));
    return STATIC_FIELDS[2 * index - 1] as string;
  }

  #age(index: number): number {
    const age = index - STATIC_ENTRIES - 1;
    if (age >= this.#table.entries) throw new HpackError("a field with an index beyond the tables");
    return age;
  }

  /** An integer whose first octet has it in the low `prefixBits` bits (RFC 7541, section 5.1). */
  #integer(block: Buffer, prefixBits: number): number {
    const prefix = (1 << prefixBits) - 1;
    let value = this.#octet(block) & prefix;
    if (value < prefix) return value;
    let unit = 1;
    for (let continuations = 1; continuations <= CONTINUATIONS_MAX; continuations += 1) {
      const octet = this.#octet(block);
      value += (octet & 0x7f) * unit;
      if (value > INTEGER_MAX) break;
      if (octet < 0x80) return value;
      unit *= 128;
    }
    throw new HpackError("an integer that is too large");
  }

  #octet(block: Buffer): number {
    const octet = block[this.#at];
    if (octet === undefined) throw new HpackError("a block that ends within a field");
    this.#at += 1;
    return octet;
  }

  #string(block: Buffer): string {
    const isHuffman = (block[this.#at] ?? 0) >= 0x80;
    const length = this.#integer(block, 7);
    const start = this.#at;
    const end = start + length;
    if (end > block.length) throw new HpackError("a block that ends within a string");
    this.#at = end;
    return isHuffman ? decodeHuffman(block, start, end) : block.toString("latin1", start, end);
  }
}

/** True: the bytes from `start` on are those of the block. */
function isAt(bytes: Buffer, start: number, block: Buffer): boolean {
  const length = block.length;
  if (length > LOOPED_BYTES_MAX) return bytes.compare(block, 0, length, start, start + length) === 0;
  for (let i = 0; i < length; i += 1) {
    if (bytes[start + i] !== block[i]) return false;
  }
  return true;
}
