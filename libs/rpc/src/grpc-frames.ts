import { promisify } from "node:util";
import { gunzip, inflate } from "node:zlib";
import { Code, ConnectError } from "@connectrpc/connect";

/** A message as it stands in a call: one byte that says whether it is compressed, four of its length, and its bytes. */
export interface GrpcFrame {
  readonly isCompressed: boolean;
  readonly bytes: Buffer;
}

/** Bytes before each message. */
export const FRAME_HEAD_BYTES = 5;

/** Puts messages together from the pieces of a stream. */
export interface FrameReader {
  /** Fails with RESOURCE_EXHAUSTED for a message of more than the limit, as soon as its length is known. */
  add(piece: Buffer): void;
  /** The next whole message: a view of what came, where it came in one piece. */
  next(): GrpcFrame | undefined;
  /** Bytes of a message that has not ended. */
  leftBytes(): number;
}

export function frameReader(bytesMax: number): FrameReader {
  let pieces: Buffer[] = [];
  let size = 0;
  let wanted = FRAME_HEAD_BYTES;
  /** Everything that has come as one buffer. */
  const joined = (): Buffer => {
    const [first] = pieces;
    if (first !== undefined && pieces.length === 1) return first;
    const all = Buffer.concat(pieces, size);
    pieces = [all];
    return all;
  };
  const lookAtHead = (): void => {
    if (size < FRAME_HEAD_BYTES) return;
    const length = joined().readUInt32BE(1);
    if (length > bytesMax) throw tooLarge(`the message has ${length} bytes`, bytesMax);
    wanted = FRAME_HEAD_BYTES + length;
  };
  return {
    add(piece) {
      if (piece.byteLength === 0) return;
      pieces.push(piece);
      size += piece.byteLength;
      if (areScattered(pieces, size)) joined();
      if (wanted === FRAME_HEAD_BYTES) lookAtHead();
    },
    next() {
      if (size < wanted) return undefined;
      const all = joined();
      const frame = { isCompressed: (all[0] ?? 0) !== 0, bytes: all.subarray(FRAME_HEAD_BYTES, wanted) };
      size -= wanted;
      pieces = size === 0 ? [] : [all.subarray(wanted)];
      wanted = FRAME_HEAD_BYTES;
      lookAtHead();
      return frame;
    },
    leftBytes: () => size,
  };
}

const PIECES_FEW = 256;
const PIECE_BYTES_MIN = 64;

/** True for many pieces that are so small that what each takes for itself is more than what it holds: they are to be joined. */
export const areScattered = (pieces: readonly Buffer[], bytes: number): boolean =>
  pieces.length > PIECES_FEW && pieces.length * PIECE_BYTES_MIN > bytes;

const DECOMPRESSORS = new Map([
  ["gzip", promisify(gunzip)],
  ["deflate", promisify(inflate)],
]);

/** What can be sent to us, as gRPC says it. */
export const ACCEPTED_ENCODINGS = ["identity", ...DECOMPRESSORS.keys()].join(",");

/** The bytes of a compressed message. Fails with UNIMPLEMENTED for an unknown encoding, and with RESOURCE_EXHAUSTED. */
export async function decompressed(bytes: Buffer, encoding: string, bytesMax: number): Promise<Buffer> {
  const decompress = DECOMPRESSORS.get(encoding);
  if (!decompress)
    throw new ConnectError(
      `messages compressed as "${encoding.slice(0, 100)}" are not read here`,
      encoding === "identity" ? Code.InvalidArgument : Code.Unimplemented,
    );
  try {
    return await decompress(bytes, { maxOutputLength: bytesMax });
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === "ERR_BUFFER_TOO_LARGE")
      throw tooLarge("the message decompresses to more", bytesMax);
    throw new ConnectError("the message cannot be decompressed", Code.InvalidArgument, undefined, undefined, cause);
  }
}

export const tooLarge = (what: string, bytesMax: number): ConnectError =>
  new ConnectError(`${what}: at most ${bytesMax} bytes are taken`, Code.ResourceExhausted);
