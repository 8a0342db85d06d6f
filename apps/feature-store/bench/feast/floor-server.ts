/** What `floor.ts` starts: answers every request with the same bytes, over HTTP and gRPC, and does nothing else but read it. */
import { createServer } from "node:http";
import { createServer as createHttp2Server } from "node:http2";
import type { AddressInfo, Server } from "node:net";

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
  const server = createHttp2Server();
  server.on("connection", (it) => it.setNoDelay(true));
  server.on("stream", (stream) => {
    stream.on("error", () => {});
    stream.resume().on("end", () => {
      stream.respond({ ":status": 200, "content-type": "application/grpc+proto" }, { waitForTrailers: true });
      stream.once("wantTrailers", () => stream.sendTrailers({ "grpc-status": "0" }));
      stream.end(framed);
    });
  });
  return server;
}

const listening = (server: Server): Promise<number> =>
  new Promise((resolve) => server.listen(0, "127.0.0.1", () => resolve((server.address() as AddressInfo).port)));
