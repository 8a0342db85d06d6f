import type { BlobStore } from "@throughline/blobs";
import { type Digest, digestOfJson, type Json } from "@throughline/kernel";
import { fitInvalid } from "./model-errors.ts";

/** By which digests a model file names the transforms in front of it. */
export interface NamedTransforms {
  readonly definition: string;
  readonly constants: string;
}

/** Most bytes of a fit: some hundred thousand words of vocabularies. */
export const FIT_BYTES_MAX = 64 * 1024 ** 2;

/**
 * The digests of the definition and the constants of a stored fit, which a model with them in front of it names. Fails with
 * FIT_INVALID.
 */
export async function transformsOfFit(blobs: Pick<BlobStore, "get">, digest: Digest): Promise<NamedTransforms> {
  const pieces: Uint8Array[] = [];
  let length = 0;
  for await (const piece of blobs.get(digest)) {
    length += piece.length;
    if (length > FIT_BYTES_MAX) throw fitInvalid(`it has more than ${FIT_BYTES_MAX} bytes`);
    pieces.push(piece);
  }
  try {
    const fit = JSON.parse(Buffer.concat(pieces).toString("utf8")) as Readonly<Record<string, Json>>;
    const { definition, constants } = fit;
    if (definition !== undefined && constants !== undefined)
      return { definition: digestOfJson(definition), constants: digestOfJson(constants) };
  } catch {
    // It is told below.
  }
  throw fitInvalid("it has no definition or no constants");
}
