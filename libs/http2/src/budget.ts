/** How often something may happen: so many times at once, and so many a second in the long run. */
export interface Rate {
  readonly burst: number;
  readonly perSecond: number;
}

/** Counts what happens against a rate. */
export class Budget {
  readonly #rate: Rate;
  #left: number;
  #atMs = performance.now();

  constructor(rate: Rate) {
    this.#rate = rate;
    this.#left = rate.burst;
  }

  /** False once it happens too often. The clock is only asked when what was there at once is used up. */
  take(): boolean {
    if (this.#left < 1) {
      const nowMs = performance.now();
      const { burst, perSecond } = this.#rate;
      this.#left = Math.min(burst, this.#left + ((nowMs - this.#atMs) / 1_000) * perSecond);
      this.#atMs = nowMs;
      if (this.#left < 1) return false;
    }
    this.#left -= 1;
    return true;
  }

  /** Gives one back: something has happened that makes up for it. */
  give(): void {
    this.#left = Math.min(this.#left + 1, this.#rate.burst);
  }
}
