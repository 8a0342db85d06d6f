import { IncomingMessage } from "node:http";

/** Takes a body as it comes. */
export interface BodyTaker {
  /** False if it takes no more: what comes then goes the usual way. */
  add(piece: Buffer): boolean;
  /** The body is whole. */
  end(): void;
}

/**
 * A request to the gateway, whose body can be had without the stream that it otherwise comes through, with its events, each of which is a
 * turn of its own.
 */
export class GatewayRequest extends IncomingMessage {
  #taker: BodyTaker | undefined;

  /** Gives the whole body to a taker, as the platform reads it. False if some of it has come already, and is in the stream. */
  takeBody(taker: BodyTaker): boolean {
    if (this.complete || this.destroyed || this.readableLength > 0 || this.readableFlowing !== null) return false;
    this.#taker = taker;
    return true;
  }

  /** Called by the platform with each piece of the body, and with null at its end: without its body the request is one that never had one. */
  override push(piece: Buffer | null, encoding?: BufferEncoding): boolean {
    const taker = this.#taker;
    if (piece !== null && taker?.add(piece)) return true;
    this.#taker = undefined;
    if (piece === null) taker?.end();
    return super.push(piece, encoding);
  }
}
