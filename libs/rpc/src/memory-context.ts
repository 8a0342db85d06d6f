import type { DescMethod } from "@bufbuild/protobuf";
import { Code, ConnectError } from "@connectrpc/connect";
import { CallContext, deadlinePassed, ENDED, wentAway } from "./call-context.ts";
import { currentCall } from "./call-scope.ts";
import { ACTOR_HEADER, callerOf } from "./caller.ts";
import { forwardedPairs } from "./observe.ts";

/** Headers as callers give them. */
export type GivenHeaders = ConstructorParameters<typeof Headers>[0];

/** The context of a call within the process: its headers are the caller's, and the trace and actor of the call around it. */
export class MemoryContext extends CallContext {
  readonly protocolName = "memory";
  /** How long the call may take; undefined: as long as its caller stays. */
  readonly limitMs: number | undefined;
  readonly #given: GivenHeaders;
  readonly #around = currentCall();
  #forwarded: Readonly<Record<string, string>> | undefined;

  constructor(method: DescMethod, given: GivenHeaders, limitMs: number | undefined) {
    super(method, limitMs === undefined ? Number.POSITIVE_INFINITY : Date.now() + limitMs);
    this.limitMs = limitMs;
    this.#given = given;
  }

  get url(): string {
    return `memory:/${this.method.parent.typeName}/${this.method.name}`;
  }

  header(name: string): string | null {
    const given = headerIn(this.#given, name);
    if (given !== null || this.#around === undefined) return given;
    // Asked for with every call, whereas hardly one is asked for its trace.
    if (name === ACTOR_HEADER) return callerOf(this.#around).actor;
    return this.#fromAround()[name] ?? null;
  }
  protected makeHeaders(): Headers {
    const headers = new Headers(this.#given);
    for (const [name, value] of Object.entries(this.#fromAround())) if (!headers.has(name)) headers.set(name, value);
    return headers;
  }
  #fromAround(): Readonly<Record<string, string>> {
    this.#forwarded ??= this.#around ? forwardedPairs(this.#around) : NONE;
    return this.#forwarded;
  }

  cancel(): void {
    this.stop(wentAway());
  }
  expire(): void {
    this.stop(deadlinePassed());
  }
  end(): void {
    this.stop(ENDED);
  }
}

const NONE: Readonly<Record<string, string>> = {};

/** One header, of the shapes that calls are given them in; `name` in lower case. */
function headerIn(given: GivenHeaders, name: string): string | null {
  if (given === undefined) return null;
  if (given instanceof Headers) return given.get(name);
  if (Symbol.iterator in given) return new Headers(given).get(name);
  for (const [key, value] of Object.entries(given)) if (key.toLowerCase() === name) return String(value);
  return null;
}

/** Says why a call that its caller has aborted has ended. */
export const abortedBy = (signal: AbortSignal): ConnectError => ConnectError.from(signal.reason, Code.Canceled);

/**
 * Waits for what ends a call before its answer, the deadline or its caller, and tells the handler by its signal, and the
 * caller by `interrupt`. Gives back what is to be called once the call has ended, however it has.
 */
export function watchCall(
  context: MemoryContext,
  signal: AbortSignal | undefined,
  interrupt: (error: ConnectError) => void,
): () => void {
  const end = (): void => {
    clearTimeout(timer);
    signal?.removeEventListener("abort", abort);
    context.end();
  };
  const abort = (): void => {
    context.cancel();
    end();
    if (signal) interrupt(abortedBy(signal));
  };
  const expire = (): void => {
    context.expire();
    end();
    interrupt(new ConnectError("the operation timed out", Code.DeadlineExceeded));
  };
  const timer = context.limitMs === undefined ? undefined : setTimeout(expire, Math.min(context.limitMs, 2 ** 31 - 1));
  signal?.addEventListener("abort", abort);
  return end;
}
