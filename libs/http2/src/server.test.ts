import { type ClientHttp2Session, type ClientHttp2Stream, connect as connectHttp2, constants } from "node:http2";
import { type AddressInfo, connect, type Socket } from "node:net";
import fc from "fast-check";
import { afterEach, describe, expect, test } from "vitest";
import { Http2Server, type ServerStream } from "./index.ts";
import { CONNECTION_LIMITS } from "./limits.ts";
import { PREFACE } from "./protocol.ts";

const ended: (() => unknown)[] = [];
afterEach(async () => {
  for (const end of ended.splice(0).reverse()) await end();
});

const WELL = [{ name: ":status", value: "200" }];
const TRAILERS = [{ name: "told", value: "all", isRemembered: true }];

/** Serves streams on a free port. */
async function serve(onStream: (stream: ServerStream) => void): Promise<{ server: Http2Server; port: number }> {
  const server = new Http2Server({ onStream });
  await new Promise<void>((resolve) => server.net.listen(0, "127.0.0.1", resolve));
  ended.push(() => {
    server.destroy();
    return new Promise((resolve) => server.net.close(resolve));
  });
  return { server, port: (server.net.address() as AddressInfo).port };
}

/** The client of Node, which is nghttp2. */
function session(port: number, initialWindowSize = 65_535): ClientHttp2Session {
  const client = connectHttp2(`http://127.0.0.1:${port}`, {
    settings: { initialWindowSize },
    maxSendHeaderBlockLength: 2 ** 20,
  });
  client.on("error", () => {});
  ended.push(() => client.destroy());
  return client;
}

const ask = (client: ClientHttp2Session): ClientHttp2Stream => {
  const stream = client.request({ ":method": "POST", ":path": "/" }, { endStream: false });
  return stream.on("error", () => {});
};

const whole = async (stream: ClientHttp2Stream): Promise<Buffer> => Buffer.concat(await Array.fromAsync(stream));

/** Sends every piece of a request back as it comes, and reads on when that has gone. */
function echo(stream: ServerStream): void {
  let unread: Buffer[] = [];
  stream.respond(WELL);
  stream.taker = {
    data(piece) {
      if (stream.write(piece)) stream.consumed(piece.byteLength);
      else unread.push(piece);
    },
    end: () => stream.end(undefined, TRAILERS),
    drained() {
      for (const it of unread.splice(0)) stream.consumed(it.byteLength);
    },
    closed() {
      unread = [];
    },
  };
}

describe("bodies", () => {
  test("of any size go both ways, many at a time, however wide the windows are", async () => {
    const { port } = await serve(echo);
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.oneof(fc.nat(300), fc.nat(70_000), fc.nat(3_000_000)), { minLength: 1, maxLength: 20 }),
        fc.constantFrom(1, 1_000, 65_535, 2 ** 24),
        async (sizes, window) => {
          const client = session(port, Math.max(window, Math.ceil(Math.max(...sizes) / 2_000)));
          await Promise.all(
            sizes.map(async (size, i) => {
              const body = Buffer.alloc(size, `${i} of ${size} `);
              const stream = ask(client);
              const trailers = new Promise<unknown>((resolve) => stream.once("trailers", resolve));
              stream.end(body);
              expect((await whole(stream)).equals(body)).toBe(true);
              expect(await trailers).toMatchObject({ told: "all" });
            }),
          );
          client.close();
        },
      ),
      { numRuns: 25 },
    );
  });

  test("that nobody deals with stop at the window, and go on when they are", async () => {
    let came = 0;
    const streams: ServerStream[] = [];
    const { port } = await serve((stream) => {
      streams.push(stream);
      stream.taker = {
        data(piece) {
          came += piece.byteLength;
        },
        end: () => stream.respond(WELL, true),
        drained() {},
        closed() {},
      };
    });
    const stream = ask(session(port));
    const answered = new Promise((resolve) => stream.once("response", resolve));
    stream.end(Buffer.alloc(CONNECTION_LIMITS.streamWindowBytes + 1));
    await expect.poll(() => came, POLL).toBe(CONNECTION_LIMITS.streamWindowBytes);
    streams[0]?.consumed(came);
    await answered;
    expect(came).toBe(CONNECTION_LIMITS.streamWindowBytes + 1);
  });

  test("that are not read ask whoever writes them to wait", async () => {
    const refusals: boolean[] = [];
    const { port } = await serve((stream) => {
      stream.respond(WELL);
      const write = () => {
        while (refusals.length < 3 && stream.write(Buffer.alloc(10_000)));
        refusals.push(true);
        if (refusals.length === 3) stream.end();
      };
      stream.taker = { data() {}, end: write, drained: write, closed() {} };
    });
    const stream = ask(session(port));
    stream.end();
    await expect.poll(() => refusals.length, POLL).toBe(1);
    expect((await whole(stream)).byteLength).toBeGreaterThan(2 * 65_535);
    expect(refusals.length).toBe(3);
  });
});

describe("long bodies", () => {
  test("take turns with short ones where the connection's window is small", async () => {
    const { port } = await serve((stream) => {
      stream.respond(WELL);
      stream.end(Buffer.alloc(stream.headers["name"] === "long" ? 8_000_000 : 20_000));
    });
    const client = session(port, 2 ** 30);
    await new Promise((resolve) => client.once("remoteSettings", resolve));
    const ended: string[] = [];
    await Promise.all(
      ["long", "short"].map(async (name) => {
        await whole(client.request({ ":method": "POST", ":path": "/", name }));
        ended.push(name);
      }),
    );
    expect(ended).toEqual(["short", "long"]);
  });

  test("do not look unread to a caller that takes frames of any size, and pings", async () => {
    const { port } = await serve((stream) => {
      stream.respond(WELL);
      stream.end(Buffer.alloc(2 ** 24));
    });
    const client = connectHttp2(`http://127.0.0.1:${port}`, {
      settings: { initialWindowSize: 2 ** 30, maxFrameSize: 2 ** 24 - 1 },
    });
    ended.push(() => client.destroy());
    await new Promise((resolve) => client.once("remoteSettings", resolve));
    client.setLocalWindowSize(2 ** 30);
    const stream = ask(client);
    stream.once("response", () => client.ping(() => {})).end();
    expect((await whole(stream)).byteLength).toBe(2 ** 24);
  });
});

const POLL = { timeout: 60_000 };

describe("a stream that is over", () => {
  test("says so to its taker once, and takes nothing more", async () => {
    const told: string[] = [];
    const streams: ServerStream[] = [];
    const { port } = await serve((stream) => {
      streams.push(stream);
      stream.taker = { data() {}, end() {}, drained() {}, closed: () => void told.push("closed") };
    });
    const stream = ask(session(port));
    await expect.poll(() => streams.length, POLL).toBe(1);
    stream.close(constants.NGHTTP2_CANCEL);
    await expect.poll(() => told, POLL).toEqual(["closed"]);
    const [it] = streams;
    it?.respond(WELL);
    expect(it?.write(Buffer.alloc(1))).toBe(true);
    it?.end();
    it?.reset(8);
    expect(it?.isAnswered).toBe(false);
    expect(told).toEqual(["closed"]);
  });

  test("lets the others go on where it waited for the connection's window", async () => {
    const { port } = await serve((stream) => {
      stream.respond(WELL);
      stream.write(Buffer.alloc(200_000));
    });
    const client = session(port, 2 ** 30);
    const closed = await Promise.all(
      Array.from({ length: 100 }, async () => {
        const stream = ask(client);
        await new Promise((resolve) => stream.once("response", resolve));
        stream.close(constants.NGHTTP2_CANCEL);
        await new Promise((resolve) => stream.once("close", resolve));
        return stream.rstCode;
      }),
    );
    expect(new Set(closed)).toEqual(new Set([constants.NGHTTP2_CANCEL]));
    const last = ask(client);
    last.end();
    await new Promise((resolve) => last.once("response", resolve));
  });

  test("is answered early, and its caller asked to stop", async () => {
    const { port } = await serve((stream) => stream.respond(WELL, true));
    const stream = ask(session(port));
    const status = new Promise<unknown>((resolve) => stream.once("response", (it) => resolve(it[":status"])));
    stream.write(Buffer.alloc(100_000));
    expect(await status).toBe(200);
    await expect.poll(() => stream.closed, POLL).toBe(true);
    expect(stream.rstCode).toBe(constants.NGHTTP2_NO_ERROR);
  });
});

test("headers that are too many are refused by themselves", async () => {
  const { port } = await serve(echo);
  const client = session(port);
  await new Promise((resolve) => client.once("remoteSettings", resolve));
  const other = ask(client);
  const large = client.request({ ":method": "POST", ":path": "/", ...many("x".repeat(1_000), 100) });
  const status = new Promise<unknown>((resolve) =>
    large.on("error", () => {}).once("response", (it) => resolve(it[":status"])),
  );
  expect(await status).toBe(431);
  other.end("here");
  expect(String(await whole(other))).toBe("here");
});

const many = (value: string, count: number): Record<string, string> =>
  Object.fromEntries(Array.from({ length: count }, (_, i) => [`field-${i}`, value]));

describe("a server that leaves", () => {
  test("answers what has begun, takes nothing more, and closes", async () => {
    const streams: ServerStream[] = [];
    const { server, port } = await serve((stream) => streams.push(stream));
    const client = session(port);
    const stream = ask(client);
    stream.end();
    await expect.poll(() => streams.length, POLL).toBe(1);
    const left = new Promise((resolve) => client.once("goaway", resolve));
    server.leave();
    await left;
    streams[0]?.respond(WELL, true);
    expect(await whole(stream)).toEqual(Buffer.alloc(0));
    await expect.poll(() => client.destroyed, POLL).toBe(true);
  });
});

describe("a look at the connections", () => {
  const [BEGIN_MS, PONG_MS, PING_MS, IDLE_MS, STALLED_MS] = [20_000, 20_000, 60_000, 300_000, 300_000];

  /** One who says something and then nothing more, not even that it has heard a ping. */
  async function silent(port: number, words: Buffer): Promise<{ isGone: () => boolean }> {
    const socket: Socket = connect(port, "127.0.0.1");
    socket.on("error", () => {}).resume();
    ended.push(() => socket.destroy());
    await new Promise<void>((resolve) => socket.once("connect", resolve));
    socket.write(words);
    return { isGone: () => socket.destroyed || socket.readableEnded };
  }

  test("ends those that do not begin", async () => {
    const { server, port } = await serve(echo);
    const { isGone } = await silent(port, PREFACE.subarray(0, 10));
    await settled();
    server.look(performance.now() + BEGIN_MS - 5_000);
    await settled();
    expect(isGone()).toBe(false);
    server.look(performance.now() + BEGIN_MS);
    await expect.poll(isGone, POLL).toBe(true);
  });

  test("ends those that do not answer a ping, and keeps those that do", async () => {
    const { server, port } = await serve(echo);
    const begun = Buffer.concat([PREFACE, Buffer.of(0, 0, 0, 4, 0, 0, 0, 0, 0)]);
    const { isGone } = await silent(port, begun);
    const client = session(port);
    const stream = ask(client);
    await new Promise((resolve) => stream.once("response", resolve));
    await settled();
    const pinged = new Promise((resolve) => client.once("ping", resolve));
    server.look(performance.now() + PING_MS);
    await pinged;
    await settled();
    server.look(performance.now() + PONG_MS);
    await expect.poll(isGone, POLL).toBe(true);
    stream.end("still here");
    expect(String(await whole(stream))).toBe("still here");
  });

  test("gives up answers that nobody reads, and no others", async () => {
    const closed: string[] = [];
    const { server, port } = await serve((stream) => {
      const name = String(stream.headers["name"]);
      stream.taker = { data() {}, end() {}, drained() {}, closed: () => void closed.push(name) };
      stream.respond(WELL);
      stream.write(Buffer.alloc(name === "long" ? 100_000 : 100));
    });
    const client = session(port);
    const [long, short] = ["long", "short"].map((name) => client.request({ ":method": "POST", ":path": "/", name }));
    // The client asks for no more than its window, since nobody reads.
    await Promise.all(
      [long, short].map((it) => new Promise((resolve) => it?.on("error", () => {}).once("response", resolve))),
    );
    server.look(performance.now() + STALLED_MS - 60_000);
    await settled();
    expect(closed).toEqual([]);
    server.look(performance.now() + STALLED_MS);
    await expect.poll(() => closed, POLL).toContain("long");
    expect(closed).toEqual(["long"]);
    expect(short?.destroyed).toBe(false);
  });

  test("closes those that nobody uses", async () => {
    const { server, port } = await serve(echo);
    const client = session(port);
    const stream = ask(client);
    stream.end();
    await whole(stream);
    server.look(performance.now() + IDLE_MS);
    await expect.poll(() => client.destroyed, POLL).toBe(true);
  });

  /** Lets what was written come to the other side, here in the same process. */
  const settled = async (): Promise<void> => {
    for (let i = 0; i < 20; i++) await new Promise((resolve) => setTimeout(resolve, 5));
  };
});
