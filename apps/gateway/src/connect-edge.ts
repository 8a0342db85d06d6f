import type { IncomingMessage, ServerResponse } from "node:http";
import type { DescService } from "@bufbuild/protobuf";
import { createConnectRouter } from "@connectrpc/connect";
import type { UniversalServerResponse } from "@connectrpc/connect/protocol";
import {
  compressionBrotli,
  compressionGzip,
  universalRequestFromNodeRequest,
  universalResponseToNodeResponse,
} from "@connectrpc/connect-node";
import { LIMITS } from "@throughline/kernel";
import { type Report, sendError } from "./http-error.ts";
import { type Forwarding, forward } from "./service-transports.ts";
import { targetOf } from "./target.ts";

/** Answers calls by Connect, gRPC-Web and, as far as HTTP/1.1 goes, gRPC. Resolves to false for any other path. */
export function connectEdge(services: readonly DescService[], forwarding: Forwarding, report: Report) {
  const router = createConnectRouter({
    acceptCompression: [compressionGzip, compressionBrotli],
    writeMaxBytes: LIMITS.inferenceMessageBytesMax,
    maxTimeoutMs: LIMITS.streamIdleMsMax,
  });
  for (const service of services) {
    const isInference = service.typeName.startsWith("inference.");
    const readMaxBytes = isInference ? LIMITS.inferenceMessageBytesMax : LIMITS.messageBytesMax;
    router.service(service, forward(service, forwarding).implementation, { readMaxBytes });
  }
  const handlers = new Map(router.handlers.map((it) => [it.requestPath, it]));
  return async (request: IncomingMessage, response: ServerResponse): Promise<boolean> => {
    const handler = handlers.get(targetOf(request).path);
    if (!handler) return false;
    try {
      const answer = await handler(universalRequestFromNodeRequest(request, response, undefined, undefined));
      // Resolves only some of the time, so that nothing may wait for it; it fails when the caller goes away.
      universalResponseToNodeResponse(await blamed(answer), response).catch((thrown: unknown) => {
        sendError(response, thrown, { report });
      });
    } catch (thrown) {
      sendError(response, thrown, { report });
    }
    return true;
  };
}

/** Connect calls a message that cannot be decoded an internal error of the server; it is the caller's. */
async function blamed(answer: UniversalServerResponse): Promise<UniversalServerResponse> {
  if (answer.status !== 500 || answer.body === undefined || answer.header?.has("content-encoding")) return answer;
  const bytes = Buffer.concat(await Array.fromAsync(answer.body));
  const error = JSON.parse(bytes.toString("utf8")) as { readonly message?: string };
  if (error.message?.startsWith("parse binary:") !== true) return { ...answer, body: once(bytes) };
  const body = Buffer.from(JSON.stringify({ ...error, code: "invalid_argument" }));
  const header = new Headers(answer.header);
  header.set("content-length", String(body.byteLength));
  return { ...answer, status: 400, header, body: once(body) };
}

async function* once(bytes: Buffer): AsyncIterable<Uint8Array<ArrayBuffer>> {
  yield Uint8Array.from(bytes);
}
