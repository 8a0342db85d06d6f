import { type DescMessage, type MessageShape, toJson } from "@bufbuild/protobuf";
import type { Timestamp } from "@bufbuild/protobuf/wkt";
import type { HandlerContext } from "@connectrpc/connect";
import { type Digest, digestOfJson, type Json, type Page, type PageTokens, pageSize } from "@throughline/kernel";
import { callerOf, toMs } from "@throughline/rpc";
import type { Call } from "../domain/call.ts";
import type { ListPage, PageRequest } from "../domain/change.ts";
import { projectOf } from "../domain/names.ts";

/** Who calls what: `resource` is any name in the project, `schema` the type of the request. */
export function callOf<D extends DescMessage>(
  schema: D,
  request: MessageShape<D>,
  { resource, context }: { readonly resource: string; readonly context: HandlerContext },
): Call {
  const requestId = "requestId" in request && typeof request.requestId === "string" ? request.requestId : "";
  return {
    method: `${context.service.typeName}.${context.method.name}`,
    actor: callerOf(context).actor,
    project: projectOf(resource),
    requestId,
    // Only what is remembered is ever compared.
    requestDigest: requestId === "" ? "" : askedDigest(schema, request),
  };
}

function askedDigest<D extends DescMessage>(schema: D, request: MessageShape<D>): Digest {
  const { requestId: _, ...asked } = toJson(schema, request) as Readonly<Record<string, Json>>;
  return digestOfJson(asked);
}

/** The instant that a request asks about, as part of a query: nothing if it asks about now. */
export const thenOf = ({ asOf }: { readonly asOf?: Timestamp | undefined }): { readonly asOfMs?: number } =>
  asOf ? { asOfMs: toMs(asOf) } : {};

/** What selects a page of a list. */
interface PageQuery {
  readonly pageSize: number;
  readonly pageToken: string;
}

/**
 * Reads a page of the list `query`: everything that selects and orders it. `usual` is its size where the caller names
 * none, 100 if left out. Fails with BAD_PAGE_TOKEN.
 */
export async function pageOf<T>(
  tokens: PageTokens,
  { query, request, usual }: { readonly query: Json; readonly request: PageQuery; readonly usual?: number },
  read: (page: PageRequest) => Promise<ListPage<T>>,
): Promise<Page<T>> {
  const after = tokens.decode(query, request.pageToken);
  const page = await read({ limit: pageSize(request.pageSize, usual), ...(typeof after === "string" && { after }) });
  return { items: page.items, nextPageToken: page.next === undefined ? "" : tokens.encode(query, page.next) };
}
