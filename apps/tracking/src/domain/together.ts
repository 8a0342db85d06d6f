/**
 * Lets work on one thing go one after the other within this process, and does together what came while it waited, or at once with the first. If
 * that fails, each piece is done alone, so that one that is refused does not take others with it. Work on different
 * things goes on at the same time.
 *
 * `work` does pieces all or nothing; at most `piecesMax` of them wait to be done together.
 */
export function together<Piece>(
  work: (thing: string, pieces: readonly Piece[]) => Promise<void>,
  piecesMax: number,
): (thing: string, piece: Piece) => Promise<void> {
  const waiting = new Map<string, Waiting<Piece>[]>();

  const done = async (thing: string, some: readonly Waiting<Piece>[]): Promise<void> => {
    try {
      await work(
        thing,
        some.map(({ piece }) => piece),
      );
      for (const { resolve } of some) resolve();
    } catch (error) {
      if (some.length === 1) return some[0]?.reject(error);
      for (const one of some) await done(thing, [one]);
    }
  };
  const drain = async (thing: string, queue: Waiting<Piece>[]): Promise<void> => {
    // What came in one piece with the first, such as calls on one connection, is done with it.
    await promisesSettled();
    while (queue.length > 0) await done(thing, queue.splice(0, piecesMax));
    waiting.delete(thing);
  };
  return (thing, piece) =>
    new Promise((resolve, reject) => {
      const mine = { piece, resolve, reject };
      const queue = waiting.get(thing);
      if (queue !== undefined) return void queue.push(mine);
      const started = [mine];
      waiting.set(thing, started);
      void drain(thing, started);
    });
}

/** Resolves when all that came in one piece has begun: nothing else of the event loop comes in between. */
const promisesSettled = (): Promise<void> => new Promise((resolve) => process.nextTick(resolve));

interface Waiting<Piece> {
  readonly piece: Piece;
  readonly resolve: () => void;
  readonly reject: (reason: unknown) => void;
}
