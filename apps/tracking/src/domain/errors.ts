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
  new DomainError("precondition", "RUN_DELETED", `${run} is deleted. Restore it first.`, { metadata: { run } });

/** A run is created in an experiment that is deleted. */
export const experimentDeleted = (experiment: string): DomainError =>
  new DomainError("precondition", "EXPERIMENT_DELETED", `${experiment} is deleted. Restore it, or use another one.`, {
    metadata: { experiment },
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

/** A stream ends because its service does. */
export const serviceStopping = (): DomainError =>
  new DomainError("unavailable", "SERVICE_STOPPING", "The service is stopping. Watch again: another one will answer.");
