import type { Frame } from "./frame-splitter.ts";
import { ConnectionError, ERROR, FLAG, FRAME } from "./protocol.ts";

/** A whole block of headers, still compressed. */
export interface HeaderBlock {
  readonly stream: number;
  readonly bytes: Buffer;
  /** True if nothing follows: the request has no body, or these are its trailers. */
  readonly isEnd: boolean;
  /** True if the stream was said to depend on itself. */
  readonly dependsOnItself: boolean;
}

interface BegunBlock extends HeaderBlock {
  readonly rest: Buffer[];
  restBytes: number;
}

/** Puts the blocks of HEADERS and CONTINUATION together. Between the two no other frame may come (RFC 9113, section 6.10). */
export class HeaderBlocks {
  readonly #bytesMax: number;
  #begun: BegunBlock | undefined;

  /** Blocks of more bytes, or of more frames than so large a block needs, end the connection. */
  constructor(bytesMax: number) {
    this.#bytesMax = bytesMax;
  }

  /** Takes the next frame, whatever it is. Gives a block that it has ended. */
  add(frame: Frame): HeaderBlock | undefined {
    const { type, stream, flags } = frame;
    const begun = this.#begun;
    if (begun) {
      if (type !== FRAME.continuation || stream !== begun.stream)
        throw new ConnectionError(ERROR.protocol, "a block of headers is not gone on with");
      return this.#goOn(begun, frame);
    }
    if (type === FRAME.continuation) throw new ConnectionError(ERROR.protocol, "there are no headers to go on with");
    if (type !== FRAME.headers) return undefined;
    const block = blockOf(frame);
    if (flags & FLAG.endHeaders) return block;
    this.#begun = { ...block, rest: [], restBytes: 0 };
    return undefined;
  }

  #goOn(begun: BegunBlock, { payload, flags }: Frame): HeaderBlock | undefined {
    begun.rest.push(payload);
    begun.restBytes += payload.byteLength;
    if (begun.bytes.byteLength + begun.restBytes > this.#bytesMax || begun.rest.length > CONTINUATIONS_MAX)
      throw new ConnectionError(ERROR.enhanceYourCalm, "the headers do not end");
    if (!(flags & FLAG.endHeaders)) return undefined;
    this.#begun = undefined;
    return { ...begun, bytes: Buffer.concat([begun.bytes, ...begun.rest]) };
  }
}

const CONTINUATIONS_MAX = 64;
const PRIORITY_BYTES = 5;

function blockOf(frame: Frame): HeaderBlock {
  const { stream, flags } = frame;
  if (stream === 0) throw new ConnectionError(ERROR.protocol, "headers are of a stream");
  let bytes = withoutPadding(frame);
  let dependsOnItself = false;
  if (flags & FLAG.priority) {
    if (bytes.byteLength < PRIORITY_BYTES)
      throw new ConnectionError(ERROR.frameSize, "headers end within their priority");
    dependsOnItself = dependency(bytes) === stream;
    bytes = bytes.subarray(PRIORITY_BYTES);
  }
  return { stream, bytes, isEnd: (flags & FLAG.endStream) !== 0, dependsOnItself };
}

/** The stream that a priority depends on. */
export const dependency = (priority: Buffer): number => priority.readUInt32BE(0) & 0x7fff_ffff;

/** The payload of a frame that may be padded. */
export function withoutPadding({ flags, payload }: Frame): Buffer {
  if (!(flags & FLAG.padded)) return payload;
  const padding = payload[0];
  if (padding === undefined) throw new ConnectionError(ERROR.frameSize, "a padded frame is empty");
  if (padding >= payload.byteLength) throw new ConnectionError(ERROR.protocol, "a frame has more padding than bytes");
  return payload.subarray(1, payload.byteLength - padding);
}
