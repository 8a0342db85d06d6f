/** Places of one set: an entry can stand in any of them. */
const WAYS = 4;
/** Memory for each place: entries of ten features and their series have some more. */
const BYTES_PER_PLACE = 128;
/** Before each entry: the lengths of its series and of itself. */
const HEAD_BYTES = 8;
/** What is longer would push out too much. */
const SHARE_MAX = 1 / 64;

/**
 * Newest entries that were read lately, by their series, in memory of a fixed size: what came first goes first. A look at it is a
 * few accesses of memory, where one of the database is dozens of them. Whoever changes entries forgets them here before that can be
 * seen, and holds the cache until it can: what is read meanwhile may be of before, and is not added.
 */
export class NewestCache {
  readonly #bytesMax: number;
  readonly #setCount: number;
  /** Empty until the first entry is added. */
  bytes = new Uint8Array(0);
  /** Bytes of the entry that was found last. */
  foundBytes = 0;
  #view = new DataView(this.bytes.buffer);
  /** For each place how many bytes had been written before its entry, and 1; 0 if it is free. */
  #begins = new Float64Array(0);
  #hashes = new Int32Array(0);
  #writtenBytes = 0;
  #holders = 0;

  /** `bytesMax` is a power of two, of a KiB at least. */
  constructor(bytesMax: number) {
    this.#bytesMax = bytesMax;
    this.#setCount = bytesMax / BYTES_PER_PLACE / WAYS;
  }

  /** Where in `bytes` the entry begins that was added for a series, until the next call; -1 if it is not here. */
  find(series: Uint8Array): number {
    const place = this.#placeOf(series, hashOf(series));
    if (place < 0) return -1;
    const at = this.#atOf(place);
    this.foundBytes = this.#view.getUint32(at + 4, true);
    return at + HEAD_BYTES + series.length;
  }

  /** Adds the first bytes of `entry`, unless somebody holds the cache. */
  add(series: Uint8Array, entry: Uint8Array, entryBytes: number): void {
    const size = HEAD_BYTES + series.length + entryBytes;
    if (this.#holders > 0 || size > this.#bytesMax * SHARE_MAX) return;
    if (this.bytes.length === 0) this.#make();
    // No entry goes on at the beginning.
    const left = this.#bytesMax - (this.#writtenBytes % this.#bytesMax);
    if (left < size) this.#writtenBytes += left;
    const hash = hashOf(series);
    const before = this.#placeOf(series, hash);
    const place = before < 0 ? this.#freePlace(hash) : before;
    this.#hashes[place] = hash;
    this.#begins[place] = this.#writtenBytes + 1;
    this.#writtenBytes += size;
    const at = this.#atOf(place);
    this.#view.setUint32(at, series.length, true);
    this.#view.setUint32(at + 4, entryBytes, true);
    this.#copy(series, series.length, at + HEAD_BYTES);
    this.#copy(entry, entryBytes, at + HEAD_BYTES + series.length);
  }

  forget(series: Uint8Array): void {
    const place = this.#placeOf(series, hashOf(series));
    if (place >= 0) this.#begins[place] = 0;
  }
  forgetAll(): void {
    this.#begins.fill(0);
  }
  hold(): void {
    this.#holders += 1;
  }
  /** Once for each `hold`. */
  release(): void {
    this.#holders -= 1;
  }

  #make(): void {
    this.bytes = new Uint8Array(this.#bytesMax);
    this.#view = new DataView(this.bytes.buffer);
    this.#begins = new Float64Array(this.#setCount * WAYS);
    this.#hashes = new Int32Array(this.#setCount * WAYS);
  }
  #firstOf(hash: number): number {
    return (hash & (this.#setCount - 1)) * WAYS;
  }
  #atOf(place: number): number {
    return ((this.#begins[place] as number) - 1) % this.#bytesMax;
  }
  /** False for a free place, and for one whose memory was used again. */
  #isThere(place: number): boolean {
    const begin = this.#begins[place] as number;
    return begin > 0 && begin - 1 >= this.#writtenBytes - this.#bytesMax;
  }
  /** The place of a series; -1 if it has none. */
  #placeOf(series: Uint8Array, hash: number): number {
    if (this.#writtenBytes === 0) return -1;
    const first = this.#firstOf(hash);
    for (let place = first; place < first + WAYS; place++) {
      if (this.#hashes[place] !== hash || !this.#isThere(place)) continue;
      const at = this.#atOf(place);
      if (this.#view.getUint32(at, true) === series.length && this.#isAt(at + HEAD_BYTES, series)) return place;
    }
    return -1;
  }
  /** A place for another series: a free one, or that of what came first. */
  #freePlace(hash: number): number {
    const first = this.#firstOf(hash);
    let found = first;
    for (let place = first; place < first + WAYS; place++) {
      if (!this.#isThere(place)) return place;
      if ((this.#begins[place] as number) < (this.#begins[found] as number)) found = place;
    }
    return found;
  }
  #isAt(at: number, series: Uint8Array): boolean {
    for (let i = 0; i < series.length; i++) if (this.bytes[at + i] !== series[i]) return false;
    return true;
  }
  /** One by one: what the driver gives has a length of its own, which the runtime does not know. */
  #copy(from: Uint8Array, count: number, at: number): void {
    for (let i = 0; i < count; i++) this.bytes[at + i] = from[i] as number;
  }
}

/** FNV-1a, and a last step that spreads the bits of the last bytes. */
function hashOf(series: Uint8Array): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < series.length; i++) hash = Math.imul(hash ^ (series[i] as number), 0x01000193);
  hash ^= hash >>> 15;
  hash = Math.imul(hash, 0x2c1b3c6d);
  return hash ^ (hash >>> 13);
}
