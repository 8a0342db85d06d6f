/** A map that remembers when each of its values came: what other services found out, for tests. */
export class TimedMap<T> extends Map<string, T> {
  readonly #clock: { now(): number };
  readonly #values = new Map<string, { readonly value: T; readonly timeMs: number }[]>();

  constructor(clock: { now(): number }) {
    super();
    this.#clock = clock;
  }

  override set(key: string, value: T): this {
    this.#values.set(key, [{ value, timeMs: this.#clock.now() }, ...(this.#values.get(key) ?? [])]);
    return super.set(key, value);
  }

  /** The newest value, or the newest at an instant. */
  at(key: string, asOfMs = Infinity): { readonly value: T; readonly timeMs: number } | undefined {
    return this.#values.get(key)?.find((it) => it.timeMs <= asOfMs);
  }
}
