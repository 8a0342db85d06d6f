import { create, type Message, toBinary } from "@bufbuild/protobuf";
import { type Any, AnySchema, anyPack, durationFromMs } from "@bufbuild/protobuf/wkt";
import { Code, ConnectError } from "@connectrpc/connect";
import { BadRequestSchema, ErrorInfoSchema, RetryInfoSchema } from "@throughline/contracts/google/rpc/error_details_pb";
import { StatusSchema } from "@throughline/contracts/google/rpc/status_pb";
import { DomainError, type ErrorKind } from "@throughline/kernel";

/** The domain of our reasons, in ErrorInfo. */
export const ERROR_DOMAIN = "throughline";

const CODES: Readonly<Record<ErrorKind, Code>> = {
  invalid: Code.InvalidArgument,
  unauthenticated: Code.Unauthenticated,
  denied: Code.PermissionDenied,
  not_found: Code.NotFound,
  exists: Code.AlreadyExists,
  precondition: Code.FailedPrecondition,
  conflict: Code.Aborted,
  exhausted: Code.ResourceExhausted,
  deadline: Code.DeadlineExceeded,
  cancelled: Code.Canceled,
  unavailable: Code.Unavailable,
  unsupported: Code.Unimplemented,
};

/**
 * Makes of anything thrown what callers see. A DomainError becomes its status with ErrorInfo and field violations; an
 * error that another service answered goes on as it is; anything else is a bug, shown as "internal error" and reported.
 */
export function translate(thrown: unknown, report: (cause: unknown) => void): ConnectError {
  if (thrown instanceof ConnectError) return thrown;
  if (thrown instanceof DomainError) {
    return new ConnectError(thrown.message, CODES[thrown.kind], undefined, detailsOf(thrown), thrown);
  }
  if (thrown instanceof Error && thrown.name === "AbortError")
    return new ConnectError("the caller went away", Code.Canceled);
  report(thrown);
  return new ConnectError("internal error", Code.Internal, undefined, undefined, thrown);
}

function detailsOf(error: DomainError) {
  const info = {
    desc: ErrorInfoSchema,
    value: { reason: error.reason, domain: ERROR_DOMAIN, metadata: { ...error.metadata } },
  };
  const fieldViolations = error.violations.map((it) => ({ field: it.path, description: it.description }));
  const { retryAfterMs } = error;
  return [
    info,
    ...(fieldViolations.length > 0 ? [{ desc: BadRequestSchema, value: { fieldViolations } }] : []),
    ...(retryAfterMs === undefined
      ? []
      : [{ desc: RetryInfoSchema, value: { retryDelay: durationFromMs(Math.ceil(retryAfterMs)) } }]),
  ];
}

/** The details of an error as they travel, whether it was made here or came from another service. */
export function packedDetails(error: ConnectError): Any[] {
  return error.details.map((detail) => {
    if ("desc" in detail) {
      return anyPack(detail.desc, create(detail.desc, detail.value as Message));
    }
    return create(AnySchema, { typeUrl: `type.googleapis.com/${detail.type}`, value: detail.value });
  });
}

/** An error as a caller gets it over the wire: without its cause, and with its details as bytes. */
export function asReceived(thrown: unknown): ConnectError {
  if (!(thrown instanceof ConnectError)) {
    const error = ConnectError.from(thrown, Code.Internal);
    return error.code === Code.Internal ? new ConnectError("internal error", Code.Internal) : error;
  }
  const error = new ConnectError(thrown.rawMessage, thrown.code);
  error.details = packedDetails(thrown).map(({ typeUrl, value }) => ({
    type: typeUrl.slice(typeUrl.lastIndexOf("/") + 1),
    value,
  }));
  return error;
}

/** The google.rpc.Status of an error, for `grpc-status-details-bin`. */
export const statusBytes = (error: ConnectError): Uint8Array =>
  toBinary(
    StatusSchema,
    create(StatusSchema, { code: error.code, message: error.rawMessage, details: packedDetails(error) }),
  );

/** The stable reason of an error that a service answered; undefined if it has none. */
export const reasonOf = (error: unknown): string | undefined =>
  error instanceof ConnectError ? error.findDetails(ErrorInfoSchema)[0]?.reason : undefined;
