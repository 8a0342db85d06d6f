import { setImmediate as turn } from "node:timers/promises";

/** Takes messages by what each weighs: a group ends with the one that reaches `most`. */
export interface GroupLimit<T> {
  readonly weigh: (message: T) => number;
  readonly most: number;
}

/**
 * The messages of a stream in groups: what has come while the group before was worked on comes together, and a lone message
 * waits for no other. No message is read before there is room for it in a group. Fails as the stream does, behind what came first.
 */
export async function* inGroups<T>(
  messages: AsyncIterable<T>,
  { weigh, most }: GroupLimit<T>,
): AsyncGenerator<readonly T[], void, undefined> {
  const iterator = messages[Symbol.asyncIterator]();
  const ask = (): Promise<IteratorResult<T>> => {
    const next = iterator.next();
    // It may fail while the group before is worked on; then it is awaited later.
    next.catch(() => {});
    return next;
  };
  try {
    for (let next = ask(); ; ) {
      const first = await next;
      if (first.done === true) return;
      const group = [first.value];
      next = ask();
      for (let weight = weigh(first.value); weight < most; ) {
        const more = await Promise.race([next, turn()]).catch(() => undefined);
        if (more === undefined || more.done === true) break;
        group.push(more.value);
        weight += weigh(more.value);
        next = ask();
      }
      yield group;
    }
  } finally {
    // Nobody waits for a message that may never come.
    iterator.return?.()?.catch(() => {});
  }
}

/** The messages as they come; fails with the signal's reason when it is aborted, also while none comes. */
export async function* untilAborted<T>(messages: AsyncIterable<T>, signal: AbortSignal): AsyncGenerator<T> {
  const aborted = Promise.withResolvers<never>();
  const abort = (): void => aborted.reject(signal.reason);
  // Nobody may be waiting when it is aborted.
  aborted.promise.catch(() => {});
  signal.addEventListener("abort", abort, { once: true });
  try {
    signal.throwIfAborted();
    const iterator = messages[Symbol.asyncIterator]();
    for (;;) {
      const next = await Promise.race([iterator.next(), aborted.promise]);
      if (next.done === true) return;
      yield next.value;
    }
  } finally {
    signal.removeEventListener("abort", abort);
  }
}
