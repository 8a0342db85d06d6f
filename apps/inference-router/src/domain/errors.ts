import { DomainError, invalidField } from "@throughline/kernel";

/** No deployment of that name is known. */
export const deploymentUnknown = (deployment: string): DomainError =>
  new DomainError(
    "not_found",
    "DEPLOYMENT_UNKNOWN",
    `${deployment} is not known here. Create it in the registry, or check the name.`,
    { metadata: { deployment } },
  );

/** What should serve is not known yet. */
export const registryAway = (): DomainError =>
  new DomainError("unavailable", "REGISTRY_UNAVAILABLE", "The registry has not said yet what should serve. Try again.");

/** The deployment is known and none of its states could be loaded yet. */
export const deploymentNotReady = (deployment: string, why: string): DomainError =>
  new DomainError(
    "unavailable",
    "MODEL_UNAVAILABLE",
    `${deployment} cannot answer yet: ${why}. Try again, or deploy another release.`,
    { metadata: { deployment } },
  );

/** The release is not one of the deployment's. */
export const releaseNotServed = (deployment: string, release: string): DomainError =>
  new DomainError(
    "not_found",
    "RELEASE_NOT_SERVED",
    `${deployment} does not serve the release ${release}. Ask without a version, or give the release a share (0 is enough).`,
    { metadata: { deployment, release } },
  );

/** The model's process died too often; it stays off for a while. */
export const modelQuarantined = (digest: string, seconds: number): DomainError =>
  new DomainError(
    "unavailable",
    "MODEL_QUARANTINED",
    `The model ${digest} ended its process too often and is switched off for ${seconds} s. Roll back to another release.`,
    { metadata: { digest, seconds: String(seconds) }, retryAfterMs: 1_000 * seconds },
  );

/** The model did not answer in time, and its process was ended. */
export const modelDeadline = (digest: string): DomainError =>
  new DomainError(
    "deadline",
    "MODEL_DEADLINE",
    `The model ${digest} took too long for these inputs; its process was ended. Send other inputs, or roll back.`,
    { metadata: { digest } },
  );

/** The caller's own deadline passed. `awaited` says what was still at work, such as "the feature store". */
export const callerDeadline = (awaited: string): DomainError =>
  new DomainError(
    "deadline",
    "DEADLINE_EXCEEDED",
    `The deadline of the call passed before ${awaited} answered. Give the call more time.`,
    { metadata: { awaited } },
  );

/** The caller went away. */
export const callerGone = (): DomainError =>
  new DomainError("cancelled", "CANCELLED", "The call was cancelled by its caller.");

/** The model wanted more memory than it may have. */
export const modelMemory = (digest: string): DomainError =>
  new DomainError(
    "exhausted",
    "MODEL_MEMORY",
    `The model ${digest} wants more memory for these inputs than it may have. Send fewer rows, or roll back.`,
    { metadata: { digest } },
  );

/** The model's process crashed on these inputs. */
export const modelCrashed = (digest: string): DomainError =>
  new DomainError(
    "unavailable",
    "MODEL_CRASHED",
    `The process of the model ${digest} crashed on these inputs and is being replaced. Send other inputs, or roll back.`,
    { metadata: { digest } },
  );

/** The model runs and says that it cannot work with the inputs. */
export const inputsRefused = (digest: string, why: string): DomainError =>
  new DomainError("invalid", "INPUTS_REFUSED", `The model ${digest} refuses the inputs: ${why}`, {
    metadata: { digest },
    violations: [{ path: "inputs", description: why }],
  });

/** The model cannot be loaded, now or ever. */
export const modelNotLoadable = (digest: string, why: string): DomainError =>
  new DomainError("precondition", "MODEL_NOT_LOADABLE", `The model ${digest} cannot be loaded: ${why}`, {
    metadata: { digest },
  });

/** The parts of a release do not fit each other. */
export const releaseUnusable = (release: string, why: string): DomainError =>
  new DomainError("precondition", "RELEASE_UNUSABLE", `${release} cannot serve: ${why}. Make another release.`, {
    metadata: { release },
  });

/** What the model gave is no score. */
export const outputInvalid = (release: string, why: string): DomainError =>
  new DomainError(
    "precondition",
    "MODEL_OUTPUT_INVALID",
    `The model of ${release} gave no usable score: ${why}. Check the inputs, or roll back.`,
    { metadata: { release } },
  );

/** The release has no features to fetch, so an entity row says nothing. */
export const releaseTakesTensors = (release: string): DomainError =>
  new DomainError(
    "precondition",
    "RELEASE_TAKES_TENSORS",
    `${release} names no feature service: its inputs come with the request. Send them by the Open Inference Protocol.`,
    { metadata: { release } },
  );

/** The feature store answered for another definition than the release pins. */
export const featuresChanged = (release: string, why: string): DomainError =>
  new DomainError("precondition", "FEATURES_CHANGED", `The features of ${release} cannot be served: ${why}.`, {
    metadata: { release },
  });

/** The feature store's answer lacks a feature of the release. */
export const featureAbsent = (release: string, name: string | undefined): DomainError =>
  featuresChanged(release, `the feature ${name} is not in the feature store's answer`);

/** The request id belongs to another request. */
export const requestIdReused = (requestId: string): DomainError =>
  new DomainError(
    "invalid",
    "REQUEST_ID_REUSED",
    `request_id ${requestId} was already used for another prediction. Choose a new one for each call that is not a retry.`,
    { metadata: { requestId }, violations: [{ path: "request_id", description: "used by another call" }] },
  );

/** Predictions of those names were never given here. */
export const predictionsUnknown = (names: readonly string[]): DomainError =>
  new DomainError(
    "not_found",
    "PREDICTION_UNKNOWN",
    `${names.length} prediction(s) are not in the log: ${names.slice(0, 10).join(", ")}. Nothing was stored; send the others alone.`,
    {
      metadata: { predictions: names.join(","), count: String(names.length) },
      violations: names.map((name) => ({ path: "prediction", description: `${name} is unknown` })),
    },
  );

/** The log cannot be written: the answer is withheld, since it could not be accounted for. */
export const logUnavailable = (cause: unknown): DomainError =>
  new DomainError(
    "unavailable",
    "PREDICTION_LOG_UNAVAILABLE",
    "The prediction log cannot be written, so that no prediction is given. Free space on its disk; then it works again.",
    { cause },
  );

/** Another router has the log. */
export const logLocked = (dir: string, pid: number): DomainError =>
  new DomainError(
    "precondition",
    "PREDICTION_LOG_LOCKED",
    `The prediction log in ${dir} is already open${pid > 0 ? ` in process ${pid}` : ""}. Stop that router, or use another data folder.`,
    { metadata: { dir } },
  );

/** As many predictions wait to be written as may. */
export const logBusy = (): DomainError =>
  new DomainError(
    "exhausted",
    "PREDICTION_LOG_BUSY",
    "The prediction log's disk is slower than the predictions come. Send fewer at a time, and try again.",
    { retryAfterMs: 100 },
  );

/** A record of the log is not what was written. */
export const logCorrupt = (segment: string, offset: number): DomainError =>
  new DomainError(
    "precondition",
    "PREDICTION_LOG_CORRUPT",
    `The prediction log is damaged in segment ${segment} at byte ${offset}. Restore the segment from a backup.`,
    { metadata: { segment, offset: String(offset) } },
  );

export const logOfLaterVersion = (segment: string, offset: number): DomainError =>
  new DomainError(
    "precondition",
    "PREDICTION_LOG_OF_LATER_VERSION",
    `Segment ${segment} of the prediction log has a record at byte ${offset} that a later version of the platform wrote. Start that version, or a newer one.`,
    { metadata: { segment, offset: String(offset) } },
  );

/** One prediction was corrected too often. */
export const tooManyRevisions = (prediction: string, most: number): DomainError =>
  new DomainError(
    "exhausted",
    "TOO_MANY_REVISIONS",
    `${prediction} was corrected ${most} times; no more corrections are kept.`,
    { metadata: { prediction, most: String(most) } },
  );

/** Releases that a message names of each group. */
const NAMED_MAX = 5;

/** The window has predictions of different features, which do not fit one table. `groups` has the releases of each list of features. */
export const mixedFeatures = (groups: readonly (readonly string[])[]): DomainError =>
  invalidField(
    "release",
    `the window has predictions with ${groups.length} different lists of features: ${groups.map(named).join("; ")}. Name one release, or a window with one of the lists.`,
    "MIXED_FEATURES",
  );

const named = (releases: readonly string[], i: number): string => {
  const more = releases.length > NAMED_MAX ? ` and ${releases.length - NAMED_MAX} more` : "";
  return `list ${i + 1} was read by ${releases.slice(0, NAMED_MAX).join(", ")}${more}`;
};

/** A feature has values of two types, which do not fit one column. */
export const mixedTypes = (it: {
  readonly feature: string;
  readonly types: readonly string[];
  readonly releases: readonly string[];
}): DomainError =>
  invalidField(
    "release",
    `the window has predictions in which the feature "${it.feature}" is ${it.types.join(" and ")}; they were answered by ${it.releases.slice(0, NAMED_MAX).join(", ")}. Name one release; if it answered tensors as well, set by_entity.`,
    "MIXED_FEATURES",
  );

/** The window has no predictions, or none of the kind that was asked for. */
export const nothingToExport = (window: {
  readonly deployment: string;
  readonly byEntity: boolean;
  readonly labeledOnly: boolean;
}): DomainError => {
  const kind = `${window.labeledOnly ? " with feedback that counts" : ""}${window.byEntity ? " by entity" : ""}`;
  return new DomainError(
    "precondition",
    "NOTHING_TO_EXPORT",
    `${window.deployment} has no logged predictions${kind} in the window. Choose another window or release${window.labeledOnly ? ", a longer label delay, or keep predictions without a label" : ""}.`,
    { metadata: { deployment: window.deployment } },
  );
};
