import type { DescMethodUnary, Message } from "@bufbuild/protobuf";
import { Code, ConnectError, type HandlerContext, type Interceptor, type Transport } from "@connectrpc/connect";
import { createGrpcTransport } from "@connectrpc/connect-node";
import { CALLER_SESSION, DomainError, LIMITS } from "@throughline/kernel";
import { CallContext } from "./call-context.ts";
import { scopeHeaders } from "./call-scope.ts";
import { translate } from "./errors.ts";
import { type UnaryInMemory, unaryInMemory } from "./in-memory.ts";
import { streamInMemory } from "./in-memory-stream.ts";
import type { Mount } from "./mount.ts";

/** Calls services of the same process directly. Neither side of a call may change a message that it has sent or been given. */
export function inMemoryTransport(mounts: readonly Mount[]): Transport {
  const transport = { unary: unaryInMemory(mounts), stream: streamInMemory(mounts) };
  takesParts.add(transport);
  return transport;
}

/** The transports whose calls may be part of another one. */
const takesParts = new WeakSet<Transport>();

/** A call that goes on to where its contract is served. */
export interface PassedCall {
  readonly method: DescMethodUnary;
  readonly headers: Readonly<Record<string, string>>;
  readonly input: Message;
}

/**
 * Passes a call that is being handled on: what it makes of it ends when it does, at its deadline or ours at the latest. Within the process no signal
 * is made for that, which would cost as much as the rest of the way.
 */
export async function passOn(
  context: HandlerContext,
  transport: Transport,
  { method, headers, input }: PassedCall,
): Promise<Message> {
  const timeoutMs = Math.min(context.timeoutMs() ?? LIMITS.deadlineMsMax, LIMITS.deadlineMsMax);
  const unary = transport.unary as UnaryInMemory;
  const end = context instanceof CallContext && takesParts.has(transport) ? context : context.signal;
  return (await unary(method, end, timeoutMs, headers, input)).message;
}

/** Calls services of another process over gRPC. `token` proves who this process is. */
export function grpcTransport(baseUrl: string, token?: string): Transport {
  return createGrpcTransport({
    baseUrl,
    readMaxBytes: LIMITS.inferenceMessageBytesMax,
    writeMaxBytes: LIMITS.inferenceMessageBytesMax,
    nodeOptions: CALLER_SESSION,
    // Without pings a connection whose other end is gone looks as if nothing were said.
    pingIntervalMs: 20_000,
    interceptors: [tellAway, scopeHeaders, ...(token === undefined ? [] : [withToken(token)])],
  });
}

/** Says in our words that a service cannot be reached. What the system said of it, with the address, stays its cause. */
const tellAway: Interceptor = (next) => async (request) => {
  try {
    return await next(request);
  } catch (error) {
    throw isAway(error) ? awayError(request.service.typeName, error) : error;
  }
};

/** True of an error of the system (such as ECONNREFUSED), not of what a service answered. */
const isAway = (error: unknown): error is ConnectError =>
  error instanceof ConnectError &&
  error.code === Code.Unavailable &&
  error.cause instanceof Error &&
  "syscall" in error.cause;

const awayError = (service: string, cause: ConnectError): ConnectError =>
  translate(
    new DomainError(
      "unavailable",
      "SERVICE_AWAY",
      `${service} cannot be reached: who serves it is starting, or has ended, as its log tells. Try again.`,
      { cause, metadata: { service }, retryAfterMs: AWAY_RETRY_MS },
    ),
    () => {},
  );

const AWAY_RETRY_MS = 1_000;

const withToken =
  (token: string): Interceptor =>
  (next) =>
  (request) => {
    request.header.set("authorization", `Bearer ${token}`);
    return next(request);
  };
