import { HeaderDecoder } from "./hpack/decoder.ts";
import { HpackError } from "./hpack/error.ts";
import { ConnectionError, ERROR } from "./protocol.ts";
import { type RequestHead, requestHead } from "./request-head.ts";

/** Our table of headers; the size that needs no setting (RFC 9113, section 6.5.2). */
const TABLE_BYTES = 4_096;

/** Reads blocks of headers, all of a connection in their order. */
export class HeadReader {
  readonly #decoder: HeaderDecoder;
  /** The last request's, which mostly is the next one's too. */
  #last: { readonly fields: readonly string[]; readonly head: RequestHead | string } | undefined;

  constructor(listBytesMax: number) {
    this.#decoder = new HeaderDecoder({ tableBytesMax: TABLE_BYTES, listBytesMax });
  }

  /** Names and values in turn; undefined for more of them than we take. */
  fields(block: Buffer): readonly string[] | undefined {
    try {
      const { fields, isTooLarge } = this.#decoder.decode(block);
      return isTooLarge ? undefined : fields;
    } catch (error) {
      if (error instanceof HpackError) throw new ConnectionError(ERROR.compression, error.message);
      throw error;
    }
  }

  /** The head of a request that has these fields, or why there is none. */
  head(fields: readonly string[]): RequestHead | string {
    if (this.#last?.fields !== fields) this.#last = { fields, head: requestHead(fields) };
    return this.#last.head;
  }
}
