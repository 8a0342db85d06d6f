import type { DescMethod } from "@bufbuild/protobuf";
import { Code, ConnectError } from "@connectrpc/connect";
import { CallContext, deadlinePassed, ENDED, type Follower, wentAway } from "./call-context.ts";
import { currentCall } from "./call-scope.ts";
import { ACTOR_HEADER, callerOf } from "./caller.ts";
import { awaitDeadline, type Due, forgetDeadline } from "./deadline.ts";
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

/** What ends a call before its answer: a signal of its caller, or the call that it is a part of, which then needs no signal. */
export type CallEnd = AbortSignal | CallContext;

/** Fails if a call is over before it begins. */
export function assertGoesOn(end: CallEnd | undefined): void {
  const isOver = end instanceof CallContext ? end.stopped !== undefined : end?.aborted;
  if (end && isOver) throw abortedBy(end);
}

/** Says why a call that its caller has aborted has ended. */
const abortedBy = (end: CallEnd): ConnectError =>
  ConnectError.from(end instanceof CallContext ? end.stopped : end.reason, Code.Canceled);

/**
 * Waits for what ends a call before its answer, the deadline or its caller, and tells the handler by its signal, and the
 * caller by `interrupt`. `end` is to be called once the call has ended, however it has.
 */
export class CallWatch implements Due, Follower {
  readonly dueAtMs: number;
  timer: NodeJS.Timeout | undefined = undefined;
  place = -1;
  readonly #context: MemoryContext;
  readonly #followed: CallEnd | undefined;
  readonly #interrupt: (error: ConnectError) => void;

  constructor(context: MemoryContext, followed: CallEnd | undefined, interrupt: (error: ConnectError) => void) {
    const { limitMs } = context;
    this.#context = context;
    this.#followed = followed;
    this.#interrupt = interrupt;
    this.dueAtMs = limitMs === undefined ? Number.POSITIVE_INFINITY : performance.now() + limitMs;
    if (limitMs !== undefined) awaitDeadline(this);
    if (followed) followersOf(followed).push(this);
  }

  end(): void {
    if (this.#context.limitMs !== undefined) forgetDeadline(this);
    if (this.#followed) takeOut(followersOf(this.#followed), this);
    this.#context.end();
  }
  expire(): void {
    this.#context.expire();
    this.end();
    this.#interrupt(new ConnectError("the operation timed out", Code.DeadlineExceeded));
  }
  /** The caller's signal aborts, or the call that this one is a part of is stopped. */
  leave(): void {
    this.#context.cancel();
    this.end();
    if (this.#followed) this.#interrupt(abortedBy(this.#followed));
  }
}

const WATCHES = Symbol("watches");
/** At the signal itself: a table by signals costs each collection of garbage. */
type WatchedSignal = AbortSignal & { [WATCHES]?: Follower[] };

const followersOf = (end: CallEnd): Follower[] => (end instanceof CallContext ? end.followers : watchesOf(end));

/** The calls that end with a signal. It is listened to once, since the calls of a connection may share one. */
function watchesOf(signal: WatchedSignal): Follower[] {
  const known = signal[WATCHES];
  if (known) return known;
  const watches: Follower[] = [];
  signal[WATCHES] = watches;
  signal.addEventListener("abort", () => {
    for (const it of [...watches]) it.leave();
  });
  return watches;
}

/** Mostly there is no other: a call comes after the one before it. */
function takeOut(watches: Follower[], watch: Follower): void {
  const at = watches.indexOf(watch);
  const last = at < 0 ? undefined : watches.pop();
  if (last && last !== watch) watches[at] = last;
}
