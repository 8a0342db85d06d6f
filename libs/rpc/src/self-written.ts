/** The method of a message that writes itself. */
export const WRITTEN = Symbol("written");

/** A message that writes its own bytes: the very ones that the library would write of it. */
export interface SelfWritten {
  [WRITTEN](): Uint8Array;
}

/** The bytes of a message that writes itself; undefined for any other. */
export const writtenBy = (message: object): Uint8Array | undefined => (message as Partial<SelfWritten>)[WRITTEN]?.();
