/**
 * Lets work on one thing go one after the other within this process, and does together what came while it waited. If
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

interface Waiting<Piece> {
  readonly piece: Piece;
  readonly resolve: () => void;
  readonly reject: (reason: unknown) => void;
}
