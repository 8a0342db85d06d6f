import type { Socket } from "node:net";

/** What is small is gathered in chunks of so many bytes, and of so many where a connection has more than one of them to say at once. */
const [CHUNK_BYTES, NEXT_CHUNK_BYTES] = [4_096, 16_384];

/** Outboxes with something to send. */
let full: Outbox[] = [];
/** True from the first read in a turn of the event loop until all has been read that was there. */
let isReading = false;

function sendAll(): void {
  const all = full;
  full = [];
  for (const it of all) it.send();
}

/** Something was read: what is said from now on waits until the other connections were read too. */
export function readingGoesOn(): void {
  if (isReading) return;
  isReading = true;
  setImmediate(() => {
    isReading = false;
    sendAll();
  });
}

/**
 * What a connection has to say. What is said while requests are read leaves together when all have been read that came in this turn of the event
 * loop, of all connections: each write wakes a caller, and one to a caller who is awake already costs a fraction of it. What is said
 * later, such as after a commit, leaves when the work has ended that said it: another turn would keep all of its callers waiting.
 */
export class Outbox {
  readonly #socket: Socket;
  #pieces: Uint8Array[] = [];
  #bytes = 0;
  /** Where what is small is written. Filled until `used`, and taken into the pieces until `begin`. */
  chunk: Buffer = Buffer.alloc(0);
  #begin = 0;
  #used = 0;
  #isListed = false;

  constructor(socket: Socket) {
    this.#socket = socket;
  }

  /** Bytes that the other side has not taken. */
  get waitingBytes(): number {
    return this.#bytes + this.#socket.writableLength;
  }

  /** Makes room for so many bytes in `chunk`, which the caller fills at once. Gives where they begin. */
  reserve(bytes: number): number {
    if (this.chunk.byteLength - this.#used < bytes) {
      this.#seal();
      this.chunk = Buffer.allocUnsafeSlow(Math.max(this.#pieces.length > 1 ? NEXT_CHUNK_BYTES : CHUNK_BYTES, bytes));
      this.#begin = 0;
      this.#used = 0;
    }
    const at = this.#used;
    this.#used += bytes;
    this.#add(bytes);
    return at;
  }

  /** Sends bytes that stand elsewhere, which nobody changes any more. */
  attach(bytes: Uint8Array): void {
    this.#seal();
    this.#pieces.push(bytes);
    this.#add(bytes.byteLength);
  }

  /** Sends what is there without waiting for the end of the turn. */
  send(): void {
    this.#isListed = false;
    this.#seal();
    const pieces = this.#pieces;
    if (pieces.length === 0) return;
    this.#pieces = [];
    this.#bytes = 0;
    if (this.#socket.destroyed || this.#socket.writableEnded) return;
    const [first] = pieces;
    if (first && pieces.length === 1) {
      this.#socket.write(first);
      return;
    }
    this.#socket.cork();
    for (const it of pieces) this.#socket.write(it);
    this.#socket.uncork();
  }

  #add(bytes: number): void {
    this.#bytes += bytes;
    if (this.#isListed) return;
    this.#isListed = true;
    if (full.push(this) === 1 && !isReading) process.nextTick(sendAll);
  }

  #seal(): void {
    if (this.#used === this.#begin) return;
    this.#pieces.push(this.chunk.subarray(this.#begin, this.#used));
    this.#begin = this.#used;
  }
}
