import { type Context, type Meter, ROOT_CONTEXT, type Tracer } from "@opentelemetry/api";
import { W3CTraceContextPropagator } from "@opentelemetry/core";
import { PrometheusExporter, PrometheusSerializer } from "@opentelemetry/exporter-prometheus";
import { OTLPTraceExporter } from "@opentelemetry/exporter-trace-otlp-http";
import { resourceFromAttributes } from "@opentelemetry/resources";
import { MeterProvider } from "@opentelemetry/sdk-metrics";
import {
  AlwaysOffSampler,
  BatchSpanProcessor,
  ParentBasedSampler,
  TraceIdRatioBasedSampler,
  TracerProvider,
} from "@opentelemetry/sdk-trace";
import { type DurationHistogram, type DurationsOptions, durationMetrics } from "./durations.ts";

/** What a process measures and traces with. Passed as an argument; nothing is registered globally. */
export interface Telemetry {
  readonly meter: Meter;
  readonly tracer: Tracer;
  /** False if no span is ever recorded. */
  readonly isTracing: boolean;
  /** Makes a histogram of durations that is recorded with every call; its name must be new. */
  durations(options: DurationsOptions): DurationHistogram;
  /** The metrics so far, in the Prometheus text format. */
  prometheus(): Promise<string>;
  /** Sends what is buffered, and ends. */
  close(): Promise<void>;
}

export interface TelemetryOptions {
  /** `service.name` of every metric and span. */
  readonly serviceName: string;
  /** Where spans are sent (OTLP over HTTP, such as `http://127.0.0.1:4318/v1/traces`). Left out: none are recorded. */
  readonly tracesUrl?: string;
  /** Share of traces that are recorded where the caller has not decided, from 0 to 1. */
  readonly traceRatio?: number;
}

export function openTelemetry(options: TelemetryOptions): Telemetry {
  const resource = resourceFromAttributes({ "service.name": options.serviceName });
  const durations = durationMetrics(resource);
  const exporter = new PrometheusExporter({ preventServerStart: true, metricProducers: [durations.producer] });
  const meters = new MeterProvider({ resource, readers: [exporter] });
  const tracers = new TracerProvider({
    resource,
    sampler: options.tracesUrl
      ? new ParentBasedSampler({ root: new TraceIdRatioBasedSampler(options.traceRatio ?? 1) })
      : new AlwaysOffSampler(),
    spanProcessors: options.tracesUrl
      ? [new BatchSpanProcessor({ exporter: new OTLPTraceExporter({ url: options.tracesUrl }) })]
      : [],
  });
  const serializer = new PrometheusSerializer();
  return {
    meter: meters.getMeter("throughline"),
    tracer: tracers.getTracer("throughline"),
    isTracing: options.tracesUrl !== undefined && options.tracesUrl !== "",
    durations: durations.histogram,
    prometheus: async () => serializer.serialize((await exporter.collect()).resourceMetrics),
    close: async () => {
      await tracers.shutdown();
      await meters.shutdown();
    },
  };
}

const propagator = new W3CTraceContextPropagator();

/** Reads the caller's trace context from the headers of a request. */
export function readTraceContext(header: (name: string) => string | null | undefined): Context {
  return propagator.extract(ROOT_CONTEXT, undefined, {
    get: (_carrier, name) => header(name) ?? undefined,
    keys: () => ["traceparent", "tracestate"],
  });
}

/** Writes a trace context into the headers of an outgoing request. */
export function writeTraceContext(context: Context, set: (name: string, value: string) => void): void {
  propagator.inject(context, undefined, { set: (_carrier, name, value) => set(name, value) });
}
