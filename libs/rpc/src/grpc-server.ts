import { createServer, type IncomingHttpHeaders, type ServerHttp2Stream } from "node:http2";
import { Code, ConnectError } from "@connectrpc/connect";
import { acceptWaiting } from "./accept-waiting.ts";
import { GrpcCall, refuse, turnAway, unreadable } from "./grpc-call.ts";
import { type ServedMethod, servedMethods } from "./grpc-methods.ts";
import { type Reading, watchReading } from "./grpc-reading.ts";
import { watchSessions } from "./grpc-sessions.ts";
import { timeoutMsOf } from "./grpc-status.ts";
import { takeRequest } from "./grpc-stream.ts";
import { type LoadGate, PROCESS_GATE } from "./load-gate.ts";
import type { Mount } from "./mount.ts";

export interface GrpcServerOptions {
  readonly mounts: readonly Mount[];
  readonly host: string;
  /** 0 takes a free port. */
  readonly port: number;
  /** Refuses calls that come in numbers while the process is overloaded. Default: the process's own. */
  readonly gate?: LoadGate;
}

export interface GrpcServer {
  readonly port: number;
  /** Takes no more calls, and resolves when those under way have ended, or after `graceMs`. */
  stop(graceMs: number): Promise<void>;
}

const CONNECTIONS_MAX = 10_000;
/** Calls of one connection at the same time: callers keep more to themselves, and ask no more for those that they give up. */
const STREAMS_MAX = 128;
/** What a caller may send of one stream before it is read: enough for most tensors to come in one go. */
const STREAM_WINDOW_BYTES = 1024 * 1024;
/** The same of all streams of a connection together. */
const SESSION_WINDOW_BYTES = 8 * 1024 * 1024;
const SESSION_MEMORY_MB_MAX = 256;
/**
 * Calls of one connection that may be given up at once, and each second in the long run; a connection with more is closed. The runtime's own
 * rate is 33, which a busy caller with a deadline of its own on each call passes every day.
 */
const RESETS = { burst: 1_000, perSecond: 500 } as const;

/** Serves mounts over gRPC on HTTP/2 of the platform, with the messages of @bufbuild/protobuf. */
export async function serveGrpc({ mounts, host, port, gate = PROCESS_GATE }: GrpcServerOptions): Promise<GrpcServer> {
  const methods = servedMethods(mounts);
  const server = createServer({
    settings: { maxConcurrentStreams: STREAMS_MAX, initialWindowSize: STREAM_WINDOW_BYTES },
    maxSessionMemory: SESSION_MEMORY_MB_MAX,
    streamResetBurst: RESETS.burst,
    streamResetRate: RESETS.perSecond,
  });
  server.maxConnections = CONNECTIONS_MAX;
  const sessions = watchSessions(server);
  const reading = watchReading();
  // The trailers follow the answer by themselves, and must not wait until its arrival was confirmed.
  server.on("connection", (it) => it.setNoDelay(true));
  server.on("session", (it) => it.setLocalWindowSize(SESSION_WINDOW_BYTES));
  server.on("stream", (stream: ServerHttp2Stream, headers: IncomingHttpHeaders) => {
    // Whatever goes wrong with a stream also closes it, which is where calls look.
    stream.on("error", ignore);
    accept({ methods, gate, reading }, stream, headers);
  });
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(port, host, resolve);
  });
  const address = server.address();
  return {
    port: typeof address === "object" && address !== null ? address.port : port,
    async stop(graceMs) {
      await acceptWaiting(server, graceMs);
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      sessions.close();
      const timer = setTimeout(() => sessions.destroy(), graceMs);
      await closed;
      clearTimeout(timer);
      reading.close();
    },
  };
}

const ignore = (): void => {};

interface Door {
  readonly methods: ReadonlyMap<string, ServedMethod>;
  readonly gate: LoadGate;
  readonly reading: Reading;
}

function accept({ methods, gate, reading }: Door, stream: ServerHttp2Stream, headers: IncomingHttpHeaders): void {
  const type = headers["content-type"];
  if (headers[":method"] !== "POST" || !type?.startsWith("application/grpc")) {
    stream.respond({ ":status": 415 }, { endStream: true });
    stream.resume();
    return;
  }
  const served = methods.get(headers[":path"] ?? "");
  if (!served) {
    refuse(stream, new ConnectError(`${headers[":path"]} is not implemented here`.slice(0, 300), Code.Unimplemented));
    return;
  }
  if (served.isGated) {
    const timeout = headers["grpc-timeout"];
    const leftMs = timeout === undefined ? undefined : timeoutMsOf(String(timeout));
    if (!gate.enter(leftMs ?? Number.POSITIVE_INFINITY)) {
      turnAway(stream, gate.retryMs());
      return;
    }
    stream.on("close", gate.leave);
  }
  const call = new GrpcCall(served, stream, headers);
  const { methodKind } = served.method;
  const isAnsweredOnce = methodKind === "unary" || methodKind === "client_streaming";
  const goOn = (input: unknown): Promise<void> => (isAnsweredOnce ? answerOnce(call, input) : answerMany(call, input));
  if (methodKind === "unary" || methodKind === "server_streaming") readOne(call, reading, goOn);
  else void goOn(call.messages());
}

/** Reads the one message of a call, and goes on once the caller has said that there is no other. */
function readOne(call: GrpcCall, reading: Reading, goOn: (input: unknown) => Promise<void>): void {
  const reader = call.reader();
  reading.begin(call);
  call.atClose = () => reading.end(call);
  takeRequest(call.stream, {
    add(piece) {
      if (call.isOver) return;
      try {
        reader.add(piece);
        if (reader.leftBytes() > call.served.bytesMax + MORE_THAN_ONE_BYTES)
          throw unreadable("it has more than one message");
      } catch (thrown) {
        call.fail(thrown);
      }
    },
    end() {
      reading.end(call);
      if (call.isOver) return;
      try {
        const frame = reader.next();
        if (!frame || reader.leftBytes() > 0) throw unreadable("it has not exactly one message");
        const input = call.decoded(frame);
        if (input instanceof Promise) input.then(goOn).catch((thrown: unknown) => call.fail(thrown));
        else void goOn(input);
      } catch (thrown) {
        call.fail(thrown);
      }
    },
  });
}

/** Beyond the largest message with its head, whatever comes is too much. */
const MORE_THAN_ONE_BYTES = 64 * 1024;

async function answerOnce(call: GrpcCall, input: unknown): Promise<void> {
  try {
    call.answer(await call.served.handler(input, call.context));
  } catch (error) {
    call.fail(error);
  }
}

async function answerMany(call: GrpcCall, input: unknown): Promise<void> {
  const { signal } = call.context;
  try {
    for await (const response of call.served.handler(input, call.context) as AsyncIterable<unknown>) {
      if (signal.aborted) break;
      if (!call.write(response)) await drained(call.stream, signal);
    }
    call.end();
  } catch (error) {
    call.fail(error);
  }
}

/** Waits until the stream takes more, or the call has ended. */
function drained(stream: NodeJS.EventEmitter, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const done = () => {
      stream.off("drain", done);
      signal.removeEventListener("abort", done);
      resolve();
    };
    stream.once("drain", done);
    signal.addEventListener("abort", done);
    if (signal.aborted) done();
  });
}
