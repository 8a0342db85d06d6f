import type { Segment } from "./segment.ts";
import { readReferences } from "./segment-contents.ts";

/**
 * Digests of all that segments have in the blob store: inputs of predictions, and segments that were moved. What closed
 * segments refer to never changes, and is read once.
 */
export function everyReference(segments: readonly Segment[]): () => AsyncGenerator<string> {
  const known = new Map<string, readonly string[]>();
  return async function* () {
    for (const segment of [...segments]) {
      if (segment.movedTo !== undefined) yield segment.movedTo;
      const { id, isClosed } = segment;
      const found = known.get(id) ?? (await Array.fromAsync(readReferences([segment])));
      if (isClosed) known.set(id, found);
      yield* found;
    }
  };
}
