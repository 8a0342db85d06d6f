import { connect, createServer, type ServerHttp2Stream } from "node:http2";
import type { AddressInfo } from "node:net";
import { expect, test } from "vitest";
import { ownStream, sendTrailersOfOwner, takeRequest } from "./grpc-stream.ts";

test("a stream tells its owner and the taker of its request what happens, and holds neither once it has closed", async () => {
  const server = createServer();
  const told: string[] = [];
  const { promise: closed, resolve } = Promise.withResolvers<ServerHttp2Stream>();
  server.on("stream", (stream: ServerHttp2Stream) => {
    const owner = { trailers: { "grpc-status": "0" }, closed: () => resolve(stream) };
    const taker = {
      add: (piece: Buffer) => void told.push(piece.toString()),
      end() {
        told.push("end");
        stream.respond({ ":status": 200 }, { waitForTrailers: true });
        sendTrailersOfOwner(stream);
        stream.end("answer");
      },
    };
    ownStream(stream, owner);
    takeRequest(stream, taker);
    expect(heldBy(stream)).toEqual([owner, taker]);
  });
  await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
  const session = connect(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
  const call = session.request({ ":method": "POST" });
  call.on("trailers", (it) => void told.push(`trailers ${it["grpc-status"]}`));
  call.resume().end("request");
  const stream = await closed;
  await new Promise<void>((done) => session.close(done));
  await new Promise<void>((done) => server.close(() => done()));
  expect(told).toEqual(["request", "end", "trailers 0"]);
  expect(heldBy(stream)).toEqual([undefined, undefined]);
});

const heldBy = (stream: ServerHttp2Stream): readonly unknown[] =>
  ["owner", "taker"].map((name) => {
    const key = Object.getOwnPropertySymbols(stream).find((it) => it.description === name);
    return key && (stream as unknown as Readonly<Record<symbol, unknown>>)[key];
  });
