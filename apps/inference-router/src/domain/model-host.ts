import type { Digest } from "@throughline/kernel";
import type { Signature, Tensor } from "./tensor.ts";

/** One run of a model. */
export interface ModelRun {
  readonly tensors: readonly Tensor[];
  /** Names of the outputs to return. */
  readonly outputs: readonly string[];
  /** Ends the wait; the run itself goes on, unless nobody waits for it any more. */
  readonly signal?: AbortSignal | undefined;
}

/**
 * A model at work in a process of its own. Laws:
 * - What one model does (an endless loop, a giant allocation, a crash) is never seen by another.
 * - Requests of one turn of the event loop may run as one batch if the model was found to answer each row by itself.
 * - A run that does not settle in time ends the model's process; the next process is there in under a second.
 *
 * `run` fails with QUEUE_FULL, MODEL_UNAVAILABLE, MODEL_QUARANTINED, MODEL_DEADLINE, MODEL_MEMORY, MODEL_CRASHED,
 * INPUTS_REFUSED, DEADLINE_EXCEEDED and CANCELLED.
 */
export interface LoadedModel {
  readonly signature: Signature;
  run(request: ModelRun): Promise<readonly Tensor[]>;
  isReady(): boolean;
  /** Gives the model back; its process ends when nobody holds it any more and its runs have ended. */
  release(): Promise<void>;
}

/** Which model to load, and for whom: processes are never shared between projects. */
export interface ModelToLoad {
  readonly project: string;
  readonly digest: Digest;
  /** Width of the vector that the model's input takes, where its own signature leaves it open. */
  readonly inputWidth?: number | undefined;
}

/** Loads models. Fails with MODEL_NOT_LOADABLE and MODEL_QUARANTINED, and as the blob store does. */
export interface ModelHosts {
  load(model: ModelToLoad): Promise<LoadedModel>;
  close(): Promise<void>;
}
