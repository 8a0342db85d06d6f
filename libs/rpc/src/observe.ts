import type { DescMethod } from "@bufbuild/protobuf";
import { Code, type ConnectError, createContextKey, type HandlerContext } from "@connectrpc/connect";
import { type Context, ROOT_CONTEXT, type Span, SpanKind, SpanStatusCode, trace } from "@opentelemetry/api";
import {
  type DurationHistogram,
  type DurationSeries,
  type Log,
  readTraceContext,
  type Telemetry,
  writeTraceContext,
} from "@throughline/telemetry";
import { CallContext, headerReader } from "./call-context.ts";
import { ACTOR_HEADER, callerOf } from "./caller.ts";
import { reasonOf } from "./errors.ts";

/** Watches one call from its first byte to its end. */
export type CallObserver = (method: DescMethod, context: HandlerContext) => ObservedCall;

export interface ObservedCall {
  /** An error that is a bug: its cause goes into the log, and nowhere else. */
  bug(cause: unknown): void;
  /** The call has ended, well if without an error. */
  end(error?: ConnectError): void;
}

export interface ObserveOptions {
  readonly telemetry: Telemetry;
  readonly log: Log;
  /** A line for every call, not only for those that fail. */
  readonly logCalls: boolean;
}

/** The trace of a call, made when it is first asked for. */
type LazyTrace = () => Context;

const TRACE = createContextKey<LazyTrace>(() => ROOT_CONTEXT, { description: "trace context" });

const BOUNDARIES = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 60];

/** One span, one histogram and one log line for each call. */
export function callObserver(options: ObserveOptions): CallObserver {
  const histogram = options.telemetry.durations({
    name: "rpc_server_duration_seconds",
    description: "Time from a call's arrival to its end.",
    boundaries: BOUNDARIES,
  });
  const known = new Map<DescMethod, MethodFacts>();
  return (method, context) => {
    let facts = known.get(method);
    if (!facts) {
      facts = methodFacts(method, histogram);
      known.set(method, facts);
    }
    return new WatchedCall(facts, context, options);
  };
}

/** What is told of every call of a method. */
interface MethodFacts {
  readonly name: string;
  readonly attributes: Readonly<Record<string, string>>;
  /** The durations of calls that ended with a code. */
  readonly seconds: (code: string) => DurationSeries;
}

function methodFacts(method: DescMethod, histogram: DurationHistogram): MethodFacts {
  const attributes = { "rpc.system": "grpc", "rpc.service": method.parent.typeName, "rpc.method": method.name };
  const byCode = new Map<string, DurationSeries>();
  return {
    name: `${method.parent.typeName}/${method.name}`,
    attributes,
    seconds(code) {
      let made = byCode.get(code);
      if (!made) {
        made = histogram.series({ ...attributes, "rpc.grpc.status": code });
        byCode.set(code, made);
      }
      return made;
    },
  };
}

/**
 * A call that is being watched. Its span is begun with it where spans are recorded. Elsewhere it has one, for the ids in log
 * lines and in the calls that it makes, only once somebody asks: most calls end before.
 */
class WatchedCall implements ObservedCall {
  readonly #facts: MethodFacts;
  readonly #context: HandlerContext;
  readonly #options: ObserveOptions;
  readonly #start = performance.now();
  #span: Span | undefined;
  #trace: Context | undefined;

  constructor(facts: MethodFacts, context: HandlerContext, options: ObserveOptions) {
    this.#facts = facts;
    this.#context = context;
    this.#options = options;
    if (options.telemetry.isTracing) this.#begun();
    if (context instanceof CallContext) context.trace = this;
    else context.values.set(TRACE, () => this.context());
  }

  /** The trace context of what the call does. */
  context(): Context {
    const span = this.#begun();
    return this.#trace ?? trace.setSpan(ROOT_CONTEXT, span);
  }
  bug(cause: unknown): void {
    this.#options.log.error({ event: "bug", method: this.#facts.name, trace: this.#traceId() }, cause);
  }
  end(error?: ConnectError): void {
    const elapsedMs = performance.now() - this.#start;
    const code = error ? Code[error.code] : "OK";
    this.#facts.seconds(code).record(elapsedMs / 1_000);
    if (error) this.#span?.setStatus({ code: SpanStatusCode.ERROR, message: code });
    this.#span?.end();
    if (error || this.#options.logCalls) this.#tell(code, elapsedMs, error);
  }

  #begun(): Span {
    if (this.#span) return this.#span;
    const parent = readTraceContext(headerReader(this.#context));
    const { name, attributes } = this.#facts;
    this.#span = this.#options.telemetry.tracer.startSpan(name, { kind: SpanKind.SERVER, attributes }, parent);
    this.#trace = trace.setSpan(parent, this.#span);
    return this.#span;
  }
  #traceId(): string {
    return this.#begun().spanContext().traceId;
  }
  #tell(code: string, elapsedMs: number, error: ConnectError | undefined): void {
    this.#options.log.info({
      event: "call",
      method: this.#facts.name,
      code,
      reason: reasonOf(error),
      message: error?.rawMessage,
      elapsedMs: Math.round(elapsedMs * 1_000) / 1_000,
      actor: callerOf(this.#context).actor,
      trace: this.#traceId(),
    });
  }
}

/** The trace context of a call, for spans of what it does. */
const traceOf = (context: HandlerContext): Context =>
  context instanceof CallContext ? (context.trace?.context() ?? ROOT_CONTEXT) : context.values.get(TRACE)();

/** Headers to send along when a handler calls another service, so that the trace and the actor go on. */
export const forwardedHeaders = (context: HandlerContext): Headers => new Headers(forwardedPairs(context));

/** The same by their names, in lower case. */
export function forwardedPairs(context: HandlerContext): Readonly<Record<string, string>> {
  const pairs: Record<string, string> = { [ACTOR_HEADER]: callerOf(context).actor };
  writeTraceContext(traceOf(context), (name, value) => {
    pairs[name] = value;
  });
  return pairs;
}
