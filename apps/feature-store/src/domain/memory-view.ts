let last: DataView<ArrayBufferLike> = new DataView(new ArrayBuffer(0));

/**
 * A view of the whole memory in which bytes lie: their first is at their `byteOffset`. What is read together mostly lies in the
 * same memory, and a view of each value would cost more than to read it.
 */
export function memoryView(of: Uint8Array): DataView {
  if (last.buffer !== of.buffer) last = new DataView(of.buffer);
  return last;
}
