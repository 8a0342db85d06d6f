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
 * The context of a call that came over gRPC. Headers and values are made when a handler first asks for them: most do not,
 * and a `Headers` costs more than the rest of the call's dispatch.
 */
export class GrpcContext implements HandlerContext {
  readonly method: DescMethod;
  readonly requestMethod = "POST";
  readonly protocolName = "grpc";
  readonly #call: GrpcCall;
  readonly #deadline: number;
  readonly #abort = new AbortController();
  readonly #timer: NodeJS.Timeout;
  #header: Headers | undefined;
  #values: ContextValues | undefined;
  readonly responseHeader = new Headers();
  readonly responseTrailer = new Headers();

  /** The deadline is the caller's, or `limitMs` from now if that comes first. `limitMs` 0: no limit of ours. */
  constructor(method: DescMethod, call: GrpcCall, limitMs: number) {
    this.method = method;
    this.#call = call;
    const asked = Number(call.getDeadline());
    this.#deadline = Math.min(asked, limitMs === 0 ? Number.POSITIVE_INFINITY : Date.now() + limitMs);
    call.on("cancelled", () => this.#abort.abort(new DOMException("the caller went away", "AbortError")));
    const expire = () => this.#abort.abort(new DOMException("the deadline has passed", "TimeoutError"));
    this.#timer = setTimeout(expire, Math.min(Math.max(this.#deadline - Date.now(), 0), 2 ** 31 - 1));
  }

  get service() {
    return this.method.parent;
  }
  get signal(): AbortSignal {
    return this.#abort.signal;
  }
  get url(): string {
    return this.#call.getPath();
  }
  timeoutMs(): number | undefined {
    return Number.isFinite(this.#deadline) ? Math.max(this.#deadline - Date.now(), 0) : undefined;
  }
  get requestHeader(): Headers {
    this.#header ??= headersOf(this.#call.metadata);
    return this.#header;
  }
  get values(): ContextValues {
    this.#values ??= createContextValues();
    return this.#values;
  }

  /** The call has ended: releases its timer. */
  end(): void {
    clearTimeout(this.#timer);
  }
}

function headersOf(metadata: Metadata): Headers {
  const headers = new Headers();
  for (const [name, values] of Object.entries(metadata.toHttp2Headers())) {
    for (const value of Array.isArray(values) ? values : [values]) headers.append(name, String(value ?? ""));
  }
  return headers;
}

/** The metadata of response headers; undefined if there are none. */
export function metadataOf(headers: Headers): Metadata | undefined {
  const metadata = new Metadata();
  let count = 0;
  for (const [name, value] of headers) {
    metadata.add(name, value as MetadataValue);
    count += 1;
  }
  return count === 0 ? undefined : metadata;
}
