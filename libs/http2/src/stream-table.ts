import { Budget } from "./budget.ts";
import { CLOSED, ClosedStreams, type HowClosed } from "./closed-streams.ts";
import type { ConnectionLimits } from "./limits.ts";
import { OpenStreams } from "./open-streams.ts";
import { ConnectionError, ERROR, type ErrorCode } from "./protocol.ts";
import { ReceiveWindow } from "./receive-window.ts";
import type { Sender } from "./sender.ts";
import type { ServerStream, StreamHost } from "./stream.ts";
import type { WholeAnswer } from "./whole-answer.ts";

/** The streams of a connection: which are open, how the last ones were closed, and what all of them may still be sent. */
export class StreamTable implements StreamHost {
  readonly sender: Sender;
  readonly open = new OpenStreams();
  readonly receiveWindow: ReceiveWindow;
  readonly waits: (bytes: number) => void;
  readonly #closed = new ClosedStreams();
  readonly #resets: Budget;
  /** The largest number that was used. */
  last = 0;
  /** The last request that was turned away before it was whole: what comes next is mostly the rest of it. */
  turnedAway = 0;
  /** When the last one closed. */
  idleSinceMs = performance.now();
  /** Called when none is open any more. */
  onIdle: (() => void) | undefined;

  /** `waits` hears of bytes of answers that could not go. */
  constructor(sender: Sender, limits: ConnectionLimits, waits: (bytes: number) => void = () => {}) {
    this.sender = sender;
    this.waits = waits;
    this.receiveWindow = new ReceiveWindow(limits.windowBytes);
    this.#resets = new Budget(limits.resets);
  }

  /** An open stream; how it was closed otherwise, or undefined if nothing is known of it. Fails for one that was never begun. */
  find(id: number): ServerStream | HowClosed | undefined {
    const stream = this.open.find(id);
    if (stream) return stream;
    if (id === 0 || id > this.last || id % 2 === 0)
      throw new ConnectionError(ERROR.protocol, "the stream was never begun");
    return this.#closed.how(id);
  }

  consumed(bytes: number): void {
    const told = this.receiveWindow.give(bytes);
    if (told > 0) this.sender.frames.windowUpdate(0, told);
  }
  closed(stream: ServerStream): void {
    this.#close(stream, CLOSED.byEnds);
  }
  reset(stream: ServerStream, code: ErrorCode): void {
    this.sender.frames.rstStream(stream.id, code);
    this.#close(stream, CLOSED.byUs);
  }

  /** The other side has taken a stream back. Who has its answer, or the beginning of one, has every right to. */
  takenBack(stream: ServerStream): void {
    if (!stream.isAnswered) this.#countReset();
    this.#close(stream, CLOSED.byThem);
  }
  /** A stream has broken the rules, whether or not it is open. */
  refuse(id: number, code: ErrorCode): void {
    this.#countReset();
    const stream = this.open.find(id);
    if (stream) this.reset(stream, code);
    else {
      this.sender.frames.rstStream(id, code);
      this.#closed.add(id, CLOSED.byUs);
    }
  }
  /** Answers a request that no stream is made for. */
  turnAway(id: number, answer: WholeAnswer, isRequestEnded: boolean): void {
    this.sender.whole(id, answer, isRequestEnded);
    this.#resets.give();
    if (this.open.size === 0) this.idleSinceMs = performance.now();
    if (!isRequestEnded) this.turnedAway = id;
    this.#closed.add(id, isRequestEnded ? CLOSED.byEnds : CLOSED.byUs);
  }
  /** Nothing that comes for a stream is looked at. */
  ignore(id: number): void {
    this.#closed.add(id, CLOSED.byUs);
  }
  /** Ends the streams whose answers nobody has taken anything of since some time. */
  resetStalled(sinceMs: number, code: ErrorCode = ERROR.cancel): void {
    for (const it of this.open.all()) {
      if (it.stalledSinceMs !== undefined && it.stalledSinceMs <= sinceMs) it.reset(code);
    }
  }
  /** Bytes of answers that the other side has not taken. */
  unreadBytes(): number {
    return this.open.all().reduce((sum, it) => sum + it.queuedBytes, this.sender.frames.waitingBytes);
  }
  /** Since when the one that waits for the longest time does; undefined if none does. */
  stalledSinceMs(): number | undefined {
    const since = this.open.all().reduce((least, it) => Math.min(least, it.stalledSinceMs ?? least), Infinity);
    return since === Infinity ? undefined : since;
  }
  /** The connection is gone. */
  closeAll(): void {
    for (const it of this.open.all()) this.#close(it, CLOSED.byThem);
  }

  #close(stream: ServerStream, how: HowClosed): void {
    // A taker that hears of its end may have ended others, which were to be closed with it.
    if (stream.isClosed) return;
    if (stream.isAnswered) this.#resets.give();
    this.#closed.add(stream.id, how);
    this.open.delete(stream);
    if (this.open.size === 0) this.idleSinceMs = performance.now();
    stream.close();
    if (this.open.size === 0) this.onIdle?.();
  }
  #countReset(): void {
    if (!this.#resets.take())
      throw new ConnectionError(ERROR.enhanceYourCalm, "too many requests are taken back or broken");
  }
}
