import { createHash } from "node:crypto";
import { isDomainError } from "@throughline/kernel";

/** Bytes that look random and are the same for the same seed: the SHAKE256 output for it. */
export const contentOf = (size: number, seed: number): Buffer =>
  size === 0 ? Buffer.alloc(0) : createHash("shake256", { outputLength: size }).update(`content ${seed}`).digest();

export async function* inPieces(pieces: readonly Uint8Array[]): AsyncGenerator<Uint8Array> {
  yield* pieces;
}

export async function read(source: AsyncIterable<Uint8Array>): Promise<Buffer> {
  const pieces: Uint8Array[] = [];
  for await (const piece of source) pieces.push(piece);
  return Buffer.concat(pieces);
}

/** The reason that a call fails with; `"none"` when it succeeds. Other errors are thrown on. */
export async function reasonOf(call: () => Promise<unknown>): Promise<string> {
  try {
    await call();
    return "none";
  } catch (error) {
    if (isDomainError(error)) return error.reason;
    throw error;
  }
}
