import type { DescMethod } from "@bufbuild/protobuf";
import { type ContextValues, createContextValues, type HandlerContext } from "@connectrpc/connect";
import { Metadata, type MetadataValue } from "@grpc/grpc-js";

/** What grpc-js tells about a call; common to its four kinds. */
export interface GrpcCall {
  readonly metadata: Metadata;
  getDeadline(): Date | number;
  getPath(): string;
  on(event: "cancelled", listener: () => void): unknown;
}

/**
 * The context of a call that came over gRPC. Headers, values and the signal are made when a handler first asks for them:
 * most do not, and each costs more than the rest of the call's dispatch.
 */
export class GrpcContext implements HandlerContext {
  readonly method: DescMethod;
  readonly requestMethod = "POST";
  readonly protocolName = "grpc";
  readonly #call: GrpcCall;
  readonly #deadline: number;
  #cancelled = false;
  #ended = false;
  #abort: AbortController | undefined;
  #timer: NodeJS.Timeout | undefined;
  #requestHeader: Headers | undefined;
  #responseHeader: Headers | undefined;
  #responseTrailer: Headers | undefined;
  #values: ContextValues | undefined;

  /** The deadline is the caller's, or `limitMs` from now if that comes first. `limitMs` 0: no limit of ours. */
  constructor(method: DescMethod, call: GrpcCall, limitMs: number) {
    this.method = method;
    this.#call = call;
    const asked = Number(call.getDeadline());
    this.#deadline = Math.min(asked, limitMs === 0 ? Number.POSITIVE_INFINITY : Date.now() + limitMs);
    // grpc-js says so of every call, also of one that has ended well.
    call.on("cancelled", () => {
      this.#cancelled = true;
      this.#abort?.abort(this.#ended ? ENDED : wentAway());
    });
  }

  get service() {
    return this.method.parent;
  }
  get signal(): AbortSignal {
    this.#abort ??= this.#startAbort();
    return this.#abort.signal;
  }
  get url(): string {
    return this.#call.getPath();
  }
  timeoutMs(): number | undefined {
    return Number.isFinite(this.#deadline) ? Math.max(this.#deadline - Date.now(), 0) : undefined;
  }
  get requestHeader(): Headers {
    this.#requestHeader ??= headersOf(this.#call.metadata);
    return this.#requestHeader;
  }
  get responseHeader(): Headers {
    this.#responseHeader ??= new Headers();
    return this.#responseHeader;
  }
  get responseTrailer(): Headers {
    this.#responseTrailer ??= new Headers();
    return this.#responseTrailer;
  }
  get values(): ContextValues {
    this.#values ??= createContextValues();
    return this.#values;
  }

  /** One header of the request, as `requestHeader` has it. Not for those whose names end in `-bin`. */
  header(name: string): string | null {
    const values = this.#call.metadata.get(name);
    return values.length === 0 ? null : values.join(", ");
  }

  /** The trailers of the response; undefined if nobody asked for them. */
  trailer(): Metadata | undefined {
    return this.#responseTrailer && metadataOf(this.#responseTrailer);
  }

  /** The call has ended: releases its timer. */
  end(): void {
    this.#ended = true;
    clearTimeout(this.#timer);
  }

  #startAbort(): AbortController {
    const abort = new AbortController();
    if (this.#cancelled) abort.abort(this.#ended ? ENDED : wentAway());
    else if (!this.#ended && Number.isFinite(this.#deadline)) {
      const expire = () => abort.abort(new DOMException("the deadline has passed", "TimeoutError"));
      this.#timer = setTimeout(expire, Math.min(Math.max(this.#deadline - Date.now(), 0), 2 ** 31 - 1));
    }
    return abort;
  }
}

const wentAway = () => new DOMException("the caller went away", "AbortError");

/** Why the signal of a call that has ended is aborted: one for all of them, since its stack tells nothing. */
const ENDED = new DOMException("the call has ended", "AbortError");

/** Reads single headers of a request, without making all of them where that can be avoided. */
export const headerReader = (context: HandlerContext): ((name: string) => string | null) =>
  context instanceof GrpcContext ? (name) => context.header(name) : (name) => context.requestHeader.get(name);

function headersOf(metadata: Metadata): Headers {
  const headers = new Headers();
  for (const [name, values] of Object.entries(metadata.toHttp2Headers())) {
    for (const value of Array.isArray(values) ? values : [values]) headers.append(name, String(value ?? ""));
  }
  return headers;
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
