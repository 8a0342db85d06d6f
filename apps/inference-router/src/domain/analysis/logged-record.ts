import type { KeptAnswer } from "../interval-coverage.ts";
import type { LogPosition } from "../prediction.ts";

/** A record of the prediction log, as far as the comparison of releases needs it. */
export type LoggedRecord = {
  /** `projects/{project}/releases/{release}`. */
  readonly release: string;
  readonly timeMs: number;
  /** With what probability the release was chosen. Unset if it had all traffic, or was named by the caller. */
  readonly propensity?: number | undefined;
  /** Where the log goes on. */
  readonly end: LogPosition;
} & (
  | { readonly kind: "prediction"; readonly id: string; readonly score: number; readonly latencyUs: number }
  | { readonly kind: "failure" }
  | {
      readonly kind: "shadow";
      /** Id of the prediction that was mirrored. */
      readonly primary: string;
      /** Empty if a whole release was mirrored to. */
      readonly node: string;
      /** Empty if it failed. */
      readonly scores: readonly number[];
      /** Undefined without a calibration. */
      readonly kept?: KeptAnswer | undefined;
      readonly latencyUs: number;
    }
);

/** Where reading begins. */
export interface RecordsFrom {
  /** Records of before this may be left out, and need not be. */
  readonly sinceMs: number;
  /** Only records from here on. */
  readonly from?: LogPosition | undefined;
}
