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

/** Rows that lack a time, in a source that does not leave them out. `firstRow` counts from 1. */
export const rowWithoutTime = (count: number, firstRow: number): DomainError =>
  new DomainError(
    "invalid",
    "ROW_WITHOUT_TIME",
    `${count} row(s) have no event time or no knowledge time, the first is row ${firstRow}. Correct them, or let the source skip such rows.`,
    { metadata: { count: String(count), firstRow: String(firstRow) } },
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
