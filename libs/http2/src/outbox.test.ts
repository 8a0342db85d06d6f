import { once } from "node:events";
import { connect as connectHttp2 } from "node:http2";
import type { Socket } from "node:net";
import { expect, test } from "vitest";
import { Http2Server } from "./index.ts";
import { endings, listening } from "./testing-server.ts";

const atEnd = endings();

/** Bytes that a server has written on its one connection right after `answer`, and once that turn of the event loop is over. */
async function writtenBy(answer: (done: () => void) => void): Promise<readonly [number, number]> {
  const seen = Promise.withResolvers<readonly [number, number]>();
  let socket: Socket | undefined;
  const server = new Http2Server({
    onStream(stream) {
      stream.taker = {
        data: (piece) => stream.consumed(piece.byteLength),
        end() {
          const before = socket?.bytesWritten ?? 0;
          const written = (): number => (socket?.bytesWritten ?? 0) - before;
          answer(() => {
            stream.respond([{ name: ":status", value: "200" }]);
            stream.end(Buffer.from("body"));
            process.nextTick(() => {
              const soon = written();
              setImmediate(() => seen.resolve([soon, written()]));
            });
          });
        },
        drained() {},
        closed() {},
      };
    },
  });
  server.net.on("connection", (it: Socket) => {
    socket = it;
  });
  const client = connectHttp2(`http://127.0.0.1:${await listening(server, atEnd)}`);
  atEnd(() => client.destroy());
  await once(client, "connect");
  // What the two say of themselves, such as the answer to our settings, has been read: the next read is the request's.
  await new Promise((resolve) => client.ping(resolve));
  client.request({ ":method": "POST", ":path": "/" }).end().resume();
  return seen.promise;
}

test("what is said while requests are read waits until all of them were read", async () => {
  const [soon, later] = await writtenBy((done) => done());
  expect(soon).toBe(0);
  expect(later).toBeGreaterThan(0);
});

test("what is said afterwards, as when a commit has ended, leaves at once", async () => {
  // The first end of a turn belongs to those who have read.
  const [soon] = await writtenBy((done) => void setImmediate(() => setImmediate(done)));
  expect(soon).toBeGreaterThan(0);
});
