import { connect, type Socket } from "node:net";
import {
  callFrames,
  ERROR,
  FLAG,
  FRAME,
  type Frame,
  FrameSplitter,
  frame,
  PREFACE,
  SETTING,
  settings,
  uint32,
  windowUpdate,
} from "@throughline/http2/by-hand";

/** How a call ended. A refusal is an answer without a message; `late` one that came after the deadline, or not at all; `unsent` had no connection to go by. */
export type BareOutcome = "good" | "refused" | "late" | "unsent";

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
  /** Called with each refusal that is looked at: whether it says when to come again. */
  onRefusal: (says: boolean) => void;
  close(): void;
}

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
}

export function bareCalls({ port, connections, path, body, deadlineMs }: BareOptions): BareCalls {
  const request = callFrames({ path, body, more: { "grpc-timeout": `${deadlineMs}m` } });
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
    };
    socket.write(PREFACE);
    socket.write(settings({ [SETTING.headerTableSize]: 0, [SETTING.initialWindowSize]: WINDOW_BYTES }));
    socket.write(windowUpdate(WINDOW_BYTES));
    const splitter = new FrameSplitter((it) => read(line, it, end));
    socket.on("data", (piece: Buffer) => splitter.add(piece));
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
      out.push(frame(FRAME.rstStream, 0, { stream, payload: uint32(ERROR.cancel) }));
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
    onRefusal: () => {},
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

/** Reads one frame. */
function read(
  line: Line,
  { type, flags, stream, payload }: Frame,
  end: (line: Line, stream: number, outcome: BareOutcome) => void,
): void {
  if (type === FRAME.data) line.withMessage.add(stream);
  else if (type === FRAME.headers && flags & FLAG.endStream)
    end(line, stream, line.withMessage.delete(stream) ? "good" : "refused");
  else if (type === FRAME.rstStream) end(line, stream, "late");
  else if (type === FRAME.ping && !(flags & FLAG.ack)) line.socket.write(frame(FRAME.ping, FLAG.ack, { payload }));
  else if (type === FRAME.goaway) line.socket.end();
  else if (type === FRAME.settings && !(flags & FLAG.ack)) {
    for (let i = 0; i < payload.byteLength; i += 6)
      if (payload.readUInt16BE(i) === SETTING.maxConcurrentStreams) line.streamsMax = payload.readUInt32BE(i + 2);
    line.socket.write(frame(FRAME.settings, FLAG.ack));
  }
}
