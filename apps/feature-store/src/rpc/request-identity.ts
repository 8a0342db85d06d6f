import { type DescMessage, type MessageShape, toJson } from "@bufbuild/protobuf";
import type { HandlerContext } from "@connectrpc/connect";
import { type Digest, digestOfJson, type Json } from "@throughline/kernel";
import { callerOf } from "@throughline/rpc";
import type { RequestIdentity } from "@throughline/store";

/** What a request asks for, whatever the order in which its maps travelled. */
export const requestDigest = <D extends DescMessage>(schema: D, request: MessageShape<D>): Digest =>
  digestOfJson(toJson(schema, request) as Json);

/** What makes a repeated call of a method the same call. */
export function requestIdentity<D extends DescMessage>(
  schema: D,
  request: MessageShape<D> & { readonly requestId: string },
  { project, context }: { readonly project: string; readonly context: HandlerContext },
): RequestIdentity {
  const { requestId } = request;
  return {
    requestId,
    method: schema.typeName,
    principal: `${callerOf(context).actor}@${project}`,
    // The digest of a large push is not computed for nobody.
    requestDigest: requestId === "" ? "" : requestDigest(schema, request),
  };
}
