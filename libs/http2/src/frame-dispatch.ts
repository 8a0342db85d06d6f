import { Budget } from "./budget.ts";
import { CLOSED, type HowClosed } from "./closed-streams.ts";
import type { Frame } from "./frame-splitter.ts";
import { HeadReader } from "./head-reader.ts";
import { dependency, type HeaderBlock, HeaderBlocks, withoutPadding } from "./header-blocks.ts";
import type { ConnectionLimits } from "./limits.ts";
import { applySettings } from "./peer-settings.ts";
import { ConnectionError, ERROR, FLAG, FRAME, StreamError } from "./protocol.ts";
import { wrongTrailers } from "./request-head.ts";
import type { RequestTakers } from "./request-takers.ts";
import { ServerStream } from "./stream.ts";
import type { StreamTable } from "./stream-table.ts";

export interface DispatchOptions extends RequestTakers {
  readonly limits: ConnectionLimits;
  readonly streams: StreamTable;
  /** The other side has answered a ping of ours. */
  readonly onPong: (data: Buffer) => void;
}

const PING_BYTES = 8;
/** A block of headers may have as many bytes as so many of the longest lists: a list that is too long is refused by itself, an endless block ends the connection. */
const HEADER_BLOCK_LISTS_MAX = 4;
const PRIORITY_BYTES = 5;
const TOO_LARGE = [{ name: ":status", value: "431" }];
const NO_HEAD = { headers: {}, contentLength: undefined };

/** Does what the frames of a connection ask for. Fails with a ConnectionError or a StreamError where they break the rules. */
export class FrameDispatch {
  readonly #options: DispatchOptions;
  readonly #blocks: HeaderBlocks;
  readonly #heads: HeadReader;
  readonly #pings: Budget;
  readonly #settings: Budget;
  readonly #idleFrames: Budget;
  /** True once the other side's settings have come, which are its first frame. */
  hasBegun = false;
  /** Streams above are not taken any more: the other side was told so. */
  streamMax = 2 ** 31 - 1;

  constructor(options: DispatchOptions) {
    this.#options = options;
    const { headerListBytesMax, pings, settings, idleFrames } = options.limits;
    this.#blocks = new HeaderBlocks(HEADER_BLOCK_LISTS_MAX * headerListBytesMax);
    this.#heads = new HeadReader(headerListBytesMax);
    this.#pings = new Budget(pings);
    this.#settings = new Budget(settings);
    this.#idleFrames = new Budget(idleFrames);
  }

  take(frame: Frame): void {
    if (!this.hasBegun && frame.type !== FRAME.settings)
      throw new ConnectionError(ERROR.protocol, "the first frame is not the settings");
    const block = this.#blocks.add(frame);
    if (block) this.#headers(block);
    else this.#takeOther(frame);
  }

  #takeOther(frame: Frame): void {
    const { type, stream } = frame;
    if (type === FRAME.data) this.#data(frame);
    else if (type === FRAME.windowUpdate) this.#windowUpdate(frame);
    else if (type === FRAME.rstStream) this.#rstStream(frame);
    else if (type === FRAME.ping) this.#ping(frame);
    else if (type === FRAME.settings) this.#takeSettings(frame);
    else if (type === FRAME.pushPromise) throw new ConnectionError(ERROR.protocol, "clients push nothing");
    else if (type === FRAME.goaway && stream !== 0)
      throw new ConnectionError(ERROR.protocol, "GOAWAY is of the connection");
    // Headers are here while their block has not ended.
    else if (type !== FRAME.headers && type !== FRAME.continuation) this.#idle(frame);
  }

  #headers(block: HeaderBlock): void {
    const { streams } = this.#options;
    const fields = this.#heads.fields(block.bytes);
    if (block.stream % 2 === 0) throw new ConnectionError(ERROR.protocol, "clients begin streams of odd numbers");
    const isNew = block.stream > streams.last;
    if (isNew) streams.last = block.stream;
    if (block.dependsOnItself) throw new StreamError(block.stream, ERROR.protocol, "the stream depends on itself");
    if (isNew) this.#begin(block, fields);
    else this.#trailers(block, fields);
  }

  #begin({ stream: id, isEnd }: HeaderBlock, fields: readonly string[] | undefined): void {
    const { streams, limits, onStream, turnAway } = this.#options;
    if (id > this.streamMax) {
      streams.ignore(id);
      return;
    }
    // Who keeps to its number of requests has no more answers unread than that; who does not may ask for ever.
    streams.sender.checkIsRead();
    if (streams.open.size >= limits.streamsMax)
      throw new StreamError(id, ERROR.refusedStream, "there are too many requests at the same time");
    const head = fields ? this.#heads.head(fields) : NO_HEAD;
    if (typeof head === "string") throw new StreamError(id, ERROR.protocol, head);
    const refusal = fields && turnAway?.(head.headers);
    if (refusal) {
      streams.turnAway(id, refusal, isEnd);
      return;
    }
    const stream = new ServerStream(streams, { id, head, windowBytes: limits.streamWindowBytes });
    streams.open.add(stream);
    if (fields) onStream(stream);
    else stream.respond(TOO_LARGE, true);
    if (isEnd && !stream.isClosed) stream.endRequest();
  }

  #trailers({ stream: id, isEnd }: HeaderBlock, fields: readonly string[] | undefined): void {
    const stream = this.#openStream(id);
    if (!stream) return;
    if (stream.isRequestEnded) throw new StreamError(id, ERROR.streamClosed, "headers come after the end");
    if (!isEnd) throw new StreamError(id, ERROR.protocol, "headers come within the body");
    const wrong = fields ? wrongTrailers(fields) : "there are too many";
    if (wrong !== undefined) throw new StreamError(id, ERROR.protocol, wrong);
    stream.endRequest();
  }

  /** An open stream. Undefined if the other side could not know yet that it is closed; fails if it could. */
  #openStream(id: number): ServerStream | undefined {
    const found: ServerStream | HowClosed | undefined = this.#options.streams.find(id);
    if (found instanceof ServerStream) return found;
    if (found === CLOSED.byUs) return undefined;
    if (found === CLOSED.byEnds) throw new ConnectionError(ERROR.streamClosed, "the stream has ended");
    if (found === undefined) throw new ConnectionError(ERROR.protocol, "the stream was passed over, or ended long ago");
    throw new StreamError(id, ERROR.streamClosed, "the stream was taken back");
  }

  #data(frame: Frame): void {
    const { streams } = this.#options;
    const { stream: id, payload, flags } = frame;
    const bytes = payload.byteLength;
    if (id === 0) throw new ConnectionError(ERROR.protocol, "data is of a stream");
    if (!streams.receiveWindow.take(bytes))
      throw new ConnectionError(ERROR.flowControl, "more came than the window of the connection allows");
    const isEnd = (flags & FLAG.endStream) !== 0;
    const body = withoutPadding(frame);
    if (body.byteLength === 0 && !isEnd) this.#countIdle();
    const stream = this.#ofData(id, bytes);
    if (!stream) return;
    stream.take(body, bytes);
    if (isEnd && !stream.isClosed) stream.endRequest();
  }

  /** The stream that data is for. What no stream takes counts for the connection as dealt with. */
  #ofData(id: number, bytes: number): ServerStream | undefined {
    const { streams } = this.#options;
    if (id === streams.turnedAway) {
      streams.consumed(bytes);
      return undefined;
    }
    const found = streams.find(id);
    if (found instanceof ServerStream && !found.isRequestEnded) return found;
    streams.consumed(bytes);
    if (found instanceof ServerStream) throw new StreamError(id, ERROR.streamClosed, "data comes after the end");
    if (found !== undefined) return this.#openStream(id);
    // Of a stream that ended so long ago that nobody knows how: the other side may be slow to hear of it.
    throw new StreamError(id, ERROR.streamClosed, "the stream has ended");
  }

  #windowUpdate({ stream: id, payload }: Frame): void {
    if (payload.byteLength !== 4) throw new ConnectionError(ERROR.frameSize, "WINDOW_UPDATE has 4 bytes");
    const bytes = payload.readUInt32BE(0) & 0x7fff_ffff;
    const { streams } = this.#options;
    if (id === 0) {
      if (bytes === 0) throw new ConnectionError(ERROR.protocol, "a window grows by 0");
      streams.sender.widen(bytes);
      return;
    }
    const stream = streams.find(id);
    if (bytes === 0) throw new StreamError(id, ERROR.protocol, "a window grows by 0");
    if (stream instanceof ServerStream) stream.widen(bytes);
  }

  #rstStream({ stream: id, payload }: Frame): void {
    if (payload.byteLength !== 4) throw new ConnectionError(ERROR.frameSize, "RST_STREAM has 4 bytes");
    const stream = this.#options.streams.find(id);
    if (stream instanceof ServerStream) this.#options.streams.takenBack(stream);
    else this.#countIdle();
  }

  #ping({ stream, flags, payload }: Frame): void {
    if (stream !== 0) throw new ConnectionError(ERROR.protocol, "PING is of the connection");
    if (payload.byteLength !== PING_BYTES) throw new ConnectionError(ERROR.frameSize, "PING has 8 bytes");
    if (flags & FLAG.ack) {
      this.#countIdle();
      this.#options.onPong(payload);
      return;
    }
    count(this.#pings, "pings");
    const { sender } = this.#options.streams;
    sender.frames.ping(FLAG.ack, payload);
    sender.checkIsRead();
  }

  #takeSettings({ stream, flags, payload }: Frame): void {
    if (stream !== 0) throw new ConnectionError(ERROR.protocol, "SETTINGS are of the connection");
    if (flags & FLAG.ack) {
      if (payload.byteLength > 0) throw new ConnectionError(ERROR.frameSize, "an acknowledgement has settings");
      if (!this.hasBegun) throw new ConnectionError(ERROR.protocol, "the first frame is not the settings");
      this.#countIdle();
      return;
    }
    count(this.#settings, "settings");
    this.hasBegun = true;
    const { sender, open } = this.#options.streams;
    const wider = applySettings(payload, sender);
    sender.frames.settingsAck();
    sender.checkIsRead();
    if (wider !== 0) for (const it of open.all()) this.#widen(it, wider);
  }

  /** A setting that no stream's window may follow ends the connection (RFC 9113, section 6.9.2). */
  #widen(stream: ServerStream, bytes: number): void {
    try {
      stream.widen(bytes);
    } catch (error) {
      if (error instanceof StreamError) throw new ConnectionError(error.code, error.message);
      throw error;
    }
  }

  /** Priorities, which nobody follows any more, and types that are not known. */
  #idle({ type, stream, payload }: Frame): void {
    this.#countIdle();
    if (type !== FRAME.priority) return;
    if (stream === 0) throw new ConnectionError(ERROR.protocol, "a priority is of a stream");
    if (payload.byteLength !== PRIORITY_BYTES) throw new StreamError(stream, ERROR.frameSize, "a priority has 5 bytes");
    if (dependency(payload) === stream) throw new StreamError(stream, ERROR.protocol, "the stream depends on itself");
  }
  #countIdle(): void {
    count(this.#idleFrames, "frames that bring nothing");
  }
}

function count(budget: Budget, what: string): void {
  if (!budget.take()) throw new ConnectionError(ERROR.enhanceYourCalm, `too many ${what} come`);
}
