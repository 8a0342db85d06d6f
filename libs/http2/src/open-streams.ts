import type { ServerStream } from "./stream.ts";

/**
 * The open streams of a connection by their numbers. There are few, and the newest are asked for most, so they stand in a list; a map that
 * everything comes into and goes out of makes work for the collector (see `Crowd` in @throughline/kernel).
 */
export class OpenStreams {
  readonly #all: ServerStream[] = [];

  get size(): number {
    return this.#all.length;
  }
  add(stream: ServerStream): void {
    this.#all.push(stream);
  }
  find(id: number): ServerStream | undefined {
    for (let i = this.#all.length - 1; i >= 0; i--) if (this.#all[i]?.id === id) return this.#all[i];
    return undefined;
  }
  delete(stream: ServerStream): void {
    const place = this.#all.lastIndexOf(stream);
    const last = this.#all.pop();
    if (place >= 0 && last && last !== stream) this.#all[place] = last;
  }
  /** Those that are open at the beginning, whichever close meanwhile. */
  all(): readonly ServerStream[] {
    return this.#all.slice();
  }
}
