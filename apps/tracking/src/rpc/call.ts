import { type DescMessage, type MessageShape, toJson } from "@bufbuild/protobuf";
import type { HandlerContext } from "@connectrpc/connect";
import { digestOfJson, invalidField, type Json } from "@throughline/kernel";
import { callerOf } from "@throughline/rpc";
import type { Call } from "../domain/ports.ts";

/** What makes a retry of this request the same call. `scope` is the project or resource that the call is about. */
export function callOf<Schema extends DescMessage>(
  {
    schema,
    request,
    scope,
  }: {
    readonly schema: Schema;
    readonly request: MessageShape<Schema> & { requestId: string };
    readonly scope: string;
  },
  context: HandlerContext,
): Call {
  const { requestId } = request;
  return {
    requestId,
    method: `${context.service.typeName}/${context.method.name}`,
    principal: `${callerOf(context).actor} ${scope}`,
    // Maps have no order on the wire; canonical JSON gives them one.
    requestDigest: requestId === "" ? "" : digestOfJson(jsonOf(schema, request)),
  };
}

/** Fails with INVALID_FIELD for a request that has no JSON form: one with a time that no calendar has. */
function jsonOf<Schema extends DescMessage>(schema: Schema, request: MessageShape<Schema>): Json {
  try {
    return toJson(schema, request);
  } catch (error) {
    throw invalidField("request", error instanceof Error ? error.message : String(error));
  }
}
