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
  readonly createdMs: number;
  readonly endedMs?: number;
  /** In state `succeeded` alone. */
  readonly response?: OperationResponse;
  /** In states `failed` and `cancelled` alone. */
  readonly error?: OperationError;
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
