import type { Stores } from "./testing-platform.ts";

/** One life of a process, which ends at a step of its choice. */
export interface Life {
  readonly stores: Stores;
  /** Resolves when the life has ended. */
  readonly end: Promise<void>;
  hasEnded(): boolean;
  /** Ends it at this very step. */
  cut(): void;
  /** A life that has not ended ends no more: what still goes on in the background can be closed as anything else. */
  spare(): void;
  /** Lets go what the process would have let go by ending. */
  bury(): Promise<void>;
}

/** Methods that leave something behind when they return. */
const DURABLE: Readonly<Record<string, readonly string[]>> = {
  store: ["batch", "insert", "replace", "put", "remove"],
  blobs: ["put", "delete"],
  online: ["apply", "removeLayout"],
};

const isStream = (it: unknown): it is AsyncIterable<unknown> =>
  typeof it === "object" && it !== null && Symbol.asyncIterator in it;

/** What a call gives whose process is no more: nothing, ever. */
const nothing = (): unknown => {
  const next = (): Promise<never> => new Promise(() => {});
  return Object.assign(next(), { [Symbol.asyncIterator]: () => ({ next }) });
};

/**
 * Stores of a process that ends at a step: steps are before and after each call that leaves something behind. What was
 * carried out is there for the next life; no call of this one returns any more.
 */
export function lifeUntil(stores: Stores, endsAt: number): Life {
  const { promise: end, resolve } = Promise.withResolvers<void>();
  const closings: (() => Promise<void>)[] = [];
  const underWay = new Set<Promise<unknown>>();
  const streams: AsyncIterator<unknown>[] = [];
  let step = 0;
  let lastStep = endsAt;
  const hasEnded = (): boolean => step >= lastStep;
  const stepped = (): boolean => {
    step += 1;
    if (hasEnded()) resolve();
    return hasEnded();
  };
  const tracked = (call: Promise<unknown>): Promise<unknown> => {
    const ending = call.then(
      () => undefined,
      () => undefined,
    );
    underWay.add(ending);
    ending.finally(() => underWay.delete(ending));
    return call;
  };
  /** Nobody hears any more how a call ended that was under way. */
  const unlessEnded = (call: Promise<unknown>): Promise<unknown> =>
    call.then(
      (result) => (hasEnded() ? nothing() : result),
      (error: unknown) => (hasEnded() ? nothing() : Promise.reject(error)),
    );
  /** Whoever reads a stream when the life ends reads no further, and would keep what gives it waiting. */
  const listened = (stream: AsyncIterable<unknown>): AsyncIterable<unknown> => ({
    [Symbol.asyncIterator]() {
      const iterator = stream[Symbol.asyncIterator]();
      streams.push(iterator);
      return iterator;
    },
  });
  const mortal = <T extends object>(target: T, kind: string): T =>
    new Proxy(target, {
      get(of, name) {
        const found: unknown = Reflect.get(of, name);
        if (typeof found !== "function" || typeof name !== "string") return found;
        if (name === "collection") return (...args: unknown[]) => mortal(found.apply(of, args) as object, kind);
        if (!DURABLE[kind]?.includes(name)) {
          return (...args: unknown[]) => {
            // What never comes is not under way, or whoever buries this life would wait for it.
            if (hasEnded()) return nothing();
            const result: unknown = found.apply(of, args);
            if (result instanceof Promise) return unlessEnded(tracked(result));
            return isStream(result) ? listened(result) : result;
          };
        }
        return async (...args: unknown[]) => {
          if (hasEnded() || stepped()) return nothing();
          const result = await tracked(Promise.resolve(found.apply(of, args) as unknown));
          return hasEnded() || stepped() ? nothing() : result;
        };
      },
    });
  return {
    stores: {
      store: mortal(stores.store, "store"),
      blobs: mortal(stores.blobs, "blobs"),
      tables: mortal(stores.tables, "tables"),
      openOnline: async (dir) => {
        const online = await stores.openOnline(dir);
        closings.push(() => online.close());
        return mortal(online, "online");
      },
    },
    end,
    hasEnded,
    cut() {
      lastStep = step;
      resolve();
    },
    spare() {
      if (!hasEnded()) lastStep = Number.POSITIVE_INFINITY;
    },
    async bury() {
      // A real end would cut these off; a driver whose file is closed in the midst of them takes the test with it.
      await Promise.allSettled(streams.map((it) => it.return?.()));
      await Promise.allSettled(underWay);
      for (const close of closings) await close();
    },
  };
}
