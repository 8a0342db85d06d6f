import type { DescMethod } from "@bufbuild/protobuf";
import { Metadata, type MetadataValue } from "@grpc/grpc-js";
import { CallContext, deadlinePassed, ENDED, wentAway } from "./call-context.ts";

/** What grpc-js tells about a call; common to its four kinds. */
export interface GrpcCall {
  readonly metadata: Metadata;
  getDeadline(): Date | number;
  getPath(): string;
  on(event: "cancelled", listener: () => void): unknown;
}

/** The context of a call that came over gRPC. */
export class GrpcContext extends CallContext {
  readonly protocolName = "grpc";
  readonly #call: GrpcCall;
  #ended = false;
  #timer: NodeJS.Timeout | undefined;

  /** The deadline is the caller's, or `limitMs` from now if that comes first. `limitMs` 0: no limit of ours. */
  constructor(method: DescMethod, call: GrpcCall, limitMs: number) {
    const asked = Number(call.getDeadline());
    super(method, Math.min(asked, limitMs === 0 ? Number.POSITIVE_INFINITY : Date.now() + limitMs));
    this.#call = call;
    // grpc-js says so of every call, also of one that has ended well.
    call.on("cancelled", () => this.stop(this.#ended ? ENDED : wentAway()));
  }

  override get signal(): AbortSignal {
    const leftMs = this.timeoutMs();
    // grpc-js ends the call at its deadline by itself: the timer is for handlers that listen.
    if (!this.#timer && !this.#ended && leftMs !== undefined)
      this.#timer = setTimeout(() => this.stop(deadlinePassed()), Math.min(leftMs, 2 ** 31 - 1));
    return super.signal;
  }
  get url(): string {
    return this.#call.getPath();
  }

  header(name: string): string | null {
    const values = this.#call.metadata.get(name);
    return values.length === 0 ? null : values.join(", ");
  }

  protected makeHeaders(): Headers {
    const headers = new Headers();
    for (const [name, values] of Object.entries(this.#call.metadata.toHttp2Headers())) {
      for (const value of Array.isArray(values) ? values : [values]) headers.append(name, String(value ?? ""));
    }
    return headers;
  }

  /** The trailers of the response; undefined if nobody asked for them. */
  trailer(): Metadata | undefined {
    return this.trailersSet && metadataOf(this.trailersSet);
  }

  /** The call has ended: releases its timer. */
  end(): void {
    this.#ended = true;
    clearTimeout(this.#timer);
  }
}

/** The metadata of response trailers; undefined if there are none. */
function metadataOf(headers: Headers): Metadata | undefined {
  const metadata = new Metadata();
  let count = 0;
  for (const [name, value] of headers) {
    metadata.add(name, value as MetadataValue);
    count += 1;
  }
  return count === 0 ? undefined : metadata;
}
