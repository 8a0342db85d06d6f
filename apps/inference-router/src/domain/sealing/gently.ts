/** How long the event loop is kept without a pause. */
const SLICE_MS = 1;

/** The same items, with pauses in which requests are answered: what is read in large pieces would keep the event loop to itself. */
export async function* gently<T>(items: AsyncIterable<T>, signal: AbortSignal): AsyncGenerator<T> {
  let startedAt = performance.now();
  for await (const item of items) {
    yield item;
    if (performance.now() - startedAt < SLICE_MS) continue;
    await new Promise((resolve) => setImmediate(resolve));
    signal.throwIfAborted();
    startedAt = performance.now();
  }
}
