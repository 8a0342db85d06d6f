import { DynamicTable, entryBytes, USUAL_TABLE_BYTES } from "./dynamic-table.ts";
import { STATIC_ENTRIES, STATIC_FIELDS } from "./tables.ts";

/** One field of a header list. The name is in lower case; each code unit of name and value is an octet. */
export interface HeaderField {
  readonly name: string;
  readonly value: string;
  /** Worth a place in the peer's table, since it comes again and again. */
  readonly isRemembered?: boolean;
  /** Kept out of every table, here and at whoever passes it on. */
  readonly isSensitive?: boolean;
}

/** The fields of a header block; a list that is a constant of its module is encoded once for a connection. */
export type HeaderList = readonly HeaderField[];

/** Of how many lists the bytes are kept, and the longest of them. What is kept lies in memory of its own, so that it keeps no other. */
const KEPT_LISTS = 8;
const KEPT_BYTES_MAX = 64;

/** How a field is written: the high bits of its first octet, and how many low bits are left for an index (RFC 7541, section 6). */
const INDEXED = { mark: 0x80, prefixBits: 7 };
const INSERTED = { mark: 0x40, prefixBits: 6 };
const SIZE_UPDATE = { mark: 0x20, prefixBits: 5 };
const NEVER_INDEXED = { mark: 0x10, prefixBits: 4 };
const NOT_INDEXED = { mark: 0x00, prefixBits: 4 };
const PLAIN_STRING = { mark: 0x00, prefixBits: 7 };

/** The most octets that an index or a length takes, and a field with its index and two lengths. */
const INTEGER_OCTETS_MAX = 6;
const FIELD_OCTETS_MAX = 3 * INTEGER_OCTETS_MAX;

/** From here on the copy of the runtime is quicker than a loop. */
const COPIED_LENGTH_MIN = 16;

/** Where a block is put together before its bytes are copied out; longer ones get their own room. */
const scratch = Buffer.allocUnsafeSlow(16_384);

const STATIC_BY_NAME = staticByName();

/**
 * Writes the header blocks of one direction of a connection: they must reach the peer in the order in which they were made. Strings
 * are written as they are: what comes again is an index of one octet, and the Huffman code of the rest would cost both sides more time than
 * its bytes are worth.
 */
export class HeaderEncoder {
  readonly #table = new DynamicTable(USUAL_TABLE_BYTES);
  /** The smallest size since the last block, where the size was changed (RFC 7541, section 4.2). */
  #smallestBytesMax: number | undefined;
  #kept: { readonly list: HeaderList; readonly block: Buffer }[] = [];
  #nextKept = 0;
  #target = scratch;
  #at = 0;

  /** The peer's SETTINGS_HEADER_TABLE_SIZE; no more of it is used than the usual size. */
  setTableBytesMax(bytes: number): void {
    const bytesMax = Math.min(bytes, USUAL_TABLE_BYTES);
    if (bytesMax === this.#table.bytesMax) return;
    this.#table.resize(bytesMax);
    this.#smallestBytesMax = Math.min(this.#smallestBytesMax ?? bytesMax, bytesMax);
    this.#forget();
  }

  /** True while the next block has to say the size of the table first. */
  get isResized(): boolean {
    return this.#smallestBytesMax !== undefined;
  }

  /** The block of the list. Its bytes are kept and given again, so they must not be changed. */
  encode(list: HeaderList): Buffer {
    for (const it of this.#kept) {
      if (it.list === list) return it.block;
    }
    const octetsMax = blockOctetsMax(list);
    this.#target = octetsMax > scratch.length ? Buffer.allocUnsafeSlow(octetsMax) : scratch;
    this.#at = 0;
    let isRepeatable = !this.#writeSizeUpdates();
    let hasInserted = false;
    for (const field of list) hasInserted = this.#writeField(field) || hasInserted;
    if (hasInserted) this.#forget();

    isRepeatable &&= !hasInserted && this.#at <= KEPT_BYTES_MAX;
    const block = isRepeatable ? Buffer.allocUnsafeSlow(this.#at) : Buffer.allocUnsafe(this.#at);
    this.#target.copy(block, 0, 0, this.#at);
    this.#target = scratch;
    if (isRepeatable) this.#keep(list, block);
    return block;
  }

  #keep(list: HeaderList, block: Buffer): void {
    this.#kept[this.#nextKept] = { list, block };
    this.#nextKept = (this.#nextKept + 1) % KEPT_LISTS;
  }

  #forget(): void {
    this.#kept = [];
    this.#nextKept = 0;
  }

  #writeSizeUpdates(): boolean {
    const smallest = this.#smallestBytesMax;
    if (smallest === undefined) return false;
    const last = this.#table.bytesMax;
    if (smallest < last) this.#writeInteger(SIZE_UPDATE, smallest);
    this.#writeInteger(SIZE_UPDATE, last);
    this.#smallestBytesMax = undefined;
    return true;
  }

  /** True: the field has gone into the table. */
  #writeField(field: HeaderField): boolean {
    const { name, value } = field;
    const known = STATIC_BY_NAME.get(name);
    if (field.isSensitive) {
      this.#writeLiteral(NEVER_INDEXED, known?.index ?? 0, field);
      return false;
    }
    const index = known?.byValue.get(value) ?? this.#indexOf(name, value);
    if (index !== undefined) {
      this.#writeInteger(INDEXED, index);
      return false;
    }
    const nameIndex = known?.index ?? this.#indexOf(name) ?? 0;
    // One that is larger than the table would only empty it.
    const isInserted = field.isRemembered === true && entryBytes(name, value) <= this.#table.bytesMax;
    this.#writeLiteral(isInserted ? INSERTED : NOT_INDEXED, nameIndex, field);
    if (isInserted) this.#table.insert(name, value);
    return isInserted;
  }

  /** The index of the newest entry of the dynamic table with this name, and this value if one is given. */
  #indexOf(name: string, value?: string): number | undefined {
    const table = this.#table;
    for (let age = 0; age < table.entries; age += 1) {
      if (table.nameAt(age) !== name) continue;
      if (value === undefined || table.valueAt(age) === value) return STATIC_ENTRIES + 1 + age;
    }
    return undefined;
  }

  #writeLiteral(form: typeof NOT_INDEXED, nameIndex: number, { name, value }: HeaderField): void {
    this.#writeInteger(form, nameIndex);
    if (nameIndex === 0) this.#writeString(name);
    this.#writeString(value);
  }

  #writeInteger({ mark, prefixBits }: typeof NOT_INDEXED, value: number): void {
    const prefix = (1 << prefixBits) - 1;
    const target = this.#target;
    if (value < prefix) {
      target[this.#at++] = mark | value;
      return;
    }
    target[this.#at++] = mark | prefix;
    let rest = value - prefix;
    for (; rest >= 128; rest = Math.floor(rest / 128)) target[this.#at++] = 128 | (rest % 128);
    target[this.#at++] = rest;
  }

  #writeString(text: string): void {
    this.#writeInteger(PLAIN_STRING, text.length);
    const target = this.#target;
    if (text.length >= COPIED_LENGTH_MIN) target.write(text, this.#at, "latin1");
    else for (let i = 0; i < text.length; i += 1) target[this.#at + i] = text.charCodeAt(i);
    this.#at += text.length;
  }
}

/** How long the block of a list may become, with two size updates before it. */
function blockOctetsMax(list: HeaderList): number {
  let octets = 2 * INTEGER_OCTETS_MAX;
  for (const { name, value } of list) octets += name.length + value.length + FIELD_OCTETS_MAX;
  return octets;
}

interface StaticName {
  /** The first entry of this name. */
  readonly index: number;
  readonly byValue: Map<string, number>;
}

function staticByName(): ReadonlyMap<string, StaticName> {
  const byName = new Map<string, StaticName>();
  for (let index = 1; index <= STATIC_ENTRIES; index += 1) {
    const name = STATIC_FIELDS[2 * index - 2] as string;
    const value = STATIC_FIELDS[2 * index - 1] as string;
    const known = byName.get(name) ?? { index, byValue: new Map() };
    known.byValue.set(value, index);
    byName.set(name, known);
  }
  return byName;
}
