import type { Socket } from "node:net";

/** What the other side takes of what was said to it. The socket tells how much that is, and not when: so this knows it from one look to the next. */
export class Uptake {
  readonly #socket: Socket;
  #takenBytes = 0;
  #stalledSinceMs: number | undefined;

  constructor(socket: Socket) {
    this.#socket = socket;
  }

  /** Since which look something waits of which nothing was taken; undefined while some is, or nothing waits. */
  look(): number | undefined {
    const { writableLength, bytesWritten } = this.#socket;
    const takenBytes = bytesWritten - writableLength;
    const isTaking = takenBytes !== this.#takenBytes;
    this.#takenBytes = takenBytes;
    if (writableLength === 0 || isTaking) this.#stalledSinceMs = undefined;
    if (writableLength > 0) this.#stalledSinceMs ??= performance.now();
    return this.#stalledSinceMs;
  }
}
