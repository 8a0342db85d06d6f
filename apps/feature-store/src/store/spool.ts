import { type FileHandle, open } from "node:fs/promises";
import { deserialize, serialize } from "node:v8";

/**
 * The items of a source in their order, by way of a new file: the source is read as fast as it gives them, however slow the
 * reader is, and takes no memory while they wait. A failure of the source comes behind the items that it gave. Whoever leaves
 * early ends the source.
 */
export async function* spooled<T>(source: AsyncIterable<T>, path: string): AsyncGenerator<T, void, undefined> {
  await using file = await open(path, "wx+", 0o600);
  const items = source[Symbol.asyncIterator]();
  /** Where each item that is in the file ends. */
  const ends: number[] = [];
  let news = Promise.withResolvers<void>();
  let [isLeft, isOver] = [false, false];
  const tell = (): void => {
    news.resolve();
    news = Promise.withResolvers();
  };
  const fill = async (): Promise<void> => {
    for (let next = await items.next(); !next.done && !isLeft; next = await items.next()) {
      const bytes = serialize(next.value);
      await file.appendFile(bytes);
      ends.push((ends.at(-1) ?? 0) + bytes.byteLength);
      tell();
    }
  };
  const filling = fill().finally(() => {
    isOver = true;
    tell();
  });
  // The reader is told once it is there.
  filling.catch(() => {});
  try {
    for (let i = 0; ; i++) {
      while (i >= ends.length && !isOver) await news.promise;
      const [from, to] = [ends[i - 1] ?? 0, ends[i]];
      if (to === undefined) return await filling;
      yield deserialize(await bytesOf(file, from, to)) as T;
    }
  } finally {
    isLeft = true;
    await items.return?.();
    await filling.catch(() => {});
  }
}

async function bytesOf(file: FileHandle, from: number, to: number): Promise<Buffer> {
  const bytes = Buffer.allocUnsafeSlow(to - from);
  for (let at = 0; at < bytes.length; ) {
    const { bytesRead } = await file.read(bytes, at, bytes.length - at, from + at);
    if (bytesRead === 0) throw new Error(`a file in between ends ${bytes.length - at} bytes early`);
    at += bytesRead;
  }
  return bytes;
}
