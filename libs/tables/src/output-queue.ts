/**
 * Turns a job that hands out pieces into an iterable: one piece waits at most, so a slow reader slows the job down. A
 * reader who leaves early cancels it.
 */
export async function* outputQueue<T>(
  start: (take: (piece: unknown) => Promise<void>, signal: AbortSignal) => Promise<unknown>,
  outer: AbortSignal | undefined,
): AsyncGenerator<T, void, undefined> {
  const leaving = new AbortController();
  const signal = outer ? AbortSignal.any([outer, leaving.signal]) : leaving.signal;
  let offered = Promise.withResolvers<{ readonly piece: T; readonly taken: () => void } | undefined>();
  const take = (piece: unknown): Promise<void> => new Promise((taken) => offered.resolve({ piece: piece as T, taken }));
  const finished = start(take, signal).then(
    () => offered.resolve(undefined),
    (error: unknown) => offered.reject(error),
  );
  try {
    for (let next = await offered.promise; next; next = await offered.promise) {
      yield next.piece;
      offered = Promise.withResolvers();
      next.taken();
    }
  } finally {
    leaving.abort();
    // A rejection after the reader left has nobody to go to; the promise above already carried the one that counts.
    offered.promise.catch(() => {});
    await finished;
  }
}
