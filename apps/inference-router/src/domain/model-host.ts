import type { Digest } from "@throughline/kernel";
import type { ModelStatistics } from "./model-statistics.ts";
import type { Signature, Tensor } from "./tensor.ts";

/** The call that a run is for. */
export interface RunCall {
  /** Aborts when the caller goes away or the deadline passes. Looked at every 20 ms, and not before: it may be made then. */
  readonly signal: AbortSignal;
  /** How long the caller will still wait; undefined: nobody knows. A run that cannot be done by then is refused at once. */
  timeoutMs?(): number | undefined;
  /** Default: the deployment's. */
  readonly priority?: Priority | undefined;
}

/** One run of a model. */
export interface ModelRun {
  readonly tensors: readonly Tensor[];
  /** Names of the outputs to return. */
  readonly outputs: readonly string[];
  /** Ends the wait; the run itself goes on, unless nobody waits for it any more. */
  readonly signal?: AbortSignal | undefined;
  /** Ends the wait as well. */
  readonly call?: RunCall | undefined;
}

/** Whose requests come first where they wait for one model; a lower one that has waited for long comes first too. */
export type Priority = "high" | "normal" | "low";

/** How a deployment wants its models to be run. */
export interface ExecutionSettings {
  /** How soon answers should be there; undefined: nobody said. It bounds what is spent on larger batches. */
  readonly latencyObjectiveMs: number | undefined;
  /** Processes for each model. */
  readonly instances: number;
  readonly priority: Priority;
  /** Most rows of different requests in one run; undefined: as many as the router is set to. */
  readonly batchRowsMax: number | undefined;
  /** Set if nobody waits for what it answers (mirrors, batches): then it gets the processor time that others leave. */
  readonly isBackground?: true;
}

/**
 * A model at work in processes of its own. Laws:
 * - What one model does (an endless loop, a giant allocation, a crash) is never seen by another.
 * - Requests that come together may run as one batch if the model was found to answer each row by itself.
 * - A run that does not settle in time ends the model's process; the next process is there in under a second.
 * - A model that nobody asks may be unloaded where memory is short; the next request loads it again, and waits for it.
 *
 * `run` fails with QUEUE_FULL, DEADLINE_UNREACHABLE, MODELS_MEMORY_FULL, MODEL_UNAVAILABLE, MODEL_QUARANTINED, MODEL_DEADLINE,
 * MODEL_MEMORY, MODEL_CRASHED, INPUTS_REFUSED, DEADLINE_EXCEEDED and CANCELLED.
 */
export interface LoadedModel {
  readonly signature: Signature;
  /** True if it was found to answer each row by itself, so that rows may run together. */
  readonly isRowwise: boolean;
  run(request: ModelRun): Promise<readonly Tensor[]>;
  isReady(): boolean;
  /** What the holder wants; the model is run as suits all of its holders. */
  configure(settings: ExecutionSettings): void;
  /** What came through this handle. */
  statistics(): ModelStatistics;
  /** Gives the model back; its process ends when nobody holds it any more and its runs have ended. */
  release(): Promise<void>;
}

/** Which model to load, and for whom: processes are never shared between projects. */
export interface ModelToLoad {
  readonly project: string;
  readonly digest: Digest;
  /** Width of the vector that the model's input takes, where its own signature leaves it open. */
  readonly inputWidth?: number | undefined;
  /** Set for batches: they have processes of their own, so that nobody who waits for an answer waits for their runs, or loses a process to their rows. */
  readonly work?: "batch";
}

/** Loads models. Fails with MODEL_NOT_LOADABLE and MODEL_QUARANTINED, and as the blob store does. */
export interface ModelHosts {
  load(model: ModelToLoad): Promise<LoadedModel>;
  close(): Promise<void>;
}
