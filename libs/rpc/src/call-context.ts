import type { DescMethod } from "@bufbuild/protobuf";
import { type ContextValues, createContextValues, type HandlerContext } from "@connectrpc/connect";
import type { Context } from "@opentelemetry/api";
import type { Role } from "@throughline/contracts/throughline/type/v1/policy_pb";

/** A call that ends with another one. */
export interface Follower {
  /** The other one was stopped. */
  leave(): void;
}

/**
 * The context of a call, whichever way it came. Headers, values and the signal are made when a handler first asks for
 * them: most do not, and each costs more than the rest of the call's dispatch.
 */
export abstract class CallContext implements HandlerContext {
  readonly method: DescMethod;
  readonly requestMethod = "POST";
  abstract readonly protocolName: string;
  abstract readonly url: string;
  /** Who calls; set once it is known. */
  caller: Caller | undefined;
  /** The trace of the call; set by whoever observes it. */
  trace: { context(): Context } | undefined;
  /** Milliseconds since 1970; infinite if there is none. */
  readonly #deadline: number;
  #abort: AbortController | undefined;
  #stopped: Error | undefined;
  #followers: Follower[] | undefined;
  #requestHeader: Headers | undefined;
  #responseHeader: Headers | undefined;
  #responseTrailer: Headers | undefined;
  #values: ContextValues | undefined;

  protected constructor(method: DescMethod, deadline: number) {
    this.method = method;
    this.#deadline = deadline;
  }

  /** One header of the request, as `requestHeader` has it. Not for those whose names end in `-bin`. */
  abstract header(name: string): string | null;
  /** All headers of the request. */
  protected abstract makeHeaders(): Headers;

  get service() {
    return this.method.parent;
  }
  get signal(): AbortSignal {
    if (!this.#abort) {
      this.#abort = new AbortController();
      if (this.#stopped) this.#abort.abort(this.#stopped);
    }
    return this.#abort.signal;
  }
  /** Whole milliseconds that are left until the deadline, as calls go on over gRPC, which takes no parts of them; undefined if there is none. */
  timeoutMs(): number | undefined {
    return Number.isFinite(this.#deadline) ? Math.max(Math.ceil(this.#deadline - Date.now()), 0) : undefined;
  }
  get requestHeader(): Headers {
    this.#requestHeader ??= this.makeHeaders();
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

  /** Why the call was stopped; undefined while it goes on. */
  get stopped(): Error | undefined {
    return this.#stopped;
  }
  /** Those that end with the call unless they have ended before, who take themselves out. */
  get followers(): Follower[] {
    this.#followers ??= [];
    return this.#followers;
  }

  /** Aborts the signal, also one that is asked for only afterwards, and ends who follows the call. The first reason counts. */
  protected stop(reason: Error): void {
    this.#stopped ??= reason;
    this.#abort?.abort(this.#stopped);
    if (this.#followers) for (const it of [...this.#followers]) it.leave();
  }
  /** The trailers that the handler has set; undefined if it has not asked for them. */
  protected get trailersSet(): Headers | undefined {
    return this.#responseTrailer;
  }
}

export const wentAway = (): Error => new DOMException("the caller went away", "AbortError");

export const deadlinePassed = (): Error => new DOMException("the deadline has passed", "TimeoutError");

/** Why the signal of a call that has ended is aborted: one for all of them, since its stack tells nothing. */
export const ENDED: Error = new DOMException("the call has ended", "AbortError");

/** Reads single headers of a request, without making all of them where that can be avoided. */
export const headerReader = (context: HandlerContext): ((name: string) => string | null) =>
  context instanceof CallContext ? (name) => context.header(name) : (name) => context.requestHeader.get(name);

/** Who calls. */
export interface Caller {
  /** Name for histories and logs. */
  readonly actor: string;
  readonly role: Role;
}
