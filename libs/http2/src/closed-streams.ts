/** How a stream was closed: by both sides' ends, by the other side's reset, or by ours, which the other side may not have read yet. */
export const CLOSED = { byEnds: 1, byThem: 2, byUs: 3 } as const;
export type HowClosed = (typeof CLOSED)[keyof typeof CLOSED];

/** So many are remembered: more than can be on the way at once. */
const REMEMBERED = 2_048;

/** The streams of a connection that were closed last: frames that still come for them are judged by how. */
export class ClosedStreams {
  readonly #ids = new Uint32Array(REMEMBERED);
  readonly #hows = new Uint8Array(REMEMBERED);
  #next = 0;

  add(id: number, how: HowClosed): void {
    this.#ids[this.#next] = id;
    this.#hows[this.#next] = how;
    this.#next = (this.#next + 1) % REMEMBERED;
  }

  /** Undefined for one that was never open, or is forgotten. */
  how(id: number): HowClosed | undefined {
    const place = this.#ids.indexOf(id);
    return place < 0 ? undefined : (this.#hows[place] as HowClosed);
  }
}
