import { Code, ConnectError } from "@connectrpc/connect";
import { Http2Server, type ServerStream } from "@throughline/http2";
import { acceptWaiting } from "./accept-waiting.ts";
import { GrpcCall, unreadable } from "./grpc-call.ts";
import { type Dealing, type Door, isCall, isWaiting, onceIn, turnAway } from "./grpc-door.ts";
import { servedMethods } from "./grpc-methods.ts";
import { type Reading, watchReading } from "./grpc-reading.ts";
import { refuse } from "./grpc-refusal.ts";
import { type LoadGate, PROCESS_GATE } from "./load-gate.ts";
import type { Mount } from "./mount.ts";
import { PROCESS_ROOM, waitingRoomOf } from "./waiting-room.ts";

export interface GrpcServerOptions {
  readonly mounts: readonly Mount[];
  readonly host: string;
  /** 0 takes a free port. */
  readonly port: number;
  /** Keeps calls that come in numbers waiting, and refuses them while the process is overloaded. Default: the process's own. */
  readonly gate?: LoadGate;
}

export interface GrpcServer {
  readonly port: number;
  /** Takes no more calls, and resolves when those under way have ended, or after `graceMs`. */
  stop(graceMs: number): Promise<void>;
}

/** Serves mounts over gRPC on @throughline/http2, with the messages of @bufbuild/protobuf. */
export async function serveGrpc({ mounts, host, port, gate = PROCESS_GATE }: GrpcServerOptions): Promise<GrpcServer> {
  const methods = servedMethods(mounts);
  const reading = watchReading();
  const room = gate === PROCESS_GATE ? PROCESS_ROOM : waitingRoomOf(gate);
  const door: Door = { methods, gate, room, waiting: undefined };
  const server = new Http2Server({
    onStream: (stream) => accept(door, reading, stream),
    turnAway: (headers) => turnAway(door, headers),
  });
  await new Promise<void>((resolve, reject) => {
    server.net.once("error", reject);
    server.net.listen(port, host, resolve);
  });
  const address = server.net.address();
  return {
    port: typeof address === "object" && address !== null ? address.port : port,
    async stop(graceMs) {
      await acceptWaiting(server.net, graceMs);
      const closed = new Promise<void>((resolve) => server.net.close(() => resolve()));
      server.leave();
      const timer = setTimeout(() => server.destroy(), graceMs);
      await closed;
      clearTimeout(timer);
      reading.close();
    },
  };
}

const NOT_GRPC = [{ name: ":status", value: "415" }];

function accept(door: Door, reading: Reading, stream: ServerStream): void {
  const { headers } = stream;
  if (!isCall(headers)) {
    stream.respond(NOT_GRPC, true);
    return;
  }
  const served = door.methods.get(headers[":path"] ?? "");
  if (!served) {
    refuse(stream, new ConnectError(`${headers[":path"]} is not implemented here`.slice(0, 300), Code.Unimplemented));
    return;
  }
  const waits = isWaiting(door, headers);
  const call = new GrpcCall(served, stream, served.isGated && !waits ? door.gate : undefined);
  if (call.isOver) return;
  const { methodKind } = served.method;
  const isAnsweredOnce = methodKind === "unary" || methodKind === "client_streaming";
  const goOn = (input: unknown): Promise<void> => (isAnsweredOnce ? answerOnce(call, input) : answerMany(call, input));
  if (methodKind === "unary" || methodKind === "server_streaming") {
    const dealing = { goOn, consumed: call.consumed };
    readOne(call, reading, waits ? onceIn(door, headers, { call, ...dealing }) : dealing);
  } else void goOn(call.messages());
}

/** Reads the one message of a call, and goes on once the caller has said that there is no other. */
function readOne(call: GrpcCall, reading: Reading, { goOn, consumed }: Dealing): void {
  const reader = call.reader();
  reading.begin(call);
  call.request = {
    add(piece) {
      consumed(piece);
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
        if (input instanceof Promise)
          input.then((it) => (call.isOver ? undefined : goOn(it))).catch((thrown: unknown) => call.fail(thrown));
        else void goOn(input);
      } catch (thrown) {
        call.fail(thrown);
      }
    },
    fail: () => reading.end(call),
  };
}

/** Beyond the largest message with its head, whatever comes is too much. */
const MORE_THAN_ONE_BYTES = 64 * 1024;

async function answerOnce(call: GrpcCall, input: unknown): Promise<void> {
  call.workBegins();
  try {
    call.answer(await call.served.handler(input, call.context));
  } catch (error) {
    call.fail(error);
  } finally {
    call.workEnds();
  }
}

async function answerMany(call: GrpcCall, input: unknown): Promise<void> {
  call.workBegins();
  const { signal } = call.context;
  try {
    for await (const response of call.served.handler(input, call.context) as AsyncIterable<unknown>) {
      if (signal.aborted) break;
      if (!call.write(response)) await call.whenDrained();
    }
    call.finish();
  } catch (error) {
    call.fail(error);
  } finally {
    call.workEnds();
  }
}
