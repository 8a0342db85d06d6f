/** What `floor.ts` starts: answers every request with the same bytes, over HTTP and gRPC, and does nothing else but read it. */
import { createServer } from "node:http";
import type { AddressInfo, Server } from "node:net";
import { Http2Server } from "@throughline/http2";

/** The bytes to answer with, in base64. */
interface Answers {
  readonly rest: string;
  readonly grpc: string;
}

process.once("message", async ({ rest, grpc }: Answers) => {
  const ports = { http: await listening(httpServer(Buffer.from(rest, "base64"))), grpc: 0 };
  ports.grpc = await listening(grpcServer(Buffer.from(grpc, "base64")));
  process.send?.(ports);
});

function httpServer(answer: Buffer): Server {
  const text = answer.toString("latin1");
  const head = { "content-type": "application/json", "content-length": answer.byteLength };
  return createServer((request, response) => {
    let body = "";
    request.on("data", (piece: Buffer) => {
      body += piece.toString("latin1");
    });
    request.on("end", () => {
      JSON.parse(body);
      response.writeHead(200, head).end(text, "latin1");
    });
  });
}

function grpcServer(answer: Buffer): Server {
  const framed = Buffer.concat([Buffer.alloc(5), answer]);
  framed.writeUInt32BE(answer.byteLength, 1);
  const head = [
    { name: ":status", value: "200" },
    { name: "content-type", value: "application/grpc+proto", isRemembered: true },
  ];
  const trailers = [{ name: "grpc-status", value: "0", isRemembered: true }];
  return new Http2Server({
    onStream(stream) {
      stream.taker = {
        data: (piece) => stream.consumed(piece.byteLength),
        end() {
          stream.respond(head);
          stream.end(framed, trailers);
        },
        drained() {},
        closed() {},
      };
    },
  }).net;
}

const listening = (server: Server): Promise<number> =>
  new Promise((resolve) => server.listen(0, "127.0.0.1", () => resolve((server.address() as AddressInfo).port)));
