import type { ServerResponse } from "node:http";
import { createRegistry, type Registry, toJson } from "@bufbuild/protobuf";
import { AnySchema } from "@bufbuild/protobuf/wkt";
import { Code, ConnectError } from "@connectrpc/connect";
import { BadRequestSchema, ErrorInfoSchema, RetryInfoSchema } from "@throughline/contracts/google/rpc/error_details_pb";
import { packedDetails } from "@throughline/rpc";

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

const DETAILS: Registry = createRegistry(ErrorInfoSchema, BadRequestSchema, RetryInfoSchema);

export const httpStatus = (error: ConnectError): number => STATUS[error.code];

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

/** Answers with an error, unless the answer has begun: then the connection is cut, so that nobody takes it for whole. */
export function sendError(response: ServerResponse, thrown: unknown): void {
  if (response.headersSent) {
    response.destroy();
    return;
  }
  const error = ConnectError.from(thrown);
  sendJson(response, httpStatus(error), errorBody(error));
}

export function sendJson(response: ServerResponse, status: number, body: unknown): void {
  const bytes = Buffer.from(JSON.stringify(body));
  response.writeHead(status, { "content-type": "application/json", "content-length": bytes.byteLength }).end(bytes);
}
