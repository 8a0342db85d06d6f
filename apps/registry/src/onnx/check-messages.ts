import type { OnnxReport } from "./inspect.ts";
import type { OnnxLimits } from "./limits.ts";

/** What the checking process is told first; the model's bytes follow on its standard input. */
export interface CheckRequest {
  readonly sizeBytes: number;
  readonly limits: OnnxLimits;
  /** The process ends itself after so many milliseconds, whatever it does. */
  readonly timeoutMs: number;
}

/** A value as the runtime sees it. `type` is the runtime's own name; absent if it is no tensor. */
export interface RuntimeValue {
  readonly name: string;
  readonly type?: string;
}

/** What the checking process answers: first what is in the file, then, if that is accepted, what the runtime made of it. */
export type CheckAnswer =
  | { readonly kind: "inspected"; readonly report: OnnxReport }
  | { readonly kind: "loaded"; readonly inputs: readonly RuntimeValue[]; readonly outputs: readonly RuntimeValue[] }
  | { readonly kind: "unloadable"; readonly message: string };
