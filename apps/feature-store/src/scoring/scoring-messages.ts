import type { Row } from "@throughline/tables";
import type { ScoringTask } from "../domain/necessity/scoring.ts";

/** What the scoring process is asked. It answers each message with one CarriedAnswer. */
export type ScoringRequest =
  /** The process ends itself after so many milliseconds, whatever it does. */
  | { readonly kind: "begin"; readonly task: ScoringTask; readonly timeoutMs: number }
  | { readonly kind: "add"; readonly rows: readonly Row[] }
  | { readonly kind: "measure" };
