import type { Digest } from "@throughline/kernel";
import type { OnnxFacts, Signature } from "./model.ts";

/** What a model file says of itself. */
export interface ModelFacts {
  readonly signature: Signature;
  readonly onnx: OnnxFacts;
}

/**
 * Looks into stored ONNX models. Laws:
 * - It never runs in this process what a model holds, and a model can neither end this process nor take its memory.
 * - A model that is accepted was loaded by the runtime that will serve it, which names the same inputs and outputs.
 *
 * Fails with MODEL_INVALID and every problem of the model at once, SIGNATURE_MISMATCH if the runtime sees other
 * inputs or outputs than the file declares, and CHECKS_BUSY if too many checks wait already.
 */
export interface ModelInspector {
  /** `sizeBytes` is the length of the stored bytes. */
  inspect(model: { readonly digest: Digest; readonly sizeBytes: number }): Promise<ModelFacts>;
}
