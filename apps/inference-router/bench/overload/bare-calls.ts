import { connect, type Socket } from "node:net";

/** How a call ended. A refusal is an answer without a message; `late` one that came after the deadline, or not at all. */
export type BareOutcome = "good" | "refused" | "late";

export interface BareOptions {
  readonly port: number;
  readonly connections: number;
  readonly path: string;
  /** The message with its head, as gRPC has it. */
  readonly body: Buffer;
  readonly deadlineMs: number;
}

/** Calls by frames that are made once: they cost a tenth of those of a client, which would be overloaded before the server is. */
export interface BareCalls {
  /** Sends what was due by then, and gives up what has waited for too long. Times are those of `performance.now()`. */
  look(dueAt: readonly number[]): void;
  /** Called with each call that has ended, and when it was due. */
  onEnd: (outcome: BareOutcome, dueAt: number) => void;
  close(): void;
}

/** Types of frames and flags, and what settings are called: RFC 9113, section 6. */
const [DATA, HEADERS, RST_STREAM, SETTINGS, PING, GOAWAY, WINDOW_UPDATE] = [0, 1, 3, 4, 6, 7, 8] as const;
const [END_STREAM, ACK, END_HEADERS] = [1, 1, 4] as const;
const [TABLE_SIZE, STREAMS_MAX, WINDOW_SIZE] = [1, 3, 4] as const;
const CANCEL = 8;
const HEAD_BYTES = 9;
const WINDOW_BYTES = 2 ** 30;

interface Line {
  readonly socket: Socket;
  /** What was due when, of the calls at work, by their streams. */
  readonly open: Map<number, number>;
  /** Times of calls that there was no stream for. */
  readonly waiting: number[];
  readonly withMessage: Set<number>;
  next: number;
  streamsMax: number;
  rest: Buffer;
}

export function bareCalls({ port, connections, path, body, deadlineMs }: BareOptions): BareCalls {
  const request = requestFrames(path, body, deadlineMs);
  let turn = 0;
  const end = (line: Line, stream: number, outcome: BareOutcome): void => {
    const dueAt = line.open.get(stream);
    if (dueAt === undefined) return;
    line.open.delete(stream);
    calls.onEnd(performance.now() - dueAt > deadlineMs ? "late" : outcome, dueAt);
  };
  const dial = (): Line => {
    const socket = connect(port, "127.0.0.1").setNoDelay(true);
    const line: Line = {
      socket,
      open: new Map(),
      waiting: [],
      withMessage: new Set(),
      next: 1,
      streamsMax: 100,
      rest: Buffer.alloc(0),
    };
    socket.write("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n");
    socket.write(frame(SETTINGS, 0, 0, Buffer.concat([setting(TABLE_SIZE, 0), setting(WINDOW_SIZE, WINDOW_BYTES)])));
    socket.write(frame(WINDOW_UPDATE, 0, 0, uint32(WINDOW_BYTES)));
    socket.on("data", (piece: Buffer) => {
      line.rest = read(line, line.rest.byteLength === 0 ? piece : Buffer.concat([line.rest, piece]), end);
    });
    // What the server has closed is replaced; its calls are lost.
    socket.on("error", () => {});
    socket.on("close", () => {
      for (const stream of [...line.open.keys()]) end(line, stream, "late");
      for (const dueAt of line.waiting.splice(0)) calls.onEnd("late", dueAt);
      if (!isClosed) lines[lines.indexOf(line)] = dial();
    });
    return line;
  };
  let isClosed = false;
  const lines: Line[] = [];
  for (let i = 0; i < connections; i++) lines.push(dial());
  const send = (line: Line, now: number): void => {
    const out: Buffer[] = [];
    for (const [stream, dueAt] of line.open) {
      if (now - dueAt <= deadlineMs) break;
      end(line, stream, "late");
      out.push(frame(RST_STREAM, 0, stream, uint32(CANCEL)));
    }
    let sent = 0;
    for (; sent < line.waiting.length && line.open.size < line.streamsMax; sent++) {
      const dueAt = line.waiting[sent] as number;
      if (now - dueAt > deadlineMs) calls.onEnd("late", dueAt);
      else {
        line.open.set(line.next, dueAt);
        out.push(request(line.next));
        line.next += 2;
      }
    }
    line.waiting.splice(0, sent);
    if (out.length > 0 && line.socket.writable) line.socket.write(Buffer.concat(out));
  };
  const calls: BareCalls = {
    onEnd: () => {},
    look(dueAt) {
      for (const it of dueAt) lines[turn++ % lines.length]?.waiting.push(it);
      const now = performance.now();
      for (const it of lines) send(it, now);
    },
    close() {
      isClosed = true;
      for (const it of lines) it.socket.destroy();
    },
  };
  return calls;
}

/** Reads whole frames, and gives back what is left. */
function read(line: Line, bytes: Buffer, end: (line: Line, stream: number, outcome: BareOutcome) => void): Buffer {
  let at = 0;
  for (; bytes.byteLength - at >= HEAD_BYTES; ) {
    const length = bytes.readUIntBE(at, 3);
    const payload = bytes.subarray(at + HEAD_BYTES, at + HEAD_BYTES + length);
    if (payload.byteLength < length) break;
    const [type, flags, stream] = [bytes[at + 3], bytes[at + 4] ?? 0, bytes.readUInt32BE(at + 5)];
    at += HEAD_BYTES + length;
    if (type === DATA) line.withMessage.add(stream);
    else if (type === HEADERS && flags & END_STREAM)
      end(line, stream, line.withMessage.delete(stream) ? "good" : "refused");
    else if (type === RST_STREAM) end(line, stream, "late");
    else if (type === PING && !(flags & ACK)) line.socket.write(frame(PING, ACK, 0, payload));
    else if (type === GOAWAY) line.socket.end();
    else if (type === SETTINGS && !(flags & ACK)) {
      for (let i = 0; i < length; i += 6)
        if (payload.readUInt16BE(i) === STREAMS_MAX) line.streamsMax = payload.readUInt32BE(i + 2);
      line.socket.write(frame(SETTINGS, ACK, 0));
    }
  }
  return Buffer.from(bytes.subarray(at));
}

/** Makes the frames of a call, which differ in the number of the stream alone. */
function requestFrames(path: string, body: Buffer, deadlineMs: number): (stream: number) => Buffer {
  const headers = Object.entries({
    ":method": "POST",
    ":scheme": "http",
    ":path": path,
    ":authority": "localhost",
    "content-type": "application/grpc",
    te: "trailers",
    "grpc-timeout": `${deadlineMs}m`,
  });
  const block = Buffer.concat(headers.map(([name, value]) => literal(name, value)));
  const model = Buffer.concat([frame(HEADERS, END_HEADERS, 0, block), frame(DATA, END_STREAM, 0, body)]);
  return (stream) => {
    const bytes = Buffer.from(model);
    bytes.writeUInt32BE(stream, 5);
    bytes.writeUInt32BE(stream, HEAD_BYTES + block.byteLength + 5);
    return bytes;
  };
}

/** A header as a literal that is not remembered, its name spelt out (RFC 7541, section 6.2.2), below 127 bytes. */
const literal = (name: string, value: string): Buffer =>
  Buffer.concat([Buffer.of(0, name.length), Buffer.from(name), Buffer.of(value.length), Buffer.from(value)]);

function frame(type: number, flags: number, stream: number, payload: Uint8Array = Buffer.alloc(0)): Buffer {
  const bytes = Buffer.alloc(HEAD_BYTES + payload.byteLength);
  bytes.writeUIntBE(payload.byteLength, 0, 3);
  bytes[3] = type;
  bytes[4] = flags;
  bytes.writeUInt32BE(stream, 5);
  bytes.set(payload, HEAD_BYTES);
  return bytes;
}

function setting(name: number, value: number): Buffer {
  const bytes = Buffer.alloc(6);
  bytes.writeUInt16BE(name);
  bytes.writeUInt32BE(value, 2);
  return bytes;
}

function uint32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value);
  return bytes;
}
