import { DomainError } from "@throughline/kernel";

/** The digest names no artifact of the project. `path` is the request's field. */
export const artifactUnknown = (digest: string, path: string): DomainError =>
  new DomainError(
    "precondition",
    "ARTIFACT_UNKNOWN",
    `The project has no artifact ${digest}. Upload the file with ArtifactService.UploadArtifact first.`,
    { metadata: { digest }, violations: [{ path, description: "no artifact of the project has this digest" }] },
  );

/** There is something else of that name. Definitions of entities and sources never change. */
export const otherDefinition = (resource: string): DomainError =>
  new DomainError(
    "exists",
    "ALREADY_EXISTS",
    `${resource} exists with another definition, and a definition never changes. Choose another name.`,
    { metadata: { resource } },
  );

/** Rows that would have been known before they happened. `firstRow` counts from 1. */
export const knowledgeBeforeEvent = (count: number, firstRow: number): DomainError =>
  new DomainError(
    "invalid",
    "KNOWLEDGE_BEFORE_EVENT",
    `${count} row(s) are known before they happened, the first is row ${firstRow}. Correct the times, or name another column for one of them.`,
    { metadata: { count: String(count), firstRow: String(firstRow) } },
  );

/** Rows that lack a time, in a source that does not leave them out. `first` counts from 1; `columns` have the times. */
export const rowWithoutTime = (rows: {
  readonly count: number;
  readonly first: number;
  readonly columns: readonly string[];
}): DomainError =>
  new DomainError(
    "invalid",
    "ROW_WITHOUT_TIME",
    `${rows.count} row(s) have no time in ${rows.columns.join(" or ")}, the first is row ${rows.first}. Correct them, or let the source skip such rows.`,
    { metadata: { count: String(rows.count), firstRow: String(rows.first), columns: rows.columns.join(",") } },
  );

/** A time plus the knowledge delay that 64 bits of nanoseconds cannot hold. */
export const timeOutOfRange = (rowNumber: number): DomainError =>
  new DomainError(
    "invalid",
    "TIME_OUT_OF_RANGE",
    `The knowledge time of row ${rowNumber} is beyond the year 2262, which nanoseconds in 64 bits cannot hold. Correct the row.`,
    { metadata: { rowNumber: String(rowNumber) } },
  );

/** The project has not come so far. */
export const dataVersionUnknown = (wanted: number, newest: number): DomainError =>
  new DomainError(
    "precondition",
    "DATA_VERSION_UNKNOWN",
    `The project has no data version ${wanted}; its newest is ${newest}. Ask for that one, or load data first.`,
    { metadata: { wanted: String(wanted), newest: String(newest) } },
  );

/** Files that the data version reads are kept no more. */
export const dataVersionExpired = (dataVersion: number): DomainError =>
  new DomainError(
    "precondition",
    "DATA_VERSION_EXPIRED",
    `Data version ${dataVersion} reads files that the project's rule of data retention keeps no more. Read a newer one, and tag those that are to stay.`,
    { metadata: { dataVersion: String(dataVersion) } },
  );

/** The join broke its own law, which the certificate found. */
export const certificateFailed = (mismatches: number, later: number): DomainError =>
  new DomainError(
    "precondition",
    "CERTIFICATE_FAILED",
    `The training set was not made: ${mismatches} value(s) differ from the plain-loop join, and ${later} are known only after their cut-off. This is a bug; report it with the request.`,
    { metadata: { mismatches: String(mismatches), later: String(later) } },
  );

/** A window's sum that an int64 cannot hold. */
export const sumOutOfRange = (feature: string): DomainError =>
  new DomainError(
    "precondition",
    "FEATURE_VALUE_RANGE",
    `The sum of ${feature} does not fit into 64 bits. Use a shorter window, or the mean.`,
    { metadata: { feature } },
  );

/** The rows of a compacted file are not those of its parts. */
export const compactionBroken = (source: string): DomainError =>
  new DomainError(
    "precondition",
    "COMPACTION_BROKEN",
    `The segments of source ${source} were not merged: the rows that were written are not those that were read. This is a bug; report it with the source's segments.`,
    { metadata: { source } },
  );

/** Files that were to be merged or cut changed meanwhile. */
export const filesChanged = (source: string): DomainError =>
  new DomainError(
    "conflict",
    "FILES_CHANGED",
    `The files of source ${source} were merged or cut by somebody else meanwhile. Try again.`,
    { metadata: { source } },
  );

/** A revert that would change nothing. */
export const nothingToRevert = (resource: string, why: string): DomainError =>
  new DomainError(
    "precondition",
    "NOTHING_TO_REVERT",
    `${resource}: ${why}. List the data versions to see what was done to it.`,
    { metadata: { resource } },
  );

/** More segments than one commit can name. */
export const revertTooLarge = (count: number, most: number): DomainError =>
  new DomainError(
    "exhausted",
    "REVERT_TOO_LARGE",
    `The revert concerns ${count} segments; one commit takes out or brings back at most ${most}. Revert in several steps.`,
    { metadata: { count: String(count), most: String(most) } },
  );

/** The tag names something else than the caller believes. 0: nothing. */
export const tagMoved = (tag: string, expected: number, actual: number): DomainError =>
  new DomainError(
    "conflict",
    "TAG_MOVED",
    `The tag ${tag} names ${actual === 0 ? "nothing" : `data version ${actual}`}, not ${expected === 0 ? "nothing" : expected}. Look at it again, then decide.`,
    { metadata: { tag, expected: String(expected), actual: String(actual) } },
  );

/** A source that takes no rows of that way. */
export const wrongKindOfSource = (source: string, kind: string, what: string): DomainError =>
  new DomainError(
    "precondition",
    "SOURCE_KIND",
    `Source ${source} is of kind ${kind}, which takes ${what}. Use a source of another kind.`,
    { metadata: { source, kind } },
  );

/** The plan is another one than the one that was looked at. */
export const planChanged = (expected: string, actual: string): DomainError =>
  new DomainError(
    "conflict",
    "PLAN_CHANGED",
    "The definitions would change something else than the plan that was looked at: somebody applied others meanwhile. Plan again.",
    { metadata: { expected, actual } },
  );

/** A stored file of that digest is just being removed, because nothing referred to it. */
export const fileBeingRemoved = (digest: string): DomainError =>
  new DomainError(
    "unavailable",
    "FILE_BEING_REMOVED",
    `The file ${digest} was left behind by an interrupted call, and is just being removed. Try again in a second.`,
    { metadata: { digest } },
  );

/** A stream ends because its service does. */
export const serviceStopping = (): DomainError =>
  new DomainError(
    "unavailable",
    "SERVICE_STOPPING",
    "The service is stopping. Open the stream again under its id: the answer tells how far it is.",
  );

/** The service that owns the prediction log cannot be asked. */
export const predictionLogUnreachable = (why: string, cause?: unknown): DomainError =>
  new DomainError(
    "unavailable",
    "PREDICTION_LOG_UNREACHABLE",
    `The feature store cannot reach the inference router, which has the prediction log: ${why}.`,
    cause === undefined ? {} : { cause },
  );

/** Releases that a message names. */
const RELEASES_MAX = 5;

/** The releases of a window read different versions of feature services. `groups` has each version with its releases. */
export const mixedServices = (
  groups: readonly { readonly service: string; readonly releases: readonly string[] }[],
): DomainError => {
  const said = groups.map(({ service, releases }) => {
    const more = releases.length > RELEASES_MAX ? ` and ${releases.length - RELEASES_MAX} more` : "";
    return `${service} by ${releases.slice(0, RELEASES_MAX).join(", ")}${more}`;
  });
  return new DomainError(
    "invalid",
    "MIXED_FEATURES",
    `The predictions of the window read different features: ${said.join("; ")}. Name one release, or a window in which one version was served.`,
    {
      violations: [{ path: "prediction_log.release", description: "the window has releases with different features" }],
    },
  );
};

/** The predictions of a window did not read the feature service that was asked for, or none that is known. */
export const serviceNotServed = (wanted: string, served: string): DomainError =>
  new DomainError(
    "precondition",
    "FEATURE_SERVICE_NOT_SERVED",
    `The predictions of the window did not read ${wanted}: ${served}. Leave the feature service out to take the one that was served, or name another window or release.`,
    { metadata: { wanted } },
  );

/** The logged vectors are not what the training set has. */
export const servedRowsChanged = (what: string): DomainError =>
  new DomainError(
    "precondition",
    "SERVED_ROWS_CHANGED",
    `The training set was not made: ${what}. This is a bug; report it with the request.`,
  );
