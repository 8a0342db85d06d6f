/** What the other side may still send, of one stream or of all of a connection together (RFC 9113, section 5.2). */
export class ReceiveWindow {
  readonly #bytes: number;
  #left: number;
  /** Taken out of our hands again, and not yet told. */
  #given = 0;

  constructor(bytes: number) {
    this.#bytes = bytes;
    this.#left = bytes;
  }

  /** Counts bytes that came. False if they were more than allowed. */
  take(bytes: number): boolean {
    this.#left -= bytes;
    return this.#left >= 0;
  }

  /** Counts bytes that somebody has dealt with. Gives how many to announce now: none, until it is worth a frame. */
  give(bytes: number): number {
    this.#given += bytes;
    if (this.#given * 2 < this.#bytes) return 0;
    const told = this.#given;
    this.#given = 0;
    this.#left += told;
    return told;
  }
}
