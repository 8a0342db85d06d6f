import type { IncomingMessage, ServerResponse } from "node:http";
import { createRegistry, type Registry, toJson } from "@bufbuild/protobuf";
import { AnySchema } from "@bufbuild/protobuf/wkt";
import { Code, type ConnectError } from "@connectrpc/connect";
import { BadRequestSchema, ErrorInfoSchema, RetryInfoSchema } from "@throughline/contracts/google/rpc/error_details_pb";
import { packedDetails, reasonOf, translate } from "@throughline/rpc";

/** The HTTP status of each canonical code (google/rpc/code.proto states the table). */
const STATUS: Readonly<Record<Code, number>> = {
  [Code.Canceled]: 499,
  [Code.Unknown]: 500,
  [Code.InvalidArgument]: 400,
  [Code.DeadlineExceeded]: 504,
  [Code.NotFound]: 404,
  [Code.AlreadyExists]: 409,
  [Code.PermissionDenied]: 403,
  [Code.ResourceExhausted]: 429,
  [Code.FailedPrecondition]: 412,
  [Code.Aborted]: 409,
  [Code.OutOfRange]: 400,
  [Code.Unimplemented]: 501,
  [Code.Internal]: 500,
  [Code.Unavailable]: 503,
  [Code.DataLoss]: 500,
  [Code.Unauthenticated]: 401,
};

/** Where HTTP has a status of its own for what a reason says. */
const STATUS_OF_REASON: Readonly<Record<string, number>> = {
  BODY_TOO_SLOW: 408,
  BODY_TOO_LARGE: 413,
  BLOB_TOO_LARGE: 413,
  BATCH_TOO_LARGE: 413,
  CONTENT_TYPE_REFUSED: 415,
  RANGE_NOT_SATISFIABLE: 416,
};

const DETAILS: Registry = createRegistry(ErrorInfoSchema, BadRequestSchema, RetryInfoSchema);

/** How long a caller may go on sending after an answer that did not wait for the end of its body. */
const LINGER_MS = 1_000;

export function httpStatus(error: ConnectError): number {
  const reason = reasonOf(error);
  const own = reason !== undefined && Object.hasOwn(STATUS_OF_REASON, reason) ? STATUS_OF_REASON[reason] : undefined;
  return own ?? STATUS[error.code];
}

/** The body of an error: `{"error": {"code", "status", "message", "details"}}`, as Google's APIs have it (AIP-193). */
export function errorBody(error: ConnectError): { readonly error: Record<string, unknown> } {
  const details = packedDetails(error).flatMap((it) => {
    const known = DETAILS.getMessage(it.typeUrl.slice(it.typeUrl.lastIndexOf("/") + 1));
    return known ? [toJson(AnySchema, it, { registry: DETAILS })] : [];
  });
  const status = Code[error.code].replace(/(?<!^)([A-Z])/g, "_$1").toUpperCase();
  return {
    error: {
      code: httpStatus(error),
      status: status === "CANCELED" ? "CANCELLED" : status,
      message: error.rawMessage,
      details,
    },
  };
}

/** Takes the cause of an internal error, which callers never see. */
export type Report = (cause: unknown) => void;

/** Gives the body of an error. */
export type ErrorShape = (error: ConnectError) => unknown;

/** What a caller is told of anything thrown. `shape` gives the body; by default it is `errorBody`. */
interface ErrorOptions {
  readonly report?: Report;
  readonly shape?: ErrorShape;
  /** Gives the status; by default it is `httpStatus`. */
  readonly statusOf?: (error: ConnectError) => number;
}

/**
 * Answers with an error, unless the answer has begun: then the connection is cut, so that nobody takes it for whole.
 * Nothing is reported once the caller is gone: what fails then fails for that reason.
 */
export function sendError(response: ServerResponse, thrown: unknown, options: ErrorOptions = {}): void {
  const { report = () => {}, shape = errorBody, statusOf = httpStatus } = options;
  if (response.destroyed || response.writableEnded) return;
  const error = translate(thrown, report);
  if (response.headersSent) {
    response.destroy();
    return;
  }
  linger(response.req);
  sendWhole(response, wholeError(error, { shape, statusOf }));
}

/** An error as it is sent: some are sent many times. */
export interface WholeError {
  readonly status: number;
  readonly head: Readonly<Record<string, string | number>>;
  readonly text: string;
}

export function wholeError(
  error: ConnectError,
  { shape = errorBody, statusOf = httpStatus }: Pick<ErrorOptions, "shape" | "statusOf"> = {},
): WholeError {
  const status = statusOf(error);
  const again = retrySeconds(error);
  return {
    status,
    head: {
      ...(status === 401 && { "www-authenticate": "Bearer" }),
      ...(again !== undefined && { "retry-after": again }),
    },
    text: JSON.stringify(shape(error)),
  };
}

function sendWhole(response: ServerResponse, { status, head, text }: WholeError): void {
  const length = Buffer.byteLength(text);
  // As text, head and body go out in one write; as ASCII, without being looked at once more.
  response
    .writeHead(status, { "content-type": "application/json", "content-length": length, ...head })
    .end(text, length === text.length ? "latin1" : "utf8");
}

/** Refuses a request whose body nobody has begun to read. A small one passes by itself, once the answer has left. */
export function sendRefusal(response: ServerResponse, refusal: WholeError): void {
  const bytes = Number(response.req.headers["content-length"]);
  if (!(bytes <= SMALL_BYTES)) linger(response.req);
  sendWhole(response, refusal);
}

const SMALL_BYTES = 16 * 1024;

/** After how many whole seconds it is worth trying again; undefined if nobody knows. */
function retrySeconds(error: ConnectError): number | undefined {
  const delay = error.findDetails(RetryInfoSchema)[0]?.retryDelay;
  return delay && Math.max(1, Number(delay.seconds) + Math.ceil(delay.nanos / 1e9));
}

/** A caller that still sends its body reads the answer only if the connection is not reset at once. */
function linger(request: IncomingMessage): void {
  if (request.complete || request.destroyed) return;
  request.resume();
  setTimeout(() => request.complete || request.destroy(), LINGER_MS).unref();
}

/** Answers that a path does not take the verb. `verbs` are those that it takes. */
export function sendVerbRefused(response: ServerResponse, verbs: readonly string[]): void {
  const allowed = [...new Set(verbs)].join(", ");
  response.setHeader("allow", allowed);
  linger(response.req);
  sendJson(response, 405, {
    error: { code: 405, status: "UNIMPLEMENTED", message: `This path takes ${allowed}.`, details: [] },
  });
}

export const sendJson = (response: ServerResponse, status: number, body: unknown): void =>
  sendJsonText(response, status, JSON.stringify(body));

/** The same for a body that is text already. */
export const sendJsonText = (response: ServerResponse, status: number, text: string): void =>
  sendWhole(response, { status, head: NO_HEAD, text });

const NO_HEAD: WholeError["head"] = {};
