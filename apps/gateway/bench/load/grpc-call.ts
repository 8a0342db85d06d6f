import { once } from "node:events";
import { type ClientHttp2Session, type ClientHttp2Stream, connect } from "node:http2";

/** One connection over gRPC, with as little of its own as can be. */
export interface GrpcConnection {
  /** Sends one message to a method, such as `/package.Service/Method`, and gives back the answer. Fails unless its status is 0. */
  call(path: string, message: Uint8Array): Promise<Buffer>;
  close(): void;
}

export async function openGrpc(port: number): Promise<GrpcConnection> {
  const session = connect(`http://127.0.0.1:${port}`);
  await once(session, "connect");
  return {
    call: (path, message) => answered(openCall(session, path).end(framed(message))),
    close: () => session.close(),
  };
}

function answered(stream: ClientHttp2Stream): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const pieces: Buffer[] = [];
    stream
      .on("data", (piece: Buffer) => void pieces.push(piece))
      .once("error", reject)
      .once("end", () => resolve(Buffer.concat(pieces).subarray(HEAD_BYTES)));
  });
}

/** Begins a call. The stream fails if the call ends with another status than 0. */
export function openCall(session: ClientHttp2Session, path: string): ClientHttp2Stream {
  const stream = session.request({
    ":method": "POST",
    ":path": path,
    "content-type": "application/grpc",
    te: "trailers",
  });
  const check = (headers: Readonly<Record<string, unknown>>): void => {
    const status = headers["grpc-status"];
    if (status !== undefined && status !== "0")
      stream.destroy(new Error(`status ${status}: ${headers["grpc-message"]}`));
  };
  return stream.on("response", check).on("trailers", check);
}

/** A flag and the length stand before each message. */
export const HEAD_BYTES = 5;

export function framed(message: Uint8Array): Buffer {
  const head = Buffer.alloc(HEAD_BYTES);
  head.writeUInt32BE(message.byteLength, 1);
  return Buffer.concat([head, message]);
}
