import { connect, type Socket } from "node:net";
import type { BareCalls, BareOptions, BareOutcome } from "./bare-calls.ts";

interface Line {
  readonly socket: Socket;
  /** When what is at work was due; undefined: nothing is. */
  dueAt: number | undefined;
  text: string;
}

const HEAD_END = "\r\n\r\n";
const STATUS_AT = "HTTP/1.1 ".length;
/** By the status; all others are refusals. */
const OUTCOMES: Readonly<Record<string, BareOutcome>> = { "200": "good", "504": "late" };

/**
 * The same over REST: each connection has one request at a time, whose bytes are made once. What is due while all are at work is not
 * sent, as with a pool of connections that waits for none: it would spend its time waiting here. Who has waited for too long goes away, as clients do: the connection is closed, and another one opened.
 */
export function bareRestCalls({ port, connections, path, body, deadlineMs }: BareOptions): BareCalls {
  const head = [
    `POST ${path} HTTP/1.1`,
    `host: 127.0.0.1:${port}`,
    "content-type: application/json",
    `content-length: ${body.byteLength}`,
    `grpc-timeout: ${deadlineMs}m`,
  ];
  const request = Buffer.concat([Buffer.from(head.join("\r\n") + HEAD_END), body]);
  const free: Line[] = [];
  const busy = new Set<Line>();
  let isClosed = false;
  const dial = (): void => {
    const line: Line = { socket: connect(port, "127.0.0.1").setNoDelay(true), dueAt: undefined, text: "" };
    line.socket.setEncoding("latin1").on("data", (piece: string) => read(line, piece));
    line.socket.on("error", () => {});
    line.socket.once("connect", () => void free.push(line));
    line.socket.once("close", () => {
      const at = free.indexOf(line);
      if (at >= 0) free.splice(at, 1);
      end(line, "late");
      if (!isClosed) dial();
    });
  };
  const end = (line: Line, outcome: BareOutcome): void => {
    const { dueAt } = line;
    if (dueAt === undefined) return;
    line.dueAt = undefined;
    busy.delete(line);
    calls.onEnd(outcome === "good" && performance.now() - dueAt > deadlineMs ? "late" : outcome, dueAt);
  };
  const read = (line: Line, piece: string): void => {
    // What comes unasked is that the connection was idle for too long, before it is closed.
    if (line.dueAt === undefined) return;
    line.text = line.text === "" ? piece : line.text + piece;
    const at = line.text.indexOf(HEAD_END);
    if (at < 0) return;
    const length = Number(/^content-length: (\d+)/im.exec(line.text)?.[1] ?? 0);
    if (line.text.length < at + HEAD_END.length + length) return;
    const outcome = OUTCOMES[line.text.slice(STATUS_AT, STATUS_AT + 3)] ?? "refused";
    if (outcome === "refused") calls.onRefusal(/^retry-after: \d/im.test(line.text.slice(0, at + 2)));
    line.text = "";
    end(line, outcome);
    free.push(line);
  };
  const calls: BareCalls = {
    onEnd: () => {},
    onRefusal: () => {},
    look(dueAt) {
      const now = performance.now();
      for (const it of busy) if (now - (it.dueAt ?? now) > deadlineMs) it.socket.destroy();
      for (const due of dueAt) {
        const line = free.pop();
        if (line === undefined) calls.onEnd("unsent", due);
        else {
          line.dueAt = due;
          busy.add(line);
          line.socket.write(request);
        }
      }
    },
    close() {
      isClosed = true;
      for (const it of [...free, ...busy]) it.socket.destroy();
    },
  };
  for (let i = 0; i < connections; i++) dial();
  return calls;
}

/** A request of one row. */
export const restBody = (row: readonly number[]): Buffer =>
  Buffer.from(JSON.stringify({ inputs: [{ name: "input", shape: [1, row.length], datatype: "FP32", data: row }] }));
