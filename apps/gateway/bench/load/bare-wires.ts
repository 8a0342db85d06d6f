import {
  callFrames,
  FLAG,
  FRAME,
  type Frame,
  FrameSplitter,
  frame,
  PREFACE,
  SETTING,
  settings,
  windowUpdate,
} from "@throughline/http2/by-hand";
import type { Wire } from "./bare-callers.ts";
import { framed } from "./grpc-call.ts";

/** A number that stands where those of calls are written: nine digits, or five bytes, as theirs. */
export const PLACE = 987_654_321;

/** POST of JSON over HTTP/1.1 to a host with its port; `body` has PLACE where the number goes. */
export function restWire(host: string, path: string, body: string): Wire {
  const head = `POST ${path} HTTP/1.1\r\nhost: ${host}\r\ncontent-type: application/json\r\ncontent-length: ${body.length}\r\n\r\n`;
  const model = Buffer.from(head + body, "latin1");
  const at = model.indexOf(String(PLACE));
  let answered = 0;
  return {
    greeting: NOTHING,
    request(_, number) {
      const bytes = Buffer.from(model);
      bytes.write(String(number), at, "latin1");
      return bytes;
    },
    read(bytes, ended) {
      let rest = bytes;
      for (;;) {
        const end = rest.indexOf("\r\n\r\n");
        if (end < 0) return rest;
        const text = rest.toString("latin1", 0, end);
        if (!text.startsWith("HTTP/1.1 200")) throw new Error(`the answer was ${text.split("\r\n")[0]}`);
        const length = Number(/content-length: (\d+)/i.exec(text)?.[1] ?? Number.NaN);
        if (Number.isNaN(length)) throw new Error("the answer does not say how long it is");
        if (rest.byteLength < end + 4 + length) return rest;
        rest = rest.subarray(end + 4 + length);
        ended(answered++);
      }
    },
  };
}

const WINDOW_BYTES = 2 ** 30;
const NOTHING = Buffer.alloc(0);

/** Gives the next message to send, with its length before it; `number` is that of the call. */
export type Messages = (number: number) => Uint8Array;

/** One message again and again, with the number of the call where it has PLACE. */
export function numbered(message: Uint8Array): Messages {
  const model = framed(message);
  const at = model.indexOf(varint(PLACE));
  return (number) => {
    const bytes = Buffer.from(model);
    bytes.set(varint(number), at);
    return bytes;
  };
}

/** Some messages, one after the other, and then from the first on. */
export function inTurn(messages: readonly Uint8Array[]): Messages {
  const all = messages.map(framed);
  let next = 0;
  return () => all[next++ % all.length] as Uint8Array;
}

/** Unary calls over gRPC. */
export function grpcWire(path: string, messages: Messages): Wire {
  const request = callFrames({ path, body: NOTHING });
  const withMessage = new Set<number>();
  let readBytes = 0;
  let [ended, say]: [(call: number) => void, (bytes: Buffer) => void] = [() => {}, () => {}];
  const splitter = new FrameSplitter(({ type, flags, stream, payload }: Frame) => {
    if (type === FRAME.data) {
      withMessage.add(stream);
      readBytes += payload.byteLength;
    }
    // An answer without a message is a failure.
    else if (type === FRAME.headers && flags & FLAG.endStream && withMessage.delete(stream)) ended((stream - 1) / 2);
    else if (type === FRAME.headers && flags & FLAG.endStream) throw new Error("a call over gRPC failed");
    else if (type === FRAME.rstStream || type === FRAME.goaway) throw new Error("the server ended a call over gRPC");
    else if (type === FRAME.ping && !(flags & FLAG.ack)) say(frame(FRAME.ping, FLAG.ack, { payload }));
    else if (type === FRAME.settings && !(flags & FLAG.ack)) say(frame(FRAME.settings, FLAG.ack));
  });
  return {
    // No table of headers on our side, and more room than answers take.
    greeting: Buffer.concat([
      PREFACE,
      settings({ [SETTING.headerTableSize]: 0, [SETTING.initialWindowSize]: WINDOW_BYTES }),
      windowUpdate(WINDOW_BYTES),
    ]),
    request: (call, number) => request(2 * call + 1, messages(number)),
    read(bytes, onEnded, onSay) {
      [ended, say] = [onEnded, onSay];
      splitter.add(bytes);
      if (readBytes > WINDOW_BYTES / 2) {
        say(windowUpdate(readBytes));
        readBytes = 0;
      }
      return NOTHING;
    },
  };
}

/** Five bytes, as numbers from 2^28 on have. */
const varint = (number: number): Buffer =>
  Buffer.from([0, 7, 14, 21, 28].map((shift) => (Math.floor(number / 2 ** shift) & 0x7f) | (shift < 28 ? 0x80 : 0)));
