import type { Interceptor, Transport } from "@connectrpc/connect";
import { createGrpcTransport } from "@connectrpc/connect-node";
import { LIMITS } from "@throughline/kernel";
import { scopeHeaders } from "./call-scope.ts";
import { unaryInMemory } from "./in-memory.ts";
import { streamInMemory } from "./in-memory-stream.ts";
import type { Mount } from "./mount.ts";

/** Calls services of the same process directly. Neither side of a call may change a message that it has sent or been given. */
export const inMemoryTransport = (mounts: readonly Mount[]): Transport => ({
  unary: unaryInMemory(mounts),
  stream: streamInMemory(mounts),
});

/** Calls services of another process over gRPC. `token` proves who this process is. */
export function grpcTransport(baseUrl: string, token?: string): Transport {
  return createGrpcTransport({
    baseUrl,
    readMaxBytes: LIMITS.inferenceMessageBytesMax,
    writeMaxBytes: LIMITS.inferenceMessageBytesMax,
    // Without pings a connection whose other end is gone looks as if nothing were said.
    pingIntervalMs: 20_000,
    interceptors: token === undefined ? [scopeHeaders] : [scopeHeaders, withToken(token)],
  });
}

const withToken =
  (token: string): Interceptor =>
  (next) =>
  (request) => {
    request.header.set("authorization", `Bearer ${token}`);
    return next(request);
  };
