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
    greeting: Buffer.alloc(0),
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

/** Types of frames and flags: RFC 9113, section 6. */
const [DATA, HEADERS, RST_STREAM, SETTINGS, PING, GOAWAY, WINDOW_UPDATE] = [0, 1, 3, 4, 6, 7, 8] as const;
const [END_STREAM, ACK, END_HEADERS] = [1, 1, 4] as const;
const HEAD_BYTES = 9;
const WINDOW_BYTES = 2 ** 30;

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
  const block = Buffer.concat(
    Object.entries({
      ":method": "POST",
      ":scheme": "http",
      ":path": path,
      ":authority": "localhost",
      "content-type": "application/grpc",
      te: "trailers",
    }).map(([name, value]) => literal(name, value)),
  );
  const headers = frame(HEADERS, END_HEADERS, block);
  const withMessage = new Set<number>();
  let readBytes = 0;
  return {
    // No table of headers on our side, and more room than answers take.
    greeting: Buffer.concat([
      Buffer.from("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"),
      frame(SETTINGS, 0, Buffer.concat([Buffer.of(0, 1, 0, 0, 0, 0), Buffer.of(0, 4), uint32(WINDOW_BYTES)])),
      frame(WINDOW_UPDATE, 0, uint32(WINDOW_BYTES)),
    ]),
    request(call, number) {
      const body = messages(number);
      const bytes = Buffer.concat([headers, frame(DATA, END_STREAM, body)]);
      bytes.writeUInt32BE(2 * call + 1, 5);
      bytes.writeUInt32BE(2 * call + 1, headers.byteLength + 5);
      return bytes;
    },
    read(bytes, ended, say) {
      let at = 0;
      while (bytes.byteLength - at >= HEAD_BYTES) {
        const length = bytes.readUIntBE(at, 3);
        if (bytes.byteLength - at < HEAD_BYTES + length) break;
        const [type, flags, stream] = [bytes[at + 3], bytes[at + 4] ?? 0, bytes.readUInt32BE(at + 5)];
        const payload = bytes.subarray(at + HEAD_BYTES, at + HEAD_BYTES + length);
        at += HEAD_BYTES + length;
        if (type === DATA) {
          withMessage.add(stream);
          readBytes += length;
        }
        // An answer without a message is a failure.
        else if (type === HEADERS && flags & END_STREAM && withMessage.delete(stream)) ended((stream - 1) / 2);
        else if (type === HEADERS && flags & END_STREAM) throw new Error("a call over gRPC failed");
        else if (type === RST_STREAM || type === GOAWAY) throw new Error("the server ended a call over gRPC");
        else if (type === PING && !(flags & ACK)) say(frame(PING, ACK, payload));
        else if (type === SETTINGS && !(flags & ACK)) say(frame(SETTINGS, ACK));
      }
      if (readBytes > WINDOW_BYTES / 2) {
        say(frame(WINDOW_UPDATE, 0, uint32(readBytes)));
        readBytes = 0;
      }
      return Buffer.from(bytes.subarray(at));
    },
  };
}

/** A header as a literal that is not remembered, its name spelt out (RFC 7541, section 6.2.2), below 127 bytes. */
const literal = (name: string, value: string): Buffer =>
  Buffer.concat([Buffer.of(0, name.length), Buffer.from(name), Buffer.of(value.length), Buffer.from(value)]);

/** A frame of stream 0. */
function frame(type: number, flags: number, payload: Uint8Array = Buffer.alloc(0)): Buffer {
  const bytes = Buffer.alloc(HEAD_BYTES + payload.byteLength);
  bytes.writeUIntBE(payload.byteLength, 0, 3);
  bytes[3] = type;
  bytes[4] = flags;
  bytes.set(payload, HEAD_BYTES);
  return bytes;
}

/** Five bytes, as numbers from 2^28 on have. */
const varint = (number: number): Buffer =>
  Buffer.from([0, 7, 14, 21, 28].map((shift) => (Math.floor(number / 2 ** shift) & 0x7f) | (shift < 28 ? 0x80 : 0)));

function uint32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value);
  return bytes;
}
