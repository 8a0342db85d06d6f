/**
 * What kind of failure a caller meets. Each kind maps to one canonical gRPC status, and from there to one HTTP status
 * (libs/rpc owns that table).
 *
 * - `invalid`: the request is wrong whatever the state of the system (INVALID_ARGUMENT, 400).
 * - `unauthenticated`, `denied`: who calls is unknown, or known and not allowed (401, 403).
 * - `not_found`, `exists`: the named thing is absent, or already there (404, 409).
 * - `precondition`: the system is not in the state that the operation needs (FAILED_PRECONDITION, 412).
 * - `conflict`: somebody else changed the thing first; read it again and retry (ABORTED, 409).
 * - `exhausted`: a limit is reached (RESOURCE_EXHAUSTED, 429).
 * - `deadline`, `cancelled`: time ran out, or the caller went away (504, 499).
 * - `unavailable`: a dependency does not answer; retrying later may help (503).
 * - `unsupported`: the contract has it, this build or configuration does not (UNIMPLEMENTED, 501).
 */
export type ErrorKind =
  | "invalid"
  | "unauthenticated"
  | "denied"
  | "not_found"
  | "exists"
  | "precondition"
  | "conflict"
  | "exhausted"
  | "deadline"
  | "cancelled"
  | "unavailable"
  | "unsupported";

/** One wrong field of a request: `path` in proto field names, such as `version.sources[2].uri`. */
export interface FieldViolation {
  readonly path: string;
  readonly description: string;
}

export interface DomainErrorOptions {
  /** Every dynamic part of the message, for programs. */
  readonly metadata?: Readonly<Record<string, string>>;
  /** The fields at fault, when the failure is about fields. */
  readonly violations?: readonly FieldViolation[];
  readonly cause?: unknown;
  /** When it is worth trying again, in milliseconds from now: sent as RetryInfo. */
  readonly retryAfterMs?: number;
}

/** A failure that the caller can act on. `reason` never changes once released: clients branch on it, never on text. */
export class DomainError extends Error {
  override readonly name = "DomainError";
  readonly kind: ErrorKind;
  readonly reason: Uppercase<string>;
  readonly metadata: Readonly<Record<string, string>>;
  readonly violations: readonly FieldViolation[];
  /** See DomainErrorOptions. Undefined: nothing is known about it. */
  readonly retryAfterMs: number | undefined;

  /** `message` says what happened, why, and what to do next. */
  constructor(kind: ErrorKind, reason: Uppercase<string>, message: string, options: DomainErrorOptions = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.kind = kind;
    this.reason = reason;
    this.metadata = options.metadata ?? {};
    this.violations = options.violations ?? [];
    this.retryAfterMs = options.retryAfterMs;
  }
}

/** True if `error` is a DomainError, and has the given reason if one is named. */
export function isDomainError(error: unknown, reason?: Uppercase<string>): error is DomainError {
  return error instanceof DomainError && (reason === undefined || error.reason === reason);
}

/** The named resource does not exist, or the caller may not know that it does. */
export const notFound = (resource: string): DomainError =>
  new DomainError("not_found", "NOT_FOUND", `${resource} does not exist. Check the name, or list what there is.`, {
    metadata: { resource },
  });

/** A resource of that name is already there. */
export const alreadyExists = (resource: string): DomainError =>
  new DomainError("exists", "ALREADY_EXISTS", `${resource} already exists. Choose another name, or update it.`, {
    metadata: { resource },
  });

/** One field of the request is wrong. `path` is in proto field names. */
export const invalidField = (
  path: string,
  description: string,
  reason: Uppercase<string> = "INVALID_FIELD",
): DomainError =>
  new DomainError("invalid", reason, `${path}: ${description}`, {
    metadata: { field: path },
    violations: [{ path, description }],
  });

/** The resource changed since the caller read it. */
export const revisionConflict = (resource: string, expected: string, actual: string): DomainError =>
  new DomainError(
    "conflict",
    "REVISION_CONFLICT",
    `${resource} is at revision ${actual}, not ${expected}. Read it again and repeat the change.`,
    { metadata: { resource, expected, actual } },
  );

/** An invariant of our own code does not hold: a bug, never shown to callers. */
export function invariant(condition: unknown, message: string): asserts condition {
  if (!condition) throw new Error(`invariant broken: ${message}`);
}
