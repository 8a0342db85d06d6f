import { connect as connectHttp2 } from "node:http2";
import { type AddressInfo, connect } from "node:net";
import fc from "fast-check";
import { afterEach, expect, test } from "vitest";
import { Http2Server } from "./index.ts";
import { FRAME, FRAME_HEAD_BYTES, PREFACE } from "./protocol.ts";

const ended: (() => unknown)[] = [];
afterEach(async () => {
  for (const end of ended.splice(0).reverse()) await end();
});

async function serve(): Promise<number> {
  const server = new Http2Server({
    onStream(stream) {
      stream.respond([{ name: ":status", value: "200" }]);
      stream.taker = {
        data(piece) {
          stream.write(piece);
          stream.consumed(piece.byteLength);
        },
        end: () => stream.end(),
        drained() {},
        closed() {},
      };
    },
  });
  await new Promise<void>((resolve) => server.net.listen(0, "127.0.0.1", resolve));
  ended.push(() => {
    server.destroy();
    return new Promise((resolve) => server.net.close(resolve));
  });
  return (server.net.address() as AddressInfo).port;
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

function frame(type: number, flags: number, { stream, payload }: { stream: number; payload: Uint8Array }): Buffer {
  const head = Buffer.alloc(FRAME_HEAD_BYTES);
  head.writeUIntBE(payload.byteLength, 0, 3);
  head[3] = type;
  head[4] = flags;
  head.writeUInt32BE(stream, 5);
  return Buffer.concat([head, payload]);
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
  const begin = HONEST.subarray(0, PREFACE.byteLength + FRAME_HEAD_BYTES + 6);
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.array(anyFrame, { maxLength: 20 }), { minLength: 10, maxLength: 20 }),
      async (talks) => {
        await Promise.all(talks.map((frames) => say(port, [begin, ...frames])));
      },
    ),
    { numRuns: 50 },
  );
  await expectHonestCallersAreAnswered(port);
}, 300_000);
