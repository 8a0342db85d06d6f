import type { OnnxReport } from "./inspect.ts";
import type { OnnxLimits } from "./limits.ts";

/** What the checking process is told first; the model's bytes follow on its standard input. */
export interface CheckRequest {
  readonly sizeBytes: number;
  readonly limits: OnnxLimits;
  /** The process ends itself after so many milliseconds, whatever it does. */
  readonly timeoutMs: number;
}

/** What the gathering process is told first; the model's bytes and those of the files that it asks for follow. */
export interface GatherRequest {
  readonly sizeBytes: number;
  /** Path and size of each file beside the model. */
  readonly files: readonly (readonly [path: string, sizeBytes: number])[];
  /** As of CheckRequest. */
  readonly timeoutMs: number;
}

/** What the attaching process is told first; the bytes of the transform fit and those of the model follow. */
export interface AttachRequest {
  readonly fitSizeBytes: number;
  readonly sizeBytes: number;
  /** As of CheckRequest. */
  readonly timeoutMs: number;
}

/** A value as the runtime sees it. `type` is the runtime's own name; absent if it is no tensor. */
export interface RuntimeValue {
  readonly name: string;
  readonly type?: string;
}

/** What came of running a row of zeros. */
export type SampleResult =
  | { readonly kind: "ran" }
  /** `decisive`: any row of that shape would do, so that the model is at fault and not the zeros. */
  | { readonly kind: "failed"; readonly message: string; readonly decisive: boolean };

/**
 * What the checking process answers: what is in the file, then, if that is accepted, what the runtime made of it, then what
 * came of a row of zeros. What the gathering process answers: the files that it needs, then that the model is written. What
 * the attaching process answers: that the model is written.
 */
export type CheckAnswer =
  | { readonly kind: "inspected"; readonly report: OnnxReport }
  | { readonly kind: "loaded"; readonly inputs: readonly RuntimeValue[]; readonly outputs: readonly RuntimeValue[] }
  | { readonly kind: "unloadable"; readonly message: string }
  | { readonly kind: "sampled"; readonly result: SampleResult }
  | { readonly kind: "needs"; readonly paths: readonly string[] }
  | { readonly kind: "gathered"; readonly sizeBytes: number }
  | { readonly kind: "ungathered"; readonly message: string }
  | { readonly kind: "attached"; readonly sizeBytes: number }
  /** `isModelsFault`: the transforms are sound, and do not fit the model. */
  | { readonly kind: "unattached"; readonly message: string; readonly isModelsFault: boolean };
