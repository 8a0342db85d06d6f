import { connect, type Socket } from "node:net";
import { acknowledgeAtOnce } from "./quick-ack.ts";

/** Where a server is. */
export interface Target {
  readonly host: string;
  readonly port: number;
  /** Acknowledges every packet at once, so that a server that does not set TCP_NODELAY shows its own speed. Linux only. */
  readonly quickAck: boolean;
}

/** An answer, read whole. */
export interface Answer {
  readonly status: number;
  readonly body: Buffer;
}

/** One kept-alive connection over HTTP/1.1, one request at a time, with as little of its own as can be. */
export interface Connection {
  exchange(method: string, path: string, body?: string): Promise<Answer>;
  close(): void;
}

export async function openConnection(target: Target): Promise<Connection> {
  let socket: Socket | undefined;
  const fresh = async (): Promise<Socket> => {
    const opened = connect(target.port, target.host).setNoDelay(true);
    await new Promise<void>((resolve, reject) => opened.once("connect", resolve).once("error", reject));
    opened.removeAllListeners("error").on("error", () => {});
    return opened;
  };
  return {
    async exchange(method, path, body) {
      // A server may end a connection that has waited for long.
      if (socket === undefined || socket.destroyed || socket.readyState !== "open") socket = await fresh();
      const written = socket;
      const length =
        body === undefined ? "" : `content-type: application/json\r\ncontent-length: ${Buffer.byteLength(body)}\r\n`;
      written.write(`${method} ${path} HTTP/1.1\r\nhost: ${target.host}:${target.port}\r\n${length}\r\n${body ?? ""}`);
      const { answer, isLast } = await readAnswer(written, target.quickAck);
      if (isLast) written.destroy();
      return answer;
    },
    close: () => socket?.destroy(),
  };
}

interface Read {
  readonly answer: Answer;
  /** The server ends the connection after it. */
  readonly isLast: boolean;
}

function readAnswer(socket: Socket, quickAck: boolean): Promise<Read> {
  return new Promise((resolve, reject) => {
    const reader = answerReader();
    const settle = (read: Read | undefined): void => {
      socket.off("data", take).off("close", fail);
      if (read) resolve(read);
      else reject(new Error("the connection ended before the answer did"));
    };
    const take = (piece: Buffer): void => {
      const read = reader(piece);
      if (read) settle(read);
      // Only what is still missing may wait for it; else the next request brings the acknowledgement along.
      else if (quickAck) acknowledgeAtOnce(socket);
    };
    const fail = (): void => settle(undefined);
    socket.on("data", take).on("close", fail);
  });
}

/** Takes the pieces of an answer, and gives it back once it is whole. */
function answerReader(): (piece: Buffer) => Read | undefined {
  let pieces: Buffer[] = [];
  let size = 0;
  let head: Head | undefined;
  return (piece) => {
    pieces.push(piece);
    size += piece.byteLength;
    if (!head) {
      pieces = [Buffer.concat(pieces)];
      head = headOf(pieces[0] as Buffer);
      if (!head) return undefined;
    }
    const { status, isLast, bodyAt, length } = head;
    if (length === "chunked") {
      // The end is looked for only where it may be, since a chunk is joined with the others once.
      if (!piece.subarray(-5).equals(LAST_CHUNK) && size > 5 && !tailOf(pieces).equals(LAST_CHUNK)) return undefined;
      const body = unchunked(Buffer.concat(pieces).subarray(bodyAt));
      return body && { answer: { status, body }, isLast };
    }
    if (size < bodyAt + length) return undefined;
    return { answer: { status, body: Buffer.concat(pieces).subarray(bodyAt, bodyAt + length) }, isLast };
  };
}

const LAST_CHUNK = Buffer.from("0\r\n\r\n");

const tailOf = (pieces: readonly Buffer[]): Buffer => Buffer.concat(pieces.slice(-5)).subarray(-LAST_CHUNK.byteLength);

interface Head {
  readonly status: number;
  readonly isLast: boolean;
  readonly bodyAt: number;
  readonly length: number | "chunked";
}

function headOf(bytes: Buffer): Head | undefined {
  const end = bytes.indexOf("\r\n\r\n");
  if (end < 0) return undefined;
  const text = bytes.toString("latin1", 0, end).toLowerCase();
  const status = Number(text.slice(9, 12));
  const isChunked = /\r\ntransfer-encoding:.*chunked/.test(text);
  const length = status === 204 || status === 304 ? 0 : Number(/\r\ncontent-length: *(\d+)/.exec(text)?.[1] ?? 0);
  return {
    status,
    isLast: /\r\nconnection: *close/.test(text),
    bodyAt: end + 4,
    length: isChunked ? "chunked" : length,
  };
}

/** The chunks of a body joined; undefined if the last has not come. */
function unchunked(bytes: Buffer): Buffer | undefined {
  const chunks: Buffer[] = [];
  for (let at = 0; ; ) {
    const end = bytes.indexOf("\r\n", at);
    if (end < 0) return undefined;
    const size = Number.parseInt(bytes.toString("latin1", at, end), 16);
    if (size === 0) return Buffer.concat(chunks);
    chunks.push(bytes.subarray(end + 2, end + 2 + size));
    at = end + 2 + size + 2;
    if (at > bytes.byteLength) return undefined;
  }
}
