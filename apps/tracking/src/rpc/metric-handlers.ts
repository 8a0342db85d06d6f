import type { MessageInitShape } from "@bufbuild/protobuf";
import type { ServiceImpl } from "@connectrpc/connect";
import {
  LogBatchRequestSchema,
  type LogMetricsRequest,
  type MetricCurveSchema,
  type TrackingService,
} from "@throughline/contracts/throughline/tracking/v1/tracking_service_pb";
import { invalidField } from "@throughline/kernel";
import { type GroupLimit, inGroups, untilAborted } from "@throughline/rpc";
import { logger } from "../domain/log.ts";
import { metricHistory } from "../domain/metric-history.ts";
import { type Curve, metricCurves } from "../domain/metric-sample.ts";
import { type StreamedMetrics, type StreamLog, streamedBatch, streamLog } from "../domain/metric-stream.ts";
import { type Key, parseProject, parseRunName, runName } from "../domain/names.ts";
import type { Tracking } from "../domain/ports.ts";
import { callOf } from "./call.ts";
import { batchFromProto, pointsFromProto } from "./convert-batch.ts";
import { metricToProto } from "./convert-tracking.ts";
import { safeNumber, sameProject } from "./convert-values.ts";

type Handlers = ServiceImpl<typeof TrackingService>;
type MetricMethods = "logBatch" | "logMetrics" | "getMetricHistory" | "sampleMetrics";

/** The RPC edge of metrics: convert, call, convert. `closing` ends the streams. */
export function metricHandlers(tracking: Tracking, closing: AbortSignal): Pick<Handlers, MetricMethods> {
  const log = logger(tracking);
  return {
    async logBatch(request, context) {
      const run = parseRunName(request.run, "run");
      const batch = batchFromProto(request, run.project, tracking.clock.now());
      await log({ run, batch }, callOf({ schema: LogBatchRequestSchema, request, scope: request.run }, context));
      return {};
    },
    async *logMetrics(requests, context) {
      const signal = AbortSignal.any([context.signal, closing]);
      let stream: { readonly run: Key; readonly log: StreamLog } | undefined;
      for await (const group of inGroups(untilAborted(requests, signal), GROUPS)) {
        const ready: StreamedMetrics[] = [];
        let wrong: { readonly error: unknown } | undefined;
        for (const request of group) {
          try {
            stream ??= opened(request);
            sameStream(request, stream.run);
            if (request.sequence === 0n && request.metrics.length > 0)
              throw invalidField("sequence", "a message with metrics has a number from 1 on");
            if (request.sequence > 0n) ready.push(messageFromProto(request, stream.run, tracking.clock.now()));
          } catch (error) {
            wrong = { error };
            break;
          }
          if (request.sequence > 0n) continue;
          yield* acknowledged(stream.log.append(ready.splice(0)));
          yield { acknowledgedSequence: BigInt(await stream.log.position()) };
        }
        // What came before a message that is wrong is stored.
        if (stream) yield* acknowledged(stream.log.append(ready));
        if (wrong) throw wrong.error;
      }

      function opened({ run: name, streamId: id }: LogMetricsRequest) {
        if (name === "") throw invalidField("run", "the first message of a stream names the run");
        if (id === "") throw invalidField("stream_id", "the first message of a stream has its id");
        const run = parseRunName(name, "run");
        return { run, log: streamLog(tracking, log, { run, id }) };
      }
    },
    async getMetricHistory({ run, key, pageSize, pageToken, byTime }) {
      const page = { size: pageSize, token: pageToken };
      const asked = { run: parseRunName(run, "run"), metric: key, page, byTime };
      const history = await metricHistory(tracking, asked);
      return { metrics: history.items.map(metricToProto), nextPageToken: history.nextPageToken };
    },
    async sampleMetrics({ parent, runs, keys, points, startStep, endStep }) {
      const project = parseProject(parent, "parent");
      const named = runs.map((name, i) => {
        const run = parseRunName(name, `runs[${i}]`);
        sameProject(run.project, project, `runs[${i}]`);
        return run;
      });
      const range = { ...(startStep !== undefined && { startStep }), ...(endStep !== undefined && { endStep }) };
      const curves = await metricCurves(tracking, { runs: named, metrics: keys, points, ...range });
      return { curves: curves.map(curveToProto) };
    },
  };
}

/** Messages that are stored in one commit: not more points than one batch may have, or little more. */
const GROUPS: GroupLimit<LogMetricsRequest> = { weigh: ({ metrics }) => 1 + metrics.length, most: 2_000 };

const messageFromProto = ({ sequence, metrics }: LogMetricsRequest, run: Key, arrivalMs: number): StreamedMetrics => ({
  sequence: safeNumber(sequence, "sequence"),
  batch: streamedBatch(pointsFromProto(metrics, run.project, arrivalMs)),
});

async function* acknowledged(positions: AsyncIterable<number>) {
  for await (const position of positions) yield { acknowledgedSequence: BigInt(position) };
}

function sameStream({ run: name }: LogMetricsRequest, run: Key): void {
  if (name === "") return;
  const { project, id } = parseRunName(name, "run");
  if (project !== run.project || id !== run.id)
    throw invalidField("run", "a stream is of one run. Open another stream");
}

const curveToProto = ({ run, metric, points, complete }: Curve): MessageInitShape<typeof MetricCurveSchema> => ({
  run: runName.format({ project: run.project, run: run.id }),
  key: metric,
  points: points.map(metricToProto),
  complete,
});
