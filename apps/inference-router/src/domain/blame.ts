import { isDomainError } from "@throughline/kernel";

/**
 * Whose fault it is that a request was not answered:
 * - `caller`: any release would have refused it.
 * - `request`: it does not fit the release. The caller's mistake where only one could have answered; where chance chose among several, the
 *   other one might have taken it, and a comparison must see that.
 * - `release`: its models, its graph, its features, or the time that it takes: also of callers who waited no longer.
 * - `platform`: the router itself, whichever release was asked.
 */
export type Blame = "caller" | "request" | "release" | "platform";

/** Of every refusal that a router makes of its own, the one place that says it. */
const BLAME: Readonly<Record<Blame, readonly string[]>> = {
  caller: [
    ...["DEPLOYMENT_UNKNOWN", "RELEASE_NOT_SERVED", "REQUEST_ID_REUSED", "TOO_MANY_ROWS"],
    ...["PREDICTION_UNKNOWN", "PREDICTION_NOT_SAMPLED", "TOO_MANY_REVISIONS", "MIXED_FEATURES", "NOTHING_TO_EXPORT"],
  ],
  request: [
    ...["ENTITY_KEY_MISSING", "INPUTS_INVALID", "INPUTS_REFUSED", "INPUTS_UNEVEN"],
    ...["RELEASE_TAKES_ENTITIES", "RELEASE_TAKES_TENSORS"],
  ],
  release: [
    ...["MODEL_CRASHED", "MODEL_DEADLINE", "MODEL_MEMORY", "MODEL_NOT_LOADABLE", "MODEL_OUTPUT_INVALID"],
    ...["MODEL_QUARANTINED", "MODEL_UNAVAILABLE", "MODELS_MEMORY_FULL", "QUEUE_FULL", "RELEASE_UNUSABLE"],
    ...["NODE_DEADLINE", "NODE_OUTPUT_INVALID", "NODE_WITHOUT_INPUTS", "EXPRESSION_WITHOUT_VALUE"],
    // What a release reads is its own, and so is how long that takes.
    ...["FEATURES_CHANGED", "FEATURES_UNAVAILABLE"],
    // A release that is slow makes callers leave: if that were theirs, the slowest would have no failures.
    ...["CANCELLED", "DEADLINE_EXCEEDED", "DEADLINE_UNREACHABLE"],
  ],
  platform: [
    ...["REGISTRY_UNAVAILABLE", "ROUTERS_UNAVAILABLE", "PREDICTION_INPUTS_WAITING", "PREDICTION_LOG_BUSY"],
    ...["PREDICTION_LOG_CORRUPT", "PREDICTION_LOG_LOCKED", "PREDICTION_LOG_OF_LATER_VERSION"],
    "PREDICTION_LOG_UNAVAILABLE",
  ],
};

const BY_REASON: ReadonlyMap<string, Blame> = new Map(
  Object.entries(BLAME).flatMap(([blame, reasons]) => reasons.map((it) => [it, blame as Blame] as const)),
);

/** Undefined for a reason that no refusal of ours has. */
export const blameOfReason = (reason: string): Blame | undefined => BY_REASON.get(reason);

/** How a request was made. */
export interface Asked {
  /** True if chance chose the release among several. */
  readonly isCompared: boolean;
  /** True if the inputs came with the request, and were not the release's features. */
  readonly byTensors: boolean;
  /** Whether a number among these inputs is none, such as NaN. Unset: it is not known, or not the caller's. */
  readonly hasNoNumber?: () => boolean;
}

/** What a model says where nothing comes out: of inputs that are no numbers it is no wonder. */
const NOTHING_OUT: ReadonlySet<string> = new Set([
  "MODEL_OUTPUT_INVALID",
  "NODE_OUTPUT_INVALID",
  "EXPRESSION_WITHOUT_VALUE",
]);

/**
 * True if a failure is counted as one of the release that was chosen. What is not a refusal of ours, such as a bug or what another service
 * says, is the release's: it did not answer.
 */
export function isReleaseFailure(error: unknown, { isCompared, byTensors, hasNoNumber }: Asked): boolean {
  const reason = isDomainError(error) ? error.reason : "";
  // Compared, it counts either way: nobody has to look.
  const isOfInputs = !isCompared && NOTHING_OUT.has(reason) && (hasNoNumber?.() ?? false);
  const blame = isOfInputs ? "request" : (blameOfReason(reason) ?? "release");
  if (blame !== "request") return blame === "release";
  // A model that refuses the features of its own release does not fit them.
  return isCompared || (reason === "INPUTS_REFUSED" && !byTensors);
}
