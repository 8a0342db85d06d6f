/**
 * Works on items as they come, on up to `most` at the same time, and gives the results in the order of the items. Reads no
 * further while `most` results are not taken. `work` must not reject.
 */
export async function* inOrder<T, R>(
  items: AsyncIterable<T>,
  most: number,
  work: (item: T) => Promise<R>,
): AsyncIterable<R> {
  const source = items[Symbol.asyncIterator]();
  const underWay: Promise<{ readonly result: R }>[] = [];
  const read = () => source.next().then((step) => ({ step }));
  let reading: ReturnType<typeof read> | undefined = read();
  try {
    while (reading !== undefined || underWay.length > 0) {
      const isReading = reading !== undefined && underWay.length < most;
      const next = await Promise.race([...(isReading ? [reading] : []), ...underWay.slice(0, 1)]);
      if (next === undefined) break;
      if ("result" in next) {
        underWay.shift();
        yield next.result;
      } else if (next.step.done) reading = undefined;
      else {
        underWay.push(work(next.step.value).then((result) => ({ result })));
        reading = read();
      }
    }
  } finally {
    // Whoever ends the stream early is not told of items that cannot be read any more.
    reading?.catch(() => {});
    void source.return?.()?.catch(() => {});
  }
}
