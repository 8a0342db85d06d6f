import { type Attributes, ValueType } from "@opentelemetry/api";
import { hrTime } from "@opentelemetry/core";
import type { Resource } from "@opentelemetry/resources";
import {
  AggregationTemporality,
  type DataPoint,
  DataPointType,
  type Histogram,
  type HistogramMetricData,
  type MetricProducer,
} from "@opentelemetry/sdk-metrics";

/** What a histogram of durations is called, and its upper bounds in seconds, rising. */
export interface DurationsOptions {
  readonly name: string;
  readonly description: string;
  readonly boundaries: readonly number[];
}

/** Durations with the same attributes. */
export interface DurationSeries {
  /** In seconds. */
  record(seconds: number): void;
}

/** A histogram whose series are found once, and then cost a call next to nothing. */
export interface DurationHistogram {
  /** A series of its own for each call of this: whoever records keeps it. */
  series(attributes: Attributes): DurationSeries;
}

/** Histograms of durations as a source of the SDK's metrics. The SDK's own look their attributes up for each value. */
export function durationMetrics(resource: Resource) {
  const histograms: (() => HistogramMetricData)[] = [];
  const producer: MetricProducer = {
    collect: () =>
      Promise.resolve({
        resourceMetrics: {
          resource,
          scopeMetrics: [{ scope: { name: "throughline" }, metrics: histograms.map((it) => it()) }],
        },
        errors: [],
      }),
  };
  return {
    producer,
    histogram(options: DurationsOptions): DurationHistogram {
      const points: (() => DataPoint<Histogram>)[] = [];
      histograms.push(() => metricOf(options, points));
      return {
        series(attributes) {
          const made = series(attributes, [...options.boundaries]);
          points.push(made.point);
          return made;
        },
      };
    },
  };
}

const metricOf = (
  { name, description }: DurationsOptions,
  points: readonly (() => DataPoint<Histogram>)[],
): HistogramMetricData => ({
  descriptor: { name, description, unit: "s", valueType: ValueType.DOUBLE },
  aggregationTemporality: AggregationTemporality.CUMULATIVE,
  dataPointType: DataPointType.HISTOGRAM,
  dataPoints: points.map((it) => it()).filter((it) => it.value.count > 0),
});

function series(attributes: Attributes, boundaries: number[]) {
  const startTime = hrTime();
  const counts = new Float64Array(boundaries.length + 1);
  let [sum, count, min, max] = [0, 0, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  return {
    record(seconds: number): void {
      let at = 0;
      while (at < boundaries.length && seconds > (boundaries[at] ?? 0)) at += 1;
      counts[at] = (counts[at] ?? 0) + 1;
      sum += seconds;
      count += 1;
      if (seconds < min) min = seconds;
      if (seconds > max) max = seconds;
    },
    point: (): DataPoint<Histogram> => ({
      startTime,
      endTime: hrTime(),
      attributes,
      value: { buckets: { boundaries, counts: [...counts] }, sum, count, min, max },
    }),
  };
}
