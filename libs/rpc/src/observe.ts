import type { DescMethod } from "@bufbuild/protobuf";
import { Code, type ConnectError, createContextKey, type HandlerContext } from "@connectrpc/connect";
import { type Context, ROOT_CONTEXT, SpanKind, SpanStatusCode, trace } from "@opentelemetry/api";
import { type Log, readTraceContext, type Telemetry, writeTraceContext } from "@throughline/telemetry";
import { headerReader } from "./call-context.ts";
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

const TRACE = createContextKey<Context>(ROOT_CONTEXT, { description: "trace context" });

/** One span, one histogram and one log line for each call. */
export function callObserver({ telemetry, log, logCalls }: ObserveOptions): CallObserver {
  const seconds = telemetry.meter.createHistogram("rpc_server_duration_seconds", {
    unit: "s",
    description: "Time from a call's arrival to its end.",
    advice: {
      explicitBucketBoundaries: [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 60],
    },
  });
  return (method, context) => {
    const name = `${method.parent.typeName}/${method.name}`;
    const attributes = { "rpc.system": "grpc", "rpc.service": method.parent.typeName, "rpc.method": method.name };
    const parent = readTraceContext(headerReader(context));
    const span = telemetry.tracer.startSpan(name, { kind: SpanKind.SERVER, attributes }, parent);
    context.values.set(TRACE, trace.setSpan(parent, span));
    const start = performance.now();
    return {
      bug: (cause) => log.error({ event: "bug", method: name, trace: span.spanContext().traceId }, cause),
      end(error) {
        const elapsedMs = performance.now() - start;
        const code = error ? Code[error.code] : "OK";
        seconds.record(elapsedMs / 1_000, { ...attributes, "rpc.grpc.status": code });
        if (error) span.setStatus({ code: SpanStatusCode.ERROR, message: code });
        span.end();
        if (error || logCalls) {
          log.info({
            event: "call",
            method: name,
            code,
            reason: reasonOf(error),
            message: error?.rawMessage,
            elapsedMs: Math.round(elapsedMs * 1_000) / 1_000,
            actor: callerOf(context).actor,
            trace: span.spanContext().traceId,
          });
        }
      },
    };
  };
}

/** Headers to send along when a handler calls another service, so that the trace and the actor go on. */
export const forwardedHeaders = (context: HandlerContext): Headers => new Headers(forwardedPairs(context));

/** The same by their names, in lower case. */
export function forwardedPairs(context: HandlerContext): Readonly<Record<string, string>> {
  const pairs: Record<string, string> = { [ACTOR_HEADER]: callerOf(context).actor };
  writeTraceContext(context.values.get(TRACE), (name, value) => {
    pairs[name] = value;
  });
  return pairs;
}
