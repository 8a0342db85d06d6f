import type { OutgoingHttpHeaders, ServerHttp2Stream } from "node:http2";

/** Whose a stream is. */
export interface StreamOwner {
  /** What is sent behind the answer. */
  readonly trailers: OutgoingHttpHeaders;
  /** The stream has closed, whatever the reason. */
  closed(): void;
}

/** Takes what comes of a request. */
export interface RequestTaker {
  add(piece: Buffer): void;
  end(): void;
}

const OWNER = Symbol("owner");
const TAKER = Symbol("taker");
type OwnedStream = ServerHttp2Stream & { [OWNER]?: StreamOwner | undefined; [TAKER]?: RequestTaker | undefined };

/**
 * Gives a stream to a call, until it closes. From then on the stream has nothing of its call: the runtime's closed streams mostly
 * stay until the collector goes through the whole heap, and all that they hold is copied twice on the way there. For the same
 * reason what listens to streams is the same for all of them.
 */
export function ownStream(stream: ServerHttp2Stream, owner: StreamOwner): void {
  (stream as OwnedStream)[OWNER] = owner;
  stream.on("close", letGo);
}

/** Has the pieces of a request and its end taken. */
export function takeRequest(stream: ServerHttp2Stream, taker: RequestTaker): void {
  (stream as OwnedStream)[TAKER] = taker;
  stream.on("data", passOn);
  stream.on("end", passEnd);
}

/** Has the owner's trailers sent behind its answer, which is begun with `waitForTrailers`. */
export function sendTrailersOfOwner(stream: ServerHttp2Stream): void {
  stream.on("wantTrailers", sendTrailers);
}

function letGo(this: OwnedStream): void {
  const owner = this[OWNER];
  this[OWNER] = undefined;
  this[TAKER] = undefined;
  owner?.closed();
}

function passOn(this: OwnedStream, piece: Buffer): void {
  this[TAKER]?.add(piece);
}

function passEnd(this: OwnedStream): void {
  const taker = this[TAKER];
  this[TAKER] = undefined;
  taker?.end();
}

function sendTrailers(this: OwnedStream): void {
  this.sendTrailers(this[OWNER]?.trailers ?? {});
}
