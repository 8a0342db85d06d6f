import { Code, ConnectError } from "@connectrpc/connect";
import { DomainError } from "@throughline/kernel";
import { reasonOf } from "@throughline/rpc";

/** MLflow's error code and HTTP status of each canonical code. Its clients try again on 429, 500, 502, 503 and 504. */
const CODES: Readonly<Record<Code, readonly [string, number]>> = {
  [Code.InvalidArgument]: ["INVALID_PARAMETER_VALUE", 400],
  [Code.OutOfRange]: ["INVALID_PARAMETER_VALUE", 400],
  // MLflow has no code of its own for it: what is deleted, say, is an invalid value of the id.
  [Code.FailedPrecondition]: ["INVALID_PARAMETER_VALUE", 400],
  [Code.NotFound]: ["RESOURCE_DOES_NOT_EXIST", 404],
  [Code.AlreadyExists]: ["RESOURCE_ALREADY_EXISTS", 400],
  [Code.Aborted]: ["RESOURCE_CONFLICT", 409],
  [Code.PermissionDenied]: ["PERMISSION_DENIED", 403],
  [Code.Unauthenticated]: ["UNAUTHENTICATED", 401],
  [Code.ResourceExhausted]: ["RESOURCE_EXHAUSTED", 429],
  [Code.Canceled]: ["CANCELLED", 499],
  [Code.DeadlineExceeded]: ["DEADLINE_EXCEEDED", 504],
  [Code.Unavailable]: ["TEMPORARILY_UNAVAILABLE", 503],
  [Code.Unimplemented]: ["NOT_IMPLEMENTED", 501],
  [Code.Internal]: ["INTERNAL_ERROR", 500],
  [Code.Unknown]: ["INTERNAL_ERROR", 500],
  [Code.DataLoss]: ["DATA_LOSS", 500],
};

/** Where a reason says more than the code: to try again what is too large would not help. */
const OF_REASON: Readonly<Record<string, readonly [string, number]>> = {
  BODY_TOO_LARGE: ["INVALID_PARAMETER_VALUE", 413],
  BLOB_TOO_LARGE: ["INVALID_PARAMETER_VALUE", 413],
  RUN_TOO_LARGE: ["INVALID_PARAMETER_VALUE", 413],
  BATCH_TOO_LARGE: ["INVALID_PARAMETER_VALUE", 413],
  BODY_TOO_SLOW: ["BAD_REQUEST", 408],
  CONTENT_TYPE_REFUSED: ["BAD_REQUEST", 415],
  RANGE_NOT_SATISFIABLE: ["BAD_REQUEST", 416],
  BAD_JSON: ["BAD_REQUEST", 400],
  ENDPOINT_NOT_FOUND: ["ENDPOINT_NOT_FOUND", 404],
  VERB_REFUSED: ["BAD_REQUEST", 405],
};

export interface MlflowError {
  readonly status: number;
  readonly body: { readonly error_code: string; readonly message: string };
}

/** An error as MLflow's clients know it. */
export function mlflowError(error: ConnectError): MlflowError {
  const reason = reasonOf(error);
  const own = reason !== undefined && Object.hasOwn(OF_REASON, reason) ? OF_REASON[reason] : undefined;
  const [error_code, status] = own ?? CODES[error.code];
  return { status, body: { error_code, message: error.rawMessage } };
}

/** True for an error of a service with the given code, and with the given reason if one is named. */
export const isCode = (error: unknown, code: Code, reason?: string): error is ConnectError =>
  error instanceof ConnectError && error.code === code && (reason === undefined || reasonOf(error) === reason);

export const isNotFound = (error: unknown): boolean => isCode(error, Code.NotFound);

export const noSuch = (what: string): DomainError =>
  new DomainError("not_found", "NOT_FOUND", `${what} does not exist`);

/** What of MLflow is not part of the platform: traces, scorers, prompts, its gateway. */
export const endpointNotFound = (path: string): DomainError =>
  new DomainError("not_found", "ENDPOINT_NOT_FOUND", `There is no ${path.slice(0, 300)} here.`);

export const verbRefused = (verbs: readonly string[]): DomainError =>
  new DomainError("unsupported", "VERB_REFUSED", `This path takes ${verbs.join(", ")}.`);
