/**
 * Lets work on one thing go one after the other within this process, in the order of the calls. Work on different things
 * goes on at the same time; work that fails does not stop what waits behind it.
 */
export function turns(): <R>(thing: string, work: () => Promise<R>) => Promise<R> {
  const last = new Map<string, Promise<unknown>>();
  return async (thing, work) => {
    const before = last.get(thing);
    const mine = before === undefined ? work() : before.then(work, work);
    last.set(thing, mine);
    try {
      return await mine;
    } finally {
      if (last.get(thing) === mine) last.delete(thing);
    }
  };
}
