import type { Digest } from "@throughline/kernel";
import type { OnnxFacts, Signature } from "./model.ts";

/** What a model file says of itself. */
export interface ModelFacts {
  readonly signature: Signature;
  readonly onnx: OnnxFacts;
}

/** Bytes that are stored. */
export interface StoredBytes {
  readonly digest: Digest;
  readonly sizeBytes: number;
}

/**
 * Looks into stored ONNX models. Laws:
 * - It never runs in this process what a model holds, and a model can neither end this process nor take its memory.
 * - A model that is accepted was loaded by the runtime that will serve it, which names the same inputs and outputs, and ran
 *   a row of zeros within the limits.
 *
 * Fails with MODEL_INVALID and every problem of the model at once, SIGNATURE_MISMATCH if the runtime sees other
 * inputs or outputs than the file declares, and CHECKS_BUSY if too many checks wait already.
 */
export interface ModelInspector {
  /** `sizeBytes` is the length of the stored bytes. */
  inspect(model: StoredBytes): Promise<ModelFacts>;
  /**
   * Stores the model with the data of files in it that are beside it, by their paths, since a model must have everything in
   * itself. Fails with MODEL_INVALID if it needs any other file.
   */
  gather(model: StoredBytes, files: ReadonlyMap<string, StoredBytes>): Promise<StoredBytes>;
  /**
   * Stores the model with the transforms of a fit in front of it. Fails with FIT_INVALID, TRANSFORMS_NOT_ATTACHABLE,
   * MODEL_TOO_LARGE, and with MODEL_INVALID if it takes more than a model may.
   */
  attach(model: StoredBytes, fit: StoredBytes): Promise<StoredBytes>;
}
