import type { Store } from "./port.ts";

/** One call of a port, when it has ended. */
export interface ObservedCall {
  readonly port: string;
  readonly method: string;
  readonly durationMs: number;
  /** What it failed with. */
  readonly error?: unknown;
}

/** Tells `observe` about each asynchronous call of a port; the port behaves as before. */
export function observed<Port extends object>(name: string, port: Port, observe: (call: ObservedCall) => void): Port {
  return new Proxy(port, {
    get(target, property) {
      const member = Reflect.get(target, property) as unknown;
      if (typeof member !== "function" || typeof property === "symbol") return member;
      return (...args: unknown[]) => {
        const start = performance.now();
        const result = member.apply(target, args) as unknown;
        if (!(result instanceof Promise)) return result;
        const end = (failure: { readonly error?: unknown }) =>
          observe({ port: name, method: property, durationMs: performance.now() - start, ...failure });
        result.then(
          () => end({}),
          (error: unknown) => end({ error }),
        );
        return result;
      };
    },
  });
}

/** Observes a store together with the collections, series and search indexes that are opened through it. */
export function observedStore(store: Store, observe: (call: ObservedCall) => void): Store {
  const inner: Store = {
    ...store,
    collection: (definition) => observed(definition.name, store.collection(definition), observe),
    series: (name) => observed(name, store.series(name), observe),
    searchIndex: (name) => observed(name, store.searchIndex(name), observe),
  };
  return observed("store", inner, observe);
}
