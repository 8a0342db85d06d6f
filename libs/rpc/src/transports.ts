import type { Interceptor, Transport } from "@connectrpc/connect";
import { createRouterTransport } from "@connectrpc/connect";
import { createGrpcTransport } from "@connectrpc/connect-node";
import { LIMITS } from "@throughline/kernel";
import { scopeHeaders } from "./call-scope.ts";
import type { Mount } from "./mount.ts";

/** Calls services of the same process. Messages are encoded and decoded as on the wire, so that both ways are one. */
export function inMemoryTransport(mounts: readonly Mount[]): Transport {
  return createRouterTransport(
    (router) => {
      for (const { service, implementation } of mounts) router.service(service, implementation);
    },
    {
      transport: {
        readMaxBytes: LIMITS.inferenceMessageBytesMax,
        writeMaxBytes: LIMITS.inferenceMessageBytesMax,
        interceptors: [scopeHeaders],
      },
      router: {
        readMaxBytes: LIMITS.inferenceMessageBytesMax,
        writeMaxBytes: LIMITS.inferenceMessageBytesMax,
        maxTimeoutMs: LIMITS.streamIdleMsMax,
      },
    },
  );
}

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
