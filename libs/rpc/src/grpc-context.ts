import type { DescMethod } from "@bufbuild/protobuf";
import type { RequestHeaders } from "@throughline/http2";
import { CallContext, deadlinePassed, ENDED, wentAway } from "./call-context.ts";

/** Headers that are the protocol's own, and none of the call's metadata. */
const OF_THE_PROTOCOL: ReadonlySet<string> = new Set([
  ...["grpc-timeout", "grpc-encoding", "grpc-accept-encoding", "accept-encoding", "content-type", "te", "host"],
]);

/** What is known of a call from its headers. */
export interface GrpcCallHead {
  readonly method: DescMethod;
  readonly headers: RequestHeaders;
  /** Milliseconds since 1970; infinite if the caller gave none. */
  readonly deadline: number;
}

/** The context of a call that came over gRPC. */
export class GrpcContext extends CallContext {
  readonly protocolName = "grpc";
  readonly #headers: RequestHeaders;
  /** Whether our limit comes before the caller's deadline, at which the call itself ends. */
  readonly #isLimited: boolean;
  #ended = false;
  #timer: NodeJS.Timeout | undefined;

  /** The deadline is the caller's, or `limitMs` from now if that comes first. `limitMs` 0: no limit of ours. */
  constructor({ method, headers, deadline }: GrpcCallHead, limitMs: number) {
    const limit = limitMs === 0 ? Number.POSITIVE_INFINITY : Date.now() + limitMs;
    super(method, Math.min(deadline, limit));
    this.#headers = headers;
    this.#isLimited = limit < deadline;
  }

  override get signal(): AbortSignal {
    const leftMs = this.timeoutMs();
    // A timer of its own beside the call's would now and then be first, and let a handler that stops answer as if all were well.
    if (this.#isLimited && !this.#timer && !this.#ended && leftMs !== undefined)
      this.#timer = setTimeout(() => this.stop(deadlinePassed()), Math.min(leftMs, 2 ** 31 - 1));
    return super.signal;
  }
  get url(): string {
    return this.#headers[":path"] ?? "";
  }

  header(name: string): string | null {
    return (OF_THE_PROTOCOL.has(name) ? undefined : this.#headers[name]) ?? null;
  }

  protected makeHeaders(): Headers {
    const headers = new Headers();
    for (const [name, value] of Object.entries(this.#headers)) {
      if (!name.startsWith(":") && !OF_THE_PROTOCOL.has(name) && value !== undefined) headers.set(name, value);
    }
    return headers;
  }

  /** The trailers that the handler has set; undefined if it has not asked for them. */
  get trailers(): Headers | undefined {
    return this.trailersSet;
  }

  /** The call's time is over, whatever its handler still does. */
  expire(): void {
    this.stop(deadlinePassed());
  }

  /** Nothing goes to the caller any more: the call has ended, or the caller went away. */
  closed(): void {
    this.stop(this.#ended ? ENDED : wentAway());
  }

  /** The call has ended: releases its timer. */
  end(): void {
    this.#ended = true;
    clearTimeout(this.#timer);
  }
}
