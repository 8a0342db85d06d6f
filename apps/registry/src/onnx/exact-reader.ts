/** Reads so many bytes at a time. Fails if the source ends before. */
export function exactReader(source: AsyncIterable<Uint8Array>): (length: number) => Promise<Uint8Array> {
  const pieces = source[Symbol.asyncIterator]();
  let rest: Uint8Array = new Uint8Array();
  return async (length) => {
    const bytes = new Uint8Array(length);
    for (let at = 0; at < length; ) {
      if (rest.length === 0) {
        const next = await pieces.next();
        if (next.done) throw new Error("the file is shorter than its size");
        rest = next.value;
      }
      const piece = rest.subarray(0, length - at);
      bytes.set(piece, at);
      at += piece.length;
      rest = rest.subarray(piece.length);
    }
    return bytes;
  };
}
