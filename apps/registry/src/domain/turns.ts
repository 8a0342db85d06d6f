/**
 * Lets changes of one thing go one after the other within this process. It spares most of the conflicts that make a change
 * be planned again; other processes are kept apart by the store alone. `work` calls `begin` before it reads what it
 * changes, as often as it likes, and has the turn until it ends.
 */
export type Turns = <T>(key: string, work: (begin: () => Promise<void>) => Promise<T>) => Promise<T>;

/** Takes turns by key. */
export function turnsByKey(): Turns {
  const last = new Map<string, Promise<void>>();
  return async (key, work) => {
    let end = (): void => undefined;
    let begun: Promise<void> | undefined;
    const begin = (): Promise<void> => {
      if (begun) return begun;
      const before = last.get(key);
      const { promise, resolve } = Promise.withResolvers<void>();
      last.set(key, promise);
      end = () => {
        if (last.get(key) === promise) last.delete(key);
        resolve();
      };
      begun = before ?? Promise.resolve();
      return begun;
    };
    try {
      return await work(begin);
    } finally {
      end();
    }
  };
}
