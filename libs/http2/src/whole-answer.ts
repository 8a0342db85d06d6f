import { HeaderEncoder, type HeaderList } from "./hpack/encoder.ts";
import { ERROR, FLAG, FRAME, FRAME_BYTES_MAX, FRAME_HEAD_BYTES } from "./protocol.ts";

/** An answer of headers alone. Its frames are made once, for every stream of every connection that it will end. */
export interface WholeAnswer {
  readonly list: HeaderList;
  /**
   * A frame of headers that ends the answer, and one that asks whoever still sends the request to stop (RFC 9113, section 8.1). The numbers of their streams are
   * left open.
   */
  readonly frames: Uint8Array;
  /** Bytes of the first one. */
  readonly headersBytes: number;
}

const RESET_BYTES = FRAME_HEAD_BYTES + 4;

/** Makes an answer of fields that stand in no table, so that its bytes mean the same to every caller at any time. */
export function wholeAnswer(list: HeaderList): WholeAnswer {
  const block = new HeaderEncoder().encode(list.map(({ name, value }) => ({ name, value })));
  if (block.byteLength > FRAME_BYTES_MAX) throw new Error(`an answer of ${block.byteLength} bytes is not one frame`);
  const headersBytes = FRAME_HEAD_BYTES + block.byteLength;
  const frames = Buffer.alloc(headersBytes + RESET_BYTES);
  frames.writeUIntBE(block.byteLength, 0, 3);
  frames[3] = FRAME.headers;
  frames[4] = FLAG.endStream | FLAG.endHeaders;
  frames.set(block, FRAME_HEAD_BYTES);
  frames[headersBytes + 2] = 4;
  frames[headersBytes + 3] = FRAME.rstStream;
  frames[headersBytes + FRAME_HEAD_BYTES + 3] = ERROR.none;
  return { list, frames, headersBytes };
}
