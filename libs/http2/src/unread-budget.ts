/** Somebody who may let answers lie around. */
export interface Reader {
  /** Bytes of answers that were not taken. */
  readonly unreadBytes: number;
  /** Since when nothing of one of them was taken, as far as is known from when this was asked before; undefined while all go. */
  stalledSinceMs(): number | undefined;
  /** Gives those answers up. */
  giveUpUnread(): void;
}

/** All readers are looked at when so large a part of the budget may have come since the last look, or after so long. */
const LOOK_SHARE = 0.125;
const LOOK_MS = 100;

/**
 * What the answers that nobody reads may take up, of all connections together: each has its own bounds, but there may be thousands of them. Beyond it, those who have let the most lie
 * around for the longest time lose it.
 */
export class UnreadBudget {
  readonly #bytesMax: number;
  readonly #readers: () => Iterable<Reader>;
  #addedBytes = 0;
  #lookedAtMs = Number.NEGATIVE_INFINITY;

  constructor(bytesMax: number, readers: () => Iterable<Reader>) {
    this.#bytesMax = bytesMax;
    this.#readers = readers;
  }

  /** So many more bytes wait. */
  added(bytes: number): void {
    this.#addedBytes += bytes;
    const nowMs = performance.now();
    if (this.#addedBytes < LOOK_SHARE * this.#bytesMax && nowMs - this.#lookedAtMs < LOOK_MS) return;
    this.look(nowMs);
  }

  /** Looks at all readers. To be called now and then: little that waits at each of many is not added. */
  look(nowMs = performance.now()): void {
    this.#addedBytes = 0;
    this.#lookedAtMs = nowMs;
    const readers = Array.from(this.#readers(), (it) => {
      const bytes = it.unreadBytes;
      return { it, bytes, byteMs: bytes * (nowMs - (it.stalledSinceMs() ?? nowMs)) };
    });
    let bytes = readers.reduce((sum, it) => sum + it.bytes, 0);
    if (bytes <= this.#bytesMax) return;
    readers.sort((a, b) => b.byteMs - a.byteMs || b.bytes - a.bytes);
    for (const reader of readers) {
      if (bytes <= this.#bytesMax) return;
      reader.it.giveUpUnread();
      bytes -= reader.bytes;
    }
  }
}
