/** Work that goes on after the call that started it has returned. */
export interface Operation {
  /** `projects/{project}/operations/{service}.{id}`. */
  readonly name: string;
  /** What is done, such as `CreateTrainingSet`. */
  readonly kind: string;
  /** The resource that the work makes or changes. */
  readonly target: string;
  readonly state: OperationState;
  /** Share done, from 0 to 1. It never goes back. */
  readonly progress: number;
  /** What happens now, in plain words. */
  readonly message: string;
  /** How much of that is done, where something is counted. */
  readonly work?: OperationWork;
  readonly createdMs: number;
  readonly endedMs?: number;
  /** In state `succeeded` alone. */
  readonly response?: OperationResponse;
  /** In states `failed` and `cancelled` alone. */
  readonly error?: OperationError;
}

/** What the work is given. */
export interface OperationRun {
  /** Name of the operation. */
  readonly operation: string;
  /** Aborts when somebody cancels the operation, or the service stops. */
  readonly signal: AbortSignal;
  /** Tells how far the work is, and of what is counted how much is done. Stored at most four times a second. */
  progress(share: number, message: string, work?: OperationWork): void;
}

/** How much is done of something that is counted. */
export interface OperationWork {
  /** What is counted, in the plural, such as `rows`. */
  readonly unit: string;
  readonly done: number;
  readonly total: number;
  /** Undefined, as the time that is left, until something is known of it. */
  readonly perSecond?: number;
  readonly leftMs?: number;
}

export type OperationState = "running" | "succeeded" | "failed" | "cancelled";

/** A protobuf message of any type: `type.googleapis.com/…` and its bytes. */
export interface OperationResponse {
  readonly typeUrl: string;
  readonly value: Uint8Array;
}

export interface OperationError {
  readonly reason: string;
  readonly message: string;
  readonly metadata: Readonly<Record<string, string>>;
}

export const hasEnded = (operation: Operation): boolean => operation.state !== "running";
