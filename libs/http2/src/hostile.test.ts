import { connect as connectHttp2 } from "node:http2";
import { connect, type Socket } from "node:net";
import fc from "fast-check";
import { expect, test } from "vitest";
import { frame } from "./by-hand.ts";
import { type Frame, FrameSplitter } from "./frame-splitter.ts";
import { Http2Server, type ServerStream } from "./index.ts";
import { FRAME, FRAME_HEAD_BYTES, PREFACE } from "./protocol.ts";
import { echo, endings, listening } from "./testing-server.ts";

const atEnd = endings();

const serve = async (): Promise<number> => (await open(echo)).port;

async function open(onStream: (stream: ServerStream) => void): Promise<{ server: Http2Server; port: number }> {
  const server = new Http2Server({ onStream });
  return { server, port: await listening(server, atEnd) };
}

/** Says something in the pieces given, and waits until it has arrived and was answered, or the line was cut. */
async function say(port: number, pieces: readonly Buffer[]): Promise<void> {
  const socket = connect({ port, host: "127.0.0.1", noDelay: true });
  const gone = new Promise<void>((resolve) => socket.once("close", () => resolve()));
  socket.on("error", () => {}).resume();
  await new Promise<void>((resolve) => socket.once("connect", resolve));
  for (const it of pieces) {
    if (it.byteLength > 0 && !socket.destroyed) socket.write(it);
    await new Promise((resolve) => setImmediate(resolve));
  }
  socket.end();
  await gone;
}

async function expectHonestCallersAreAnswered(port: number): Promise<void> {
  const client = connectHttp2(`http://127.0.0.1:${port}`);
  const stream = client.request({ ":method": "POST", ":path": "/" }, { endStream: false });
  stream.end("honest");
  expect(String(Buffer.concat(await Array.fromAsync(stream)))).toBe("honest");
  client.destroy();
}

/** POST / over http, as indexes of the static table, an authority, and a field of the caller's own. */
const HEADERS = Buffer.concat([
  Buffer.of(0x83, 0x86, 0x84, 0x41, 1),
  Buffer.from("x"),
  Buffer.of(0x40, 1, 0x61, 1, 0x62),
]);

/** A conversation that is in order. */
const HONEST = Buffer.concat([
  PREFACE,
  frame(FRAME.settings, 0, { stream: 0, payload: Buffer.of(0, 4, 0, 0, 0xff, 0xff) }),
  frame(FRAME.headers, 4, { stream: 1, payload: HEADERS }),
  frame(FRAME.data, 8, { stream: 1, payload: Buffer.of(2, 104, 105, 0, 0) }),
  frame(FRAME.windowUpdate, 0, { stream: 0, payload: Buffer.of(0, 0, 1, 0) }),
  frame(FRAME.headers, 0, { stream: 3, payload: HEADERS.subarray(0, 3) }),
  frame(FRAME.continuation, 4, { stream: 3, payload: HEADERS.subarray(3) }),
  frame(FRAME.ping, 0, { stream: 0, payload: Buffer.from("anybody?") }),
  frame(FRAME.data, 1, { stream: 1, payload: Buffer.from("and on") }),
  frame(FRAME.rstStream, 0, { stream: 3, payload: Buffer.of(0, 0, 0, 8) }),
  frame(FRAME.priority, 0, { stream: 5, payload: Buffer.alloc(5) }),
  frame(FRAME.goaway, 0, { stream: 0, payload: Buffer.alloc(8) }),
]);

/** The preface and settings of it. */
const BEGIN = HONEST.subarray(0, PREFACE.byteLength + FRAME_HEAD_BYTES + 6);

test("a conversation that ends anywhere, or comes in pieces, harms nobody", async () => {
  const port = await serve();
  const ends = Array.from({ length: HONEST.byteLength }, (_, i) => i);
  for (let i = 0; i < ends.length; i += 20)
    await Promise.all(ends.slice(i, i + 20).map((end) => say(port, [HONEST.subarray(0, end), HONEST.subarray(end)])));
  await Promise.all(ends.filter((it) => it % 3 === 0).map((end) => say(port, [HONEST.subarray(0, end)])));
  await say(
    port,
    Array.from(HONEST, (it) => Buffer.of(it)),
  );
  await expectHonestCallersAreAnswered(port);
}, 300_000);

test("a conversation with any bytes changed, added or taken out harms nobody", async () => {
  const port = await serve();
  const change = fc.record({
    at: fc.nat(HONEST.byteLength - 1),
    byte: fc.nat(255),
    kind: fc.constantFrom("set", "add", "drop"),
  });
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.array(change, { minLength: 1, maxLength: 6 }), { minLength: 10, maxLength: 20 }),
      async (mutants) => {
        await Promise.all(
          mutants.map((changes) => {
            const bytes = [...HONEST];
            for (const { at, byte, kind } of changes) {
              if (kind === "set") bytes[at] = byte;
              else bytes.splice(at, kind === "add" ? 0 : 1, ...(kind === "add" ? [byte] : []));
            }
            return say(port, [Buffer.from(bytes)]);
          }),
        );
      },
    ),
    { numRuns: 100 },
  );
  await expectHonestCallersAreAnswered(port);
}, 300_000);

test("frames of any kind, in any order, harm nobody", async () => {
  const port = await serve();
  const anyFrame = fc
    .record({ type: fc.nat(11), flags: fc.nat(63), stream: fc.nat(9), payload: fc.uint8Array({ maxLength: 40 }) })
    .map(({ type, flags, ...rest }) => frame(type, flags, rest));
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.array(anyFrame, { maxLength: 20 }), { minLength: 10, maxLength: 20 }),
      async (talks) => {
        await Promise.all(talks.map((frames) => say(port, [BEGIN, ...frames])));
      },
    ),
    { numRuns: 50 },
  );
  await expectHonestCallersAreAnswered(port);
}, 300_000);

test("who asks and asks, and reads no answer, is turned out", async () => {
  const long = [
    { name: ":status", value: "200" },
    { name: "long", value: "x".repeat(8_000) },
  ];
  const { server, port } = await open((stream) => stream.respond(long, true));
  let isGone = false;
  server.net.once("connection", (it: Socket) =>
    it.once("close", () => {
      isGone = true;
    }),
  );
  const socket = connect(port, "127.0.0.1");
  atEnd(() => socket.destroy());
  socket.on("error", () => {}).write(BEGIN);
  for (let asked = 0; asked < 20_000 && !isGone; asked++) {
    socket.write(frame(FRAME.headers, 5, { stream: 2 * asked + 1, payload: HEADERS }));
    if (asked % 50 === 0) await new Promise((resolve) => setImmediate(resolve));
  }
  await expect.poll(() => isGone, { timeout: 60_000 }).toBe(true);
}, 300_000);

test("a caller that is turned out while the server leaves hears of no later request than before", async () => {
  const { server, port } = await open(() => {});
  const socket = connect(port, "127.0.0.1");
  atEnd(() => socket.destroy());
  const heard: Frame[] = [];
  const splitter = new FrameSplitter((it) => void heard.push(it));
  socket.on("error", () => {}).on("data", (piece: Buffer) => splitter.add(piece));
  const last = () => heard.filter((it) => it.type === FRAME.goaway).map((it) => it.payload.readUInt32BE(0));
  socket.write(Buffer.concat([BEGIN, frame(FRAME.headers, 4, { stream: 1, payload: HEADERS })]));
  await expect.poll(() => heard.length, { timeout: 60_000 }).toBeGreaterThan(2);
  server.leave();
  await expect.poll(last, { timeout: 60_000 }).toEqual([2 ** 31 - 1, 1]);
  socket.write(frame(FRAME.headers, 4, { stream: 3, payload: HEADERS }));
  socket.write(frame(FRAME.ping, 0, { stream: 0, payload: Buffer.alloc(7) }));
  await expect.poll(last, { timeout: 60_000 }).toEqual([2 ** 31 - 1, 1, 1]);
}, 300_000);

test("a server that leaves does not cut off an answer that is read slowly", async () => {
  const streams: ServerStream[] = [];
  const lines: Socket[] = [];
  const { server, port } = await open((stream) => void streams.push(stream));
  server.net.once("connection", (it: Socket) => void lines.push(it));
  const wide = Buffer.of(0x3f, 0xff, 0xff, 0xff);
  const socket = connect(port, "127.0.0.1").on("error", () => {});
  atEnd(() => socket.destroy());
  socket.write(
    Buffer.concat([
      PREFACE,
      frame(FRAME.settings, 0, { stream: 0, payload: Buffer.concat([Buffer.of(0, 4), wide]) }),
      frame(FRAME.windowUpdate, 0, { stream: 0, payload: wide }),
      frame(FRAME.headers, 5, { stream: 1, payload: HEADERS }),
    ]),
  );
  await expect.poll(() => streams.length, { timeout: 60_000 }).toBe(1);
  const [stream, line] = [streams[0] as ServerStream, lines[0] as Socket];
  stream.respond([{ name: ":status", value: "200" }]);
  let written = 0;
  // Until the system takes no more, and some of it waits here.
  while (line.writableLength < 400_000) {
    stream.write(Buffer.alloc(100_000));
    written += 100_000;
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
  stream.end();
  server.leave();
  expect(stream.isClosed).toBe(true);
  await new Promise((resolve) => setTimeout(resolve, 3_000));
  let read = 0;
  const splitter = new FrameSplitter(({ type, payload }) => {
    if (type === FRAME.data) read += payload.byteLength;
  });
  socket.on("data", (piece: Buffer) => splitter.add(piece));
  await expect.poll(() => socket.closed, { timeout: 60_000 }).toBe(true);
  expect(read).toBe(written);
}, 300_000);
