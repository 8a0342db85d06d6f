import type { Socket } from "node:net";
import { FrameDispatch } from "./frame-dispatch.ts";
import { type Frame, FrameSplitter } from "./frame-splitter.ts";
import type { ConnectionLimits } from "./limits.ts";
import { readingGoesOn } from "./outbox.ts";
import { ConnectionError, ERROR, PREFACE, SETTING, StreamError, WINDOW_BYTES_DEFAULT } from "./protocol.ts";
import type { RequestTakers } from "./request-takers.ts";
import { Sender } from "./sender.ts";
import { StreamTable } from "./stream-table.ts";
import type { Reader } from "./unread-budget.ts";
import { Uptake } from "./uptake.ts";

export interface ConnectionOptions extends RequestTakers {
  readonly limits: ConnectionLimits;
  /** Hears of bytes of answers that could not go. */
  readonly waits: (bytes: number) => void;
}

const STREAM_MAX = 2 ** 31 - 1;
/** What our pings say: whether anybody is there, and that what came before the answer came before we left. */
const PING = { ask: Buffer.from("anybody?"), leave: Buffer.from("leaving!") } as const;
/** How long a caller has to hear that we leave, or that it is turned out, before its line is cut. */
const HEARD_MS_MAX = 1_000;
/** How long a caller that we leave may take nothing of its last answers. */
const UNREAD_MS_MAX = 20_000;

/** One caller's connection, from the first byte to the last. */
export class Connection implements Reader {
  readonly #socket: Socket;
  readonly #uptake: Uptake;
  readonly #streams: StreamTable;
  readonly #dispatch: FrameDispatch;
  readonly #splitter: FrameSplitter;
  #preface: Buffer | undefined = Buffer.alloc(0);
  /** True once nothing that comes is looked at. */
  #isOver = false;
  #leaves: "not" | "soon" | "now" = "not";
  readonly beganAtMs = performance.now();
  /** When the other side answered a ping last; at first, when it came. */
  heardAtMs = this.beganAtMs;
  /** When the other side was asked whether it is there, while it has not answered. */
  askedAtMs: number | undefined;

  constructor(socket: Socket, options: ConnectionOptions) {
    const { limits } = options;
    this.#socket = socket;
    this.#uptake = new Uptake(socket);
    const sender = new Sender(socket);
    this.#streams = new StreamTable(sender, limits, options.waits);
    this.#dispatch = new FrameDispatch({
      ...options,
      streams: this.#streams,
      onPong: (data) => this.#hear(data),
    });
    this.#splitter = new FrameSplitter((frame) => this.#take(frame));
    // A line that breaks is closed by that.
    socket.on("error", () => {});
    socket.on("data", (piece: Buffer) => this.#read(piece));
    socket.on("drain", () => sender.goOn());
    socket.on("close", () => this.#close());
    greet(sender, limits);
  }

  /** True once both sides have said their settings. */
  get hasBegun(): boolean {
    return this.#dispatch.hasBegun;
  }
  /** Since when no request is open; undefined while one is. */
  get idleSinceMs(): number | undefined {
    return this.#streams.open.size === 0 ? this.#streams.idleSinceMs : undefined;
  }

  /** Ends the requests whose answers nobody has taken anything of since some time: they keep what waits. */
  resetStalled(sinceMs: number): void {
    this.#streams.resetStalled(sinceMs);
  }

  get unreadBytes(): number {
    return this.#streams.unreadBytes();
  }
  stalledSinceMs(): number | undefined {
    const ofStreams = this.#streams.stalledSinceMs();
    const ofSocket = this.#uptake.look();
    return ofStreams === undefined ? ofSocket : Math.min(ofStreams, ofSocket ?? ofStreams);
  }
  /** Ends the requests whose answers wait; the connection itself where it is full. */
  giveUpUnread(): void {
    const bytes = this.unreadBytes;
    this.#streams.resetStalled(Number.POSITIVE_INFINITY, ERROR.enhanceYourCalm);
    if (this.unreadBytes > bytes / 2) this.destroy();
  }

  /** Asks whether the other side is there. */
  ask(): void {
    this.askedAtMs = performance.now();
    this.#streams.sender.frames.ping(0, PING.ask);
  }

  /**
   * Takes no more requests than those that are on the way, and closes when all are answered. The other side hears first that it shall send
   * no more, and which was the last one once that has arrived (RFC 9113, section 6.8).
   */
  leave(): void {
    if (this.#leaves !== "not" || this.#isOver) return;
    this.#leaves = "soon";
    const { frames } = this.#streams.sender;
    frames.goaway(STREAM_MAX, ERROR.none);
    frames.ping(0, PING.leave);
    setTimeout(() => this.#leaveNow(), HEARD_MS_MAX).unref();
  }

  /** Cuts the line. */
  destroy(): void {
    this.#socket.destroy();
  }

  #read(piece: Buffer): void {
    if (this.#isOver) return;
    readingGoesOn();
    try {
      const rest = this.#preface ? this.#readPreface(this.#preface, piece) : piece;
      if (rest) this.#splitter.add(rest);
    } catch (error) {
      if (!(error instanceof ConnectionError)) throw error;
      this.#turnOut(error);
    }
  }

  /** Gives what follows the preface; undefined while it is not whole. */
  #readPreface(begun: Buffer, piece: Buffer): Buffer | undefined {
    const bytes = begun.byteLength === 0 ? piece : Buffer.concat([begun, piece]);
    const length = Math.min(bytes.byteLength, PREFACE.byteLength);
    if (!bytes.subarray(0, length).equals(PREFACE.subarray(0, length)))
      throw new ConnectionError(ERROR.protocol, "this is not HTTP/2");
    this.#preface = length < PREFACE.byteLength ? bytes : undefined;
    return this.#preface ? undefined : bytes.subarray(length);
  }

  #take(frame: Frame): void {
    try {
      this.#dispatch.take(frame);
    } catch (error) {
      if (!(error instanceof StreamError)) throw error;
      this.#streams.refuse(error.stream, error.code);
    }
  }

  /** Ends a connection that breaks the rules. */
  #turnOut(error: ConnectionError): void {
    this.#isOver = true;
    this.#socket.pause();
    // Never above what it was told before (RFC 9113, section 6.8).
    this.#streams.sender.frames.goaway(Math.min(this.#streams.last, this.#dispatch.streamMax), error.code);
    this.#streams.closeAll();
    this.#end();
    setTimeout(() => this.#socket.destroy(), HEARD_MS_MAX).unref();
  }

  #hear(data: Buffer): void {
    if (data.equals(PING.ask)) {
      this.askedAtMs = undefined;
      this.heardAtMs = performance.now();
    }
    if (data.equals(PING.leave) && this.#leaves === "soon") this.#leaveNow();
  }

  #leaveNow(): void {
    if (this.#leaves === "now" || this.#isOver) return;
    this.#leaves = "now";
    this.#dispatch.streamMax = this.#streams.last;
    this.#streams.sender.frames.goaway(this.#streams.last, ERROR.none);
    this.#streams.onIdle = () => this.#end();
    if (this.#streams.open.size === 0) this.#end();
  }

  /** Says the rest, and cuts the line when it has gone, or when none of it goes. */
  #end(): void {
    this.#streams.sender.frames.send();
    this.#socket.end(() => setTimeout(() => this.#socket.destroy(), HEARD_MS_MAX).unref());
    this.#socket.setTimeout(UNREAD_MS_MAX, () => this.#socket.destroy());
  }

  #close(): void {
    this.#isOver = true;
    this.#streams.closeAll();
  }
}

/** Says our settings, and widens the window that all requests of a connection share. */
function greet({ frames }: Sender, limits: ConnectionLimits): void {
  frames.settings(
    new Map([
      [SETTING.maxConcurrentStreams, limits.streamsMax],
      [SETTING.initialWindowSize, limits.streamWindowBytes],
      [SETTING.maxHeaderListSize, limits.headerListBytesMax],
    ]),
  );
  frames.windowUpdate(0, limits.windowBytes - WINDOW_BYTES_DEFAULT);
  // Who waits for them before it asks shall not wait longer.
  frames.send();
}
