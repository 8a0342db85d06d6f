import { type Digest, DomainError, invalidField } from "@throughline/kernel";

export const badName = (name: string, pattern: string): DomainError =>
  invalidField("name", `"${name.slice(0, 300).toWellFormed()}" is not a name of the form ${pattern}`, "BAD_NAME");

/** A param was logged before with another value. */
export const paramImmutable = (run: string, key: string): DomainError => {
  const path = `params[${JSON.stringify(key)}]`;
  const description = "it was logged before with another value, and params never change";
  return new DomainError(
    "invalid",
    "PARAM_IMMUTABLE",
    `${path}: ${description}. Nothing of the batch was logged. Log it under another key, or start another run.`,
    { metadata: { run, key }, violations: [{ path, description }] },
  );
};

/** The project knows no artifact of that digest. */
export const artifactUnknown = (digest: string, path: string): DomainError => {
  const description = `the project knows no artifact ${digest}`;
  return new DomainError(
    "precondition",
    "ARTIFACT_UNKNOWN",
    `${path}: ${description}. Upload its bytes first, or record the work that made it.`,
    { metadata: { digest }, violations: [{ path, description }] },
  );
};

/** The artifact has a digest but no bytes that could be read: it stands for a manifest or for rows. */
export const artifactWithoutBytes = (digest: Digest): DomainError =>
  new DomainError(
    "precondition",
    "ARTIFACT_WITHOUT_BYTES",
    `${digest} is known, but no bytes are stored under it. Ask for the resource that it belongs to instead.`,
    { metadata: { digest } },
  );

/** What is stored under a digest is not what the caller says it is. */
export const digestMismatch = (digest: Digest, said: number, stored: number): DomainError =>
  invalidField(
    "artifacts",
    `${digest} has ${stored} bytes, not ${said}: the digest is of something else`,
    "DIGEST_MISMATCH",
  );

/** A part of an artifact was asked for that does not exist. */
export const rangeNotSatisfiable = (offset: number, size: number): DomainError =>
  invalidField("offset", `${offset} is not within the artifact, which has ${size} bytes`, "RANGE_NOT_SATISFIABLE");

/** A file would stand where a folder is, or the other way round. */
export const pathConflict = (field: string, path: string, what: "a file" | "a folder"): DomainError =>
  invalidField(field, `"${path}" is ${what}, and a path is either a file or a folder`, "PATH_CONFLICT");

/** More files and folders than one commit holds. */
export const tooManyNodes = (files: number, folders: number): DomainError =>
  new DomainError(
    "exhausted",
    "TOO_MANY_FILES",
    `${files} files and the ${folders} folders that they need are too many for one call. Put them in several calls.`,
    { metadata: { files: String(files), folders: String(folders) } },
  );

/** The execution was recorded before and told something else. */
export const executionChanged = (id: string): DomainError =>
  new DomainError(
    "exists",
    "EXECUTION_CHANGED",
    `The execution ${id} is already recorded with another content. Record other work under another id.`,
    { metadata: { id } },
  );

/** Something is written to a run that is deleted. */
export const runDeleted = (run: string): DomainError =>
  new DomainError("precondition", "RUN_DELETED", `${run} is deleted, or its experiment is. Restore it first.`, {
    metadata: { run },
  });

/** A run is created in an experiment that is deleted. */
export const experimentDeleted = (experiment: string): DomainError =>
  new DomainError("precondition", "EXPERIMENT_DELETED", `${experiment} is deleted. Restore it, or use another one.`, {
    metadata: { experiment },
  });

/** Something is to be removed for good that is in use. */
export const notDeleted = (resource: string): DomainError =>
  new DomainError("precondition", "NOT_DELETED", `${resource} is in use. Delete it first: that can be taken back.`, {
    metadata: { resource },
  });

/** An active experiment of the project has that display name. */
export const displayNameTaken = (displayName: string): DomainError =>
  new DomainError(
    "exists",
    "ALREADY_EXISTS",
    `An active experiment is already called "${displayName}". Use that one, or choose another display name.`,
    { metadata: { displayName } },
  );

/** A run is as large as one may become. */
export const runTooLarge = (run: string, what: string): DomainError =>
  new DomainError(
    "exhausted",
    "RUN_TOO_LARGE",
    `${run} would hold ${what}. Nothing of the batch was logged. Put large texts into artifacts, or use several runs.`,
    { metadata: { run } },
  );

/** A logged model is as large as one may become. */
export const loggedModelTooLarge = (model: string, bytesMax: number): DomainError =>
  new DomainError(
    "exhausted",
    "LOGGED_MODEL_TOO_LARGE",
    `${model} would hold more than ${bytesMax} bytes of params, tags and metrics. Put large texts into files.`,
    { metadata: { model } },
  );

/** A tag is to be removed that is not there. */
export const tagUnknown = (resource: string, key: string): DomainError =>
  new DomainError("not_found", "TAG_UNKNOWN", `${resource} has no tag ${JSON.stringify(key)}. Read its tags first.`, {
    metadata: { resource, key },
  });

/** The data set has no such row. */
export const rowUnknown = (dataset: string, row: string): DomainError =>
  new DomainError("not_found", "ROW_UNKNOWN", `${dataset} has no row ${row}. Rows are numbered from 0.`, {
    metadata: { dataset, row },
  });

/** A file is no table that could be read to its end. */
export const tableInvalid = (file: Digest, cause: DomainError): DomainError =>
  new DomainError(
    "invalid",
    "TABLE_INVALID",
    `${file} cannot be read as a Parquet or CSV table with a heading: ${cause.message}`,
    { metadata: { ...cause.metadata, file }, cause },
  );

/** A question to the thread would look at too much of it. */
export const threadTooWide = (field: string): DomainError =>
  invalidField(
    "filter",
    `${field} leads to more of the thread than one search may look at. Ask for one thing by "="`,
    "THREAD_TOO_WIDE",
  );

/** Curves do not fit into one answer. */
export const tooManyPoints = (points: number): DomainError =>
  invalidField("points", `curves of ${points} points each do not fit into one message`, "TOO_MANY_POINTS");

/** A message of a stream is missing. */
export const streamGap = (stream: string, expected: number, sequence: number): DomainError =>
  new DomainError(
    "precondition",
    "SEQUENCE_GAP",
    `Message ${expected} of the stream ${stream} is missing before ${sequence}. Send it and all behind it again.`,
    { metadata: { stream, expected: String(expected) } },
  );

/** A stream ends because its service does. */
export const serviceStopping = (): DomainError =>
  new DomainError("unavailable", "SERVICE_STOPPING", "The service is stopping. Watch again: another one will answer.");

/** Somebody who is no service calls bytes the outcome of a service's work. */
export const kindOfServices = (kind: string): DomainError =>
  new DomainError(
    "denied",
    "KIND_OF_SERVICES",
    `declaration.kind: ${kind} is what a service of the platform makes. Upload the bytes as FILE, DATASET or MODEL.`,
    { metadata: { kind } },
  );

/** The service was not told where all others are, and so it cannot know what they need. */
export const sweepNotConfigured = (): DomainError =>
  new DomainError(
    "precondition",
    "SWEEP_NOT_CONFIGURED",
    "Bytes are only erased when all services say that they need them no more, and this one was not told where they are. Set THROUGHLINE_REGISTRY, THROUGHLINE_FEATURE_STORE, THROUGHLINE_VALIDATION and THROUGHLINE_INFERENCE_ROUTER for tracking.",
  );
