import type { Socket } from "node:net";
import type { Datatype, Tensor } from "../domain/tensor.ts";

/**
 * The messages between the router and a model's process: `length u32 | kind u8 | 3 bytes of nothing | call u32 | body`,
 * little-endian. The length counts what follows it. Tensor data start at multiples of 8 within a frame, so that the other
 * side can mostly read them without a copy.
 */
export interface Frame {
  readonly kind: FrameKind;
  readonly call: number;
  readonly body: Buffer;
}

/** `ready` tells the signature as JSON; `run` asks, `result` and `failure` answer the call of the same number. */
export type FrameKind = "ready" | "refused" | "run" | "result" | "failure";

const KINDS: readonly FrameKind[] = ["ready", "refused", "run", "result", "failure"];
const DATATYPES: readonly Datatype[] = [
  ...(["BOOL", "UINT8", "UINT16", "UINT32", "UINT64", "INT8", "INT16", "INT32", "INT64"] as const),
  ...(["FP16", "FP32", "FP64", "BYTES"] as const),
];
const HEADER_BYTES = 12;

/** Largest frame that either side accepts: an inference message of 64 MiB and what its tensors grow to as outputs. */
const FRAME_BYTES_MAX = 256 * 1024 * 1024;

export function writeFrame(socket: Socket, { kind, call, body }: Frame): void {
  const header = Buffer.alloc(HEADER_BYTES);
  header.writeUInt32LE(HEADER_BYTES - 4 + body.byteLength, 0);
  header.writeUInt8(KINDS.indexOf(kind), 4);
  header.writeUInt32LE(call, 8);
  // One small message is one buffer, and so one system call.
  if (body.byteLength <= 65_536) {
    socket.write(Buffer.concat([header, body]));
    return;
  }
  socket.cork();
  socket.write(header);
  socket.write(body);
  socket.uncork();
}

/** Puts frames together from the pieces that a stream gives. Fails for a frame that is too long to be one. */
export function frameReader(take: (frame: Frame) => void): (piece: Buffer) => void {
  let pieces: Buffer[] = [];
  let size = 0;
  let wanted = 4;
  return (piece) => {
    pieces.push(piece);
    size += piece.byteLength;
    while (size >= wanted) {
      const bytes = pieces.length === 1 ? (pieces[0] as Buffer) : Buffer.concat(pieces);
      const length = 4 + bytes.readUInt32LE(0);
      if (length > FRAME_BYTES_MAX) throw new Error(`a frame of ${length} bytes is too long`);
      wanted = length;
      pieces = [bytes];
      if (size < length) return;
      const kind = KINDS[bytes.readUInt8(4)];
      if (kind === undefined) throw new Error("a frame has an unknown kind");
      take({ kind, call: bytes.readUInt32LE(8), body: bytes.subarray(HEADER_BYTES, length) });
      const rest = bytes.subarray(length);
      pieces = rest.byteLength > 0 ? [rest] : [];
      size = rest.byteLength;
      wanted = 4;
    }
  };
}

/** Tensors and the names of the outputs that are asked for (none: an answer). */
export interface TensorMessage {
  readonly outputs: readonly string[];
  readonly tensors: readonly Tensor[];
}

export function encodeTensors({ outputs, tensors }: TensorMessage): Buffer {
  const described = tensors.map((it) => [it.name, DATATYPES.indexOf(it.datatype), it.shape, it.bytes.byteLength]);
  const head = JSON.stringify([outputs, described]);
  const headBytes = Buffer.byteLength(head);
  const total = tensors.reduce((end, it) => aligned(end) + it.bytes.byteLength, 4 + headBytes);
  const buffer = Buffer.allocUnsafe(total);
  buffer.writeUInt32LE(headBytes, 0);
  buffer.write(head, 4);
  let offset = 4 + headBytes;
  for (const { bytes } of tensors) {
    offset = aligned(offset);
    buffer.set(bytes, offset);
    offset += bytes.byteLength;
  }
  return buffer;
}

/** Reads what `encodeTensors` wrote. The tensors are views of `body`. */
export function decodeTensors(body: Buffer): TensorMessage {
  const headBytes = body.readUInt32LE(0);
  const [outputs, described] = JSON.parse(body.toString("utf8", 4, 4 + headBytes)) as Head;
  let offset = 4 + headBytes;
  const tensors = described.map(([name, datatype, shape, byteLength]): Tensor => {
    const start = aligned(offset);
    offset = start + byteLength;
    return { name, datatype: DATATYPES[datatype] as Datatype, shape, bytes: body.subarray(start, offset) };
  });
  return { outputs, tensors };
}

type Head = readonly [
  outputs: readonly string[],
  tensors: readonly (readonly [name: string, datatype: number, shape: readonly number[], byteLength: number])[],
];

/** Bodies start 12 bytes into a frame, so that 4 more make a multiple of 8. */
const aligned = (offset: number): number => ((offset + 3) & ~7) + 4;
