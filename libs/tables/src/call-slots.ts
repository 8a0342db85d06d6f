import { closed, queueFull, stopped } from "./errors.ts";

/** Lets so many calls work at once, in the order of their arrival. */
export interface CallSlots {
  /** Runs work when there is a slot. Fails with TABLE_QUEUE_FULL, and while it waits with TABLE_CANCELLED or TABLE_CLOSED. */
  run<T>(signal: AbortSignal | undefined, work: () => Promise<T>): Promise<T>;
  /** Waits for a slot as `run` does; the returned function gives it back. */
  take(signal: AbortSignal | undefined): Promise<() => void>;
  /** Fails what waits and what comes. */
  close(): void;
}

export function callSlots(slots: number, queueMax: number): CallSlots {
  const waiting: { readonly start: () => void; readonly fail: (error: Error) => void }[] = [];
  let free = slots;
  let isClosed = false;
  const give = (): void => {
    const next = waiting.shift();
    if (next) next.start();
    else free += 1;
  };
  const take: CallSlots["take"] = async (signal) => {
    if (isClosed) throw closed();
    if (signal?.aborted) throw stopped(signal.reason);
    if (free > 0) {
      free -= 1;
      return give;
    }
    if (waiting.length >= queueMax) throw queueFull(queueMax);
    const { promise, resolve, reject } = Promise.withResolvers<() => void>();
    const entry = { start: () => resolve(give), fail: reject };
    const leave = (): void => {
      const place = waiting.indexOf(entry);
      // Its turn has come: it must not take somebody else's place away, who would then wait forever.
      if (place < 0) return;
      waiting.splice(place, 1);
      reject(stopped(signal?.reason));
    };
    waiting.push(entry);
    signal?.addEventListener("abort", leave, { once: true });
    return promise.finally(() => signal?.removeEventListener("abort", leave));
  };
  return {
    take,
    async run(signal, work) {
      const done = await take(signal);
      try {
        return await work();
      } finally {
        done();
      }
    },
    close() {
      isClosed = true;
      for (const entry of waiting.splice(0)) entry.fail(closed());
    },
  };
}
