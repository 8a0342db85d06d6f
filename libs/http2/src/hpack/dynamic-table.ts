/** What an entry counts beside its name and value (RFC 7541, section 4.1). */
export const ENTRY_OVERHEAD_BYTES = 32;

/** The size of a dynamic table before anybody says otherwise (RFC 9113, section 6.5.2). */
export const USUAL_TABLE_BYTES = 4096;

/** The dynamic table of one direction of a connection, as a ring: an entry stays where it was put. */
export class DynamicTable {
  readonly #names: string[];
  readonly #values: string[];
  readonly #mask: number;
  #bytesMax = USUAL_TABLE_BYTES;
  #bytes = 0;
  /** Entries ever inserted: the newest one is at the slot before. */
  #inserted = 0;
  #entries = 0;

  /** `bytesLimit` is the most that `resize` is ever told. */
  constructor(bytesLimit: number) {
    const most = Math.max(bytesLimit, USUAL_TABLE_BYTES) / ENTRY_OVERHEAD_BYTES;
    const slots = 2 ** Math.ceil(Math.log2(most));
    this.#names = new Array(slots).fill("");
    this.#values = new Array(slots).fill("");
    this.#mask = slots - 1;
  }

  get entries(): number {
    return this.#entries;
  }

  get bytesMax(): number {
    return this.#bytesMax;
  }

  /** The name of the entry that was inserted `age` entries before the newest; there must be one. */
  nameAt(age: number): string {
    return this.#names[(this.#inserted - 1 - age) & this.#mask] as string;
  }

  /** The value of the entry that was inserted `age` entries before the newest; there must be one. */
  valueAt(age: number): string {
    return this.#values[(this.#inserted - 1 - age) & this.#mask] as string;
  }

  /** Evicts what has to go, and inserts the field; one that is larger than the table leaves it empty. */
  insert(name: string, value: string): void {
    const bytes = entryBytes(name, value);
    this.#evictTo(this.#bytesMax - bytes);
    if (bytes > this.#bytesMax) return;
    const slot = this.#inserted & this.#mask;
    this.#names[slot] = name;
    this.#values[slot] = value;
    this.#inserted = (this.#inserted + 1) >>> 0;
    this.#entries += 1;
    this.#bytes += bytes;
  }

  resize(bytesMax: number): void {
    this.#bytesMax = bytesMax;
    this.#evictTo(bytesMax);
  }

  #evictTo(bytes: number): void {
    while (this.#entries > 0 && this.#bytes > bytes) {
      const oldest = (this.#inserted - this.#entries) & this.#mask;
      this.#bytes -= entryBytes(this.#names[oldest] as string, this.#values[oldest] as string);
      this.#names[oldest] = "";
      this.#values[oldest] = "";
      this.#entries -= 1;
    }
  }
}

/** What a field counts, in a table and in the size of a list (RFC 9113, section 6.5.2). */
export const entryBytes = (name: string, value: string): number => name.length + value.length + ENTRY_OVERHEAD_BYTES;
