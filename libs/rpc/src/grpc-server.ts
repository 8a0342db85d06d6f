import type { Readable } from "node:stream";
import { create, type DescMethod, fromBinary, type Message, toBinary } from "@bufbuild/protobuf";
import { Code, ConnectError } from "@connectrpc/connect";
import {
  Metadata,
  Server,
  ServerCredentials,
  type ServerDuplexStream,
  type ServerReadableStream,
  type ServerUnaryCall,
  type ServerWritableStream,
  type ServiceDefinition,
  type sendUnaryData,
  type UntypedHandleCall,
} from "@grpc/grpc-js";
import { LIMITS } from "@throughline/kernel";
import { statusBytes } from "./errors.ts";
import { type GrpcCall, GrpcContext } from "./grpc-context.ts";
import type { Mount } from "./mount.ts";

export interface GrpcServerOptions {
  readonly mounts: readonly Mount[];
  readonly host: string;
  /** 0 takes a free port. */
  readonly port: number;
}

export interface GrpcServer {
  readonly port: number;
  /** Takes no more calls, and resolves when those under way have ended, or after `graceMs`. */
  stop(graceMs: number): Promise<void>;
}

/** Serves mounts over gRPC on grpc-js, with the messages of @bufbuild/protobuf. */
export async function serveGrpc({ mounts, host, port }: GrpcServerOptions): Promise<GrpcServer> {
  const server = new Server({
    "grpc.max_receive_message_length": LIMITS.inferenceMessageBytesMax,
    "grpc.max_send_message_length": LIMITS.inferenceMessageBytesMax,
    "grpc.max_concurrent_streams": 1_000,
    "grpc.max_connection_idle_ms": 300_000,
    "grpc.keepalive_time_ms": 60_000,
    "grpc.keepalive_timeout_ms": 20_000,
    "grpc-node.max_session_memory": 256,
  });
  for (const it of mounts) server.addService(definitionOf(it), handlersOf(it));
  const address = host.includes(":") ? `[${host}]:${port}` : `${host}:${port}`;
  const bound = await new Promise<number>((resolve, reject) =>
    server.bindAsync(address, ServerCredentials.createInsecure(), (error, actual) =>
      error ? reject(error) : resolve(actual),
    ),
  );
  return { port: bound, stop: (graceMs) => stop(server, graceMs) };
}

async function stop(server: Server, graceMs: number): Promise<void> {
  const drained = new Promise<void>((resolve) => server.tryShutdown(() => resolve()));
  const timer = setTimeout(() => server.forceShutdown(), graceMs);
  await drained;
  clearTimeout(timer);
}

// A request that cannot be decoded reaches the handler as this, so that it can be answered with INVALID_ARGUMENT:
// grpc-js answers a throwing deserialiser with INTERNAL.
class Undecodable {
  readonly cause: unknown;
  readonly code: Code;
  constructor(cause: unknown, code: Code) {
    this.cause = cause;
    this.code = code;
  }
}

function definitionOf({ service }: Mount): ServiceDefinition {
  return Object.fromEntries(
    service.methods.map((method) => [
      method.localName,
      {
        path: `/${service.typeName}/${method.name}`,
        requestStream: method.methodKind === "client_streaming" || method.methodKind === "bidi_streaming",
        responseStream: method.methodKind === "server_streaming" || method.methodKind === "bidi_streaming",
        requestSerialize: (message: Message) => encode(method.input, message),
        requestDeserialize: (bytes: Buffer) => decode(method, bytes),
        responseSerialize: (message: Message) => encode(method.output, message),
        responseDeserialize: (bytes: Buffer) => fromBinary(method.output, bytes),
      },
    ]),
  );
}

function encode(schema: DescMethod["output"], message: Message): Buffer {
  const bytes = toBinary(schema, message);
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

/** Inference may bring large tensors; every other contract keeps to the usual limit. */
const bytesMaxOf = (method: DescMethod): number =>
  method.parent.typeName.startsWith("inference.") ? LIMITS.inferenceMessageBytesMax : LIMITS.messageBytesMax;

function decode(method: DescMethod, bytes: Buffer): Message | Undecodable {
  const most = bytesMaxOf(method);
  if (bytes.byteLength > most) {
    return new Undecodable(
      new Error(`the message has ${bytes.byteLength} bytes, more than ${most}`),
      Code.ResourceExhausted,
    );
  }
  try {
    return fromBinary(method.input, bytes);
  } catch (cause) {
    return new Undecodable(cause, Code.InvalidArgument);
  }
}

function checkDecoded(message: unknown): unknown {
  if (!(message instanceof Undecodable)) return message;
  const why = message.cause instanceof Error ? message.cause.message : String(message.cause);
  throw new ConnectError(`the request cannot be read: ${why}`, message.code);
}

function handlersOf({ service, implementation }: Mount): Record<string, UntypedHandleCall> {
  return Object.fromEntries(
    service.methods.map((method) => {
      const handler = implementation[method.localName] as unknown as AnyHandler;
      const limitMs = method.methodKind === "unary" ? LIMITS.deadlineMsMax : 0;
      const contextOf = (call: GrpcCall) => new GrpcContext(method, call, limitMs);
      return [method.localName, handlerOf(method, handler, contextOf) as UntypedHandleCall];
    }),
  );
}

type AnyHandler = (input: unknown, context: GrpcContext) => unknown;
type ContextOf = (call: GrpcCall) => GrpcContext;

function handlerOf(method: DescMethod, handler: AnyHandler, contextOf: ContextOf): unknown {
  switch (method.methodKind) {
    case "unary":
      return (call: ServerUnaryCall<unknown, Message>, done: sendUnaryData<Message>) => {
        const context = contextOf(call);
        void answerOnce(done, context, async () => handler(checkDecoded(call.request), context));
      };
    case "client_streaming":
      return (call: ServerReadableStream<unknown, Message>, done: sendUnaryData<Message>) => {
        const context = contextOf(call);
        void answerOnce(done, context, async () => handler(decoded(call), context));
      };
    case "server_streaming":
      return (call: ServerWritableStream<unknown, Message>) => {
        const context = contextOf(call);
        void answerMany(call, context, () => handler(checkDecoded(call.request), context));
      };
    case "bidi_streaming":
      return (call: ServerDuplexStream<unknown, Message>) => {
        const context = contextOf(call);
        void answerMany(call, context, () => handler(decoded(call), context));
      };
  }
}

async function* decoded(call: Readable): AsyncIterable<unknown> {
  // By default the end of the iteration destroys the stream, and with it the answers that are still to be written.
  for await (const message of call.iterator({ destroyOnReturn: false })) yield checkDecoded(message);
}

async function answerOnce(
  done: sendUnaryData<Message>,
  context: GrpcContext,
  work: () => Promise<unknown>,
): Promise<void> {
  try {
    const response = await work();
    done(null, create(context.method.output, response as Message), context.trailer());
  } catch (error) {
    done(grpcError(error));
  } finally {
    context.end();
  }
}

async function answerMany(
  call: ServerWritableStream<unknown, Message> | ServerDuplexStream<unknown, Message>,
  context: GrpcContext,
  work: () => unknown,
): Promise<void> {
  try {
    for await (const response of work() as AsyncIterable<Message>) {
      if (context.signal.aborted) break;
      if (!call.write(create(context.method.output, response))) await drained(call, context.signal);
    }
    call.end();
  } catch (error) {
    call.emit("error", grpcError(error));
  } finally {
    context.end();
  }
}

/** Waits until the stream takes more, or the call has ended. */
function drained(call: NodeJS.EventEmitter, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const done = () => {
      call.off("drain", done);
      signal.removeEventListener("abort", done);
      resolve();
    };
    call.once("drain", done);
    signal.addEventListener("abort", done);
  });
}

function grpcError(thrown: unknown): {
  code: number;
  details: string;
  metadata: Metadata;
  name: string;
  message: string;
} {
  const error = ConnectError.from(thrown);
  const metadata = new Metadata();
  if (error.details.length > 0) metadata.set("grpc-status-details-bin", Buffer.from(statusBytes(error)));
  return { name: "ServiceError", message: error.rawMessage, code: error.code, details: error.rawMessage, metadata };
}
