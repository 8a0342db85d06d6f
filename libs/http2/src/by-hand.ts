/**
 * Frames as bytes, for tests that say what no client would, and for benches whose callers must cost less than a client does. Nothing
 * here keeps the state of a connection.
 */
import { FLAG, FRAME, FRAME_HEAD_BYTES } from "./protocol.ts";

export { type Frame, FrameSplitter } from "./frame-splitter.ts";
export { ERROR, FLAG, FRAME, FRAME_HEAD_BYTES, PREFACE, SETTING } from "./protocol.ts";

/** A frame as it goes over the wire; of the connection itself, unless a stream is named, and without payload, unless there is one. */
export function frame(
  type: number,
  flags: number,
  { stream = 0, payload = Buffer.alloc(0) }: { readonly stream?: number; readonly payload?: Uint8Array } = {},
): Buffer {
  const bytes = Buffer.alloc(FRAME_HEAD_BYTES + payload.byteLength);
  bytes.writeUIntBE(payload.byteLength, 0, 3);
  bytes[3] = type;
  bytes[4] = flags;
  bytes.writeUInt32BE(stream, 5);
  bytes.set(payload, FRAME_HEAD_BYTES);
  return bytes;
}

/** Settings by their numbers (RFC 9113, section 6.5). */
export function settings(values: Readonly<Record<number, number>>): Buffer {
  const payload = Object.entries(values).map(([id, value]) => Buffer.concat([Buffer.of(0, Number(id)), uint32(value)]));
  return frame(FRAME.settings, 0, { payload: Buffer.concat(payload) });
}

/** Lets the other side send so many bytes more on the connection. */
export const windowUpdate = (bytes: number): Buffer => frame(FRAME.windowUpdate, 0, { payload: uint32(bytes) });

/** Headers as literals that are not remembered, their names spelt out (RFC 7541, section 6.2.2). Names and values have less than 127 bytes. */
export const literals = (headers: Readonly<Record<string, string>>): Buffer =>
  Buffer.concat(
    Object.entries(headers).flatMap(([name, value]) => [
      Buffer.of(0, name.length),
      Buffer.from(name),
      Buffer.of(value.length),
      Buffer.from(value),
    ]),
  );

/** A unary call over gRPC, whose frames are alike but for their stream. `body` is the message with its head before it. */
export interface CallByHand {
  readonly path: string;
  readonly more?: Readonly<Record<string, string>>;
  readonly body: Uint8Array;
}

/** The frames of a call. Gives them for a stream; `body`, if given, stands in place of that of the call. */
export function callFrames({ path, more = {}, body }: CallByHand): (stream: number, body?: Uint8Array) => Buffer {
  const payload = literals({
    ":method": "POST",
    ":scheme": "http",
    ":path": path,
    ":authority": "localhost",
    "content-type": "application/grpc",
    te: "trailers",
    ...more,
  });
  const head = frame(FRAME.headers, FLAG.endHeaders, { payload });
  const model = Buffer.concat([head, frame(FRAME.data, FLAG.endStream, { payload: body })]);
  return (stream, other) => {
    const bytes = other
      ? Buffer.concat([head, frame(FRAME.data, FLAG.endStream, { payload: other })])
      : Buffer.from(model);
    bytes.writeUInt32BE(stream, 5);
    bytes.writeUInt32BE(stream, head.byteLength + 5);
    return bytes;
  };
}

/** Four bytes, the highest first. */
export function uint32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value);
  return bytes;
}
