import { connect as connectHttp2 } from "node:http2";
import { type AddressInfo, connect, type Socket } from "node:net";
import { create, toBinary } from "@bufbuild/protobuf";
import { GetOperationRequestSchema, OperationService } from "@throughline/contracts/throughline/type/v1/operation_pb";
import { Http2Server } from "@throughline/http2";
import { FLAG, FRAME, frame, literals, PREFACE, uint32 } from "@throughline/http2/by-hand";
import { LIMITS } from "@throughline/kernel";
import { afterEach, describe, expect, test } from "vitest";
import { GrpcCall } from "./grpc-call.ts";
import { servedMethods } from "./grpc-methods.ts";
import { watchReading } from "./grpc-reading.ts";
import { type GrpcServer, serveGrpc } from "./grpc-server.ts";
import { mount } from "./mount.ts";
import { type OperationView, operationHandlers } from "./operations.ts";

const PATH = `/${OperationService.typeName}/GetOperation`;
const NAME = "projects/p/operations/test.1";
const REQUEST = toBinary(GetOperationRequestSchema, create(GetOperationRequestSchema, { name: NAME }));

const ended: (() => unknown)[] = [];
afterEach(async () => {
  for (const end of ended.splice(0).reverse()) await end();
});

const never = () => Promise.reject(new Error("it is not called"));

function mounts() {
  const others = operationHandlers({ get: never, list: never, cancel: never, watch: () => (async function* () {})() });
  const handlers = { ...others, getOperation: async ({ name }: { name: string }) => ({ operation: { name } }) };
  return [mount(OperationService, handlers)];
}

async function serve(): Promise<GrpcServer> {
  const server = await serveGrpc({ mounts: mounts(), host: "127.0.0.1", port: 0 });
  ended.push(() => server.stop(0));
  return server;
}

/** A connection that says whatever it is told to, after the preface. */
async function intruder(port: number) {
  const socket: Socket = connect(port, "127.0.0.1");
  ended.push(() => socket.destroy());
  const gone = new Promise<void>((resolve) => socket.once("close", () => resolve()));
  socket.on("error", () => {});
  socket.resume();
  await new Promise<void>((resolve) => socket.once("connect", resolve));
  socket.write(PREFACE);
  socket.write(frame(FRAME.settings, 0));
  return {
    gone,
    socket,
    /** Says something again and again until it is not listened to any more. Gives how often it was said. */
    async flood(piece: (i: number) => Buffer, times: number): Promise<number> {
      for (let i = 0; i < times; i++) {
        if (socket.destroyed || socket.writableEnded) return i;
        if (!socket.write(piece(i)))
          await Promise.race([gone, new Promise((resolve) => socket.once("drain", resolve))]);
        if (i % 100 === 0) await new Promise((resolve) => setImmediate(resolve));
      }
      return times;
    },
  };
}

const CALL = literals({
  ":method": "POST",
  ":scheme": "http",
  ":path": PATH,
  ":authority": "x",
  "content-type": "application/grpc",
  te: "trailers",
});

/** Asks as an honest caller does. */
async function honest(port: number): Promise<string> {
  const session = connectHttp2(`http://127.0.0.1:${port}`);
  ended.push(() => session.destroy());
  const stream = session.request({
    ":method": "POST",
    ":path": PATH,
    "content-type": "application/grpc",
    te: "trailers",
  });
  stream.end(Buffer.concat([Buffer.of(0), uint32(REQUEST.byteLength), REQUEST]));
  stream.resume();
  const trailers = await new Promise<Record<string, unknown>>((resolve, reject) => {
    stream.once("trailers", resolve).once("error", reject);
  });
  return String(trailers["grpc-status"]);
}

const clientStream = (i: number): number => 2 * i + 1;

describe("a hostile connection is closed, and honest callers are answered", () => {
  test.each<readonly [string, (i: number) => Buffer, number]>([
    [
      "calls that are taken back at once",
      (i) =>
        Buffer.concat([
          frame(FRAME.headers, FLAG.endHeaders, { stream: clientStream(i), payload: CALL }),
          frame(FRAME.rstStream, 0, { stream: clientStream(i), payload: uint32(8) }),
        ]),
      200_000,
    ],
    [
      "headers that never end",
      (i) =>
        i === 0
          ? frame(FRAME.headers, 0, { stream: 1, payload: CALL })
          : frame(FRAME.continuation, 0, { stream: 1, payload: literals({ [`x-${i}`]: "y".repeat(100) }) }),
      50_000,
    ],
    ["pings in numbers", () => frame(FRAME.ping, 0, { payload: Buffer.alloc(8) }), 2_000_000],
    ["settings in numbers", () => frame(FRAME.settings, 0, { payload: Buffer.of(0, 4, 0, 0, 0xff, 0xff) }), 2_000_000],
    ["a window beyond its limit", () => frame(FRAME.windowUpdate, 0, { payload: uint32(0x7fff_ffff) }), 10],
    [
      "data that is empty",
      (i) =>
        i === 0
          ? frame(FRAME.headers, FLAG.endHeaders, { stream: 1, payload: CALL })
          : frame(FRAME.data, 0, { stream: 1 }),
      200_000,
    ],
    ["frames beyond their limit", () => frame(FRAME.data, 0, { stream: 1, payload: Buffer.alloc(20_000) }), 10],
    [
      "numbers of streams that only servers use",
      () => frame(FRAME.headers, FLAG.endHeaders | FLAG.endStream, { stream: 2, payload: CALL }),
      10,
    ],
    ["nonsense", () => Buffer.alloc(1_000, 0xff), 1_000],
  ])("%s", async (_, piece, times) => {
    const { port } = await serve();
    const { flood, gone } = await intruder(port);
    expect(await flood(piece, times)).toBeLessThanOrEqual(times);
    await gone;
    expect(await honest(port)).toBe("0");
  });
});

test("a busy connection that gives up some hundred calls a second stays", async () => {
  const { port } = await serve();
  const { flood, gone, socket } = await intruder(port);
  const taken = (i: number) =>
    Buffer.concat([
      frame(FRAME.headers, FLAG.endHeaders, { stream: clientStream(i), payload: CALL }),
      frame(FRAME.rstStream, 0, { stream: clientStream(i), payload: uint32(8) }),
    ]);
  await flood(taken, 900);
  await new Promise((resolve) => setTimeout(resolve, 1_100));
  await flood((i) => taken(900 + i), 500);
  const answered = new Promise<string>((resolve) => {
    socket.on("data", (bytes: Buffer) => bytes.includes("are you?") && resolve("here"));
  });
  socket.write(frame(FRAME.ping, 0, { payload: Buffer.from("are you?") }));
  expect(await Promise.race([answered, gone.then(() => "gone")])).toBe("here");
});

test("a request that does not end is given up, whether or not its caller named a deadline", async () => {
  const served = servedMethods(mounts()).get(PATH);
  if (!served) throw new Error("GetOperation is not served");
  const reading = watchReading();
  const begun = Promise.withResolvers<void>();
  const server = new Http2Server({
    onStream(stream) {
      reading.begin(new GrpcCall(served, stream));
      begun.resolve();
    },
  });
  await new Promise<void>((resolve) => server.net.listen(0, "127.0.0.1", resolve));
  const session = connectHttp2(`http://127.0.0.1:${(server.net.address() as AddressInfo).port}`);
  ended.push(
    () => server.net.close(),
    () => session.destroy(),
    () => reading.close(),
  );
  const stream = session.request({ ":method": "POST", ":path": PATH, "content-type": "application/grpc" });
  stream.write(Buffer.of(0, 0, 0));
  let isTold = false;
  const told = new Promise((resolve) => stream.once("response", resolve)).finally(() => {
    isTold = true;
  });
  await begun.promise;
  const now = performance.now();
  reading.look(now + LIMITS.deadlineMsMax - 1_000);
  await new Promise((resolve) => setImmediate(resolve));
  expect(isTold).toBe(false);
  reading.look(now + LIMITS.deadlineMsMax);
  expect(await told).toMatchObject({ "grpc-status": "4" });
});

test("a handler of many messages ends at its caller's deadline, also if the caller reads none", async () => {
  let isOver = false;
  const handlers = operationHandlers({
    get: never,
    list: never,
    cancel: never,
    async *watch() {
      try {
        for (;;) yield { ...OPERATION, message: "x".repeat(10_000) };
      } finally {
        isOver = true;
      }
    },
  });
  const server = await serveGrpc({ mounts: [mount(OperationService, handlers)], host: "127.0.0.1", port: 0 });
  ended.push(() => server.stop(0));
  const session = connectHttp2(`http://127.0.0.1:${server.port}`, { settings: { initialWindowSize: 100 } });
  ended.push(() => session.destroy());
  const stream = session.request({
    ":method": "POST",
    ":path": `/${OperationService.typeName}/WatchOperation`,
    "content-type": "application/grpc",
    "grpc-timeout": "100m",
    te: "trailers",
  });
  stream.on("error", () => {}).end(Buffer.concat([Buffer.of(0), uint32(REQUEST.byteLength), REQUEST]));
  await expect.poll(() => isOver, { timeout: 60_000 }).toBe(true);
});

const OPERATION: OperationView = {
  name: NAME,
  kind: "Test",
  target: "",
  progress: 0,
  message: "",
  createdMs: 0,
  state: "running",
};
