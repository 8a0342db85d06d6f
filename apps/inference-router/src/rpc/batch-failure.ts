import { Code } from "@connectrpc/connect";
import { isDomainError } from "@throughline/kernel";
import { reasonOf, translate } from "@throughline/rpc";
import type { Failure, FailureKind } from "../domain/batch/answer-rows.ts";

/** Failures that a model has with one row, in its process. Some other row's may have ended it: the row is tried again. */
const OF_THE_MODEL = new Set(["MODEL_CRASHED", "MODEL_DEADLINE", "MODEL_MEMORY"]);

const KINDS: Partial<Record<Code, FailureKind>> = {
  [Code.InvalidArgument]: "row",
  [Code.Unavailable]: "away",
  [Code.ResourceExhausted]: "away",
  [Code.DeadlineExceeded]: "away",
  [Code.Aborted]: "away",
};

/** What a failure to answer a row of a batch means, whether it came from here or from the feature store. */
export function batchFailure(error: unknown): Failure {
  const told = translate(error, () => {});
  const reason = reasonOf(told) ?? Code[told.code];
  if (OF_THE_MODEL.has(reason)) return { kind: "model", reason };
  if (isDomainError(error, "MODEL_OUTPUT_INVALID") || isDomainError(error, "FEATURES_CHANGED"))
    return { kind: "row", reason };
  return { kind: KINDS[told.code] ?? "batch", reason };
}
