import { IncomingMessage } from "node:http";

/** Takes a body as it comes. */
export interface BodyTaker {
  /** False if it takes no more: what comes then goes the usual way. */
  add(piece: Buffer): boolean;
  /** The body is whole. */
  end(): void;
}

/** What is kept of a body for whoever takes it later: more of it waits in the stream, which then reads no further. */
const KEPT_BYTES_MAX = 64 * 1024;

/**
 * A request to the gateway, whose body can be had without the stream that it otherwise comes through, with its events, each of which is a
 * turn of its own.
 */
export class GatewayRequest extends IncomingMessage {
  #taker: BodyTaker | undefined;
  #kept: KeptBody | undefined;

  /** Gives the whole body to a taker, as the platform reads it. False if some of it has come already, and is in the stream. */
  takeBody(taker: BodyTaker): boolean {
    const kept = this.#kept;
    if (kept === undefined) {
      if (!this.#isUntouched()) return false;
      this.#taker = taker;
      return true;
    }
    this.#kept = undefined;
    this.#taker = taker;
    for (const it of kept.pieces) if (!taker.add(it)) return true;
    if (kept.isWhole) taker.end();
    return true;
  }

  /** Keeps what comes of the body until somebody takes it. */
  keepBody(): void {
    if (!this.#isUntouched()) return;
    this.#kept = new KeptBody();
    this.#taker = this.#kept;
  }

  #isUntouched(): boolean {
    return !this.complete && !this.destroyed && this.readableLength === 0 && this.readableFlowing === null;
  }

  /** Called by the platform with each piece of the body, and with null at its end: without its body the request is one that never had one. */
  override push(piece: Buffer | null, encoding?: BufferEncoding): boolean {
    const taker = this.#taker;
    if (piece !== null && taker?.add(piece)) return true;
    this.#taker = undefined;
    if (piece === null) taker?.end();
    else if (taker === this.#kept) this.#giveUpKeeping();
    return super.push(piece, encoding);
  }

  /** What is too much to be kept goes through the stream, and so does what was kept before. */
  #giveUpKeeping(): void {
    const pieces = this.#kept?.pieces ?? [];
    this.#kept = undefined;
    for (const it of pieces) super.push(it);
  }
}

class KeptBody implements BodyTaker {
  readonly pieces: Buffer[] = [];
  isWhole = false;
  #bytes = 0;

  add(piece: Buffer): boolean {
    if (this.#bytes + piece.byteLength > KEPT_BYTES_MAX) return false;
    this.#bytes += piece.byteLength;
    this.pieces.push(piece);
    return true;
  }
  end(): void {
    this.isWhole = true;
  }
}
