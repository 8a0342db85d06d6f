/**
 * Reads a source in batches of at most `size`; undefined at its end. `shape` makes the piece that travels from the items,
 * by default the list itself.
 */
export function inBatches<T>(
  source: Iterable<T> | AsyncIterable<T>,
  size: number,
  shape: (items: readonly T[]) => unknown = (items) => items,
): () => Promise<unknown> {
  const iterator = Symbol.asyncIterator in source ? source[Symbol.asyncIterator]() : source[Symbol.iterator]();
  let ended = false;
  return async () => {
    const items: T[] = [];
    while (!ended && items.length < size) {
      const next = await iterator.next();
      if (next.done) ended = true;
      else items.push(next.value);
    }
    return items.length > 0 ? shape(items) : undefined;
  };
}
