import { setTimeout as delay } from "node:timers/promises";
import { anyPack } from "@bufbuild/protobuf/wkt";
import type { ServiceImpl } from "@connectrpc/connect";
import {
  ExportPredictionsResultSchema,
  type InferenceService,
} from "@throughline/contracts/throughline/inference/v1/inference_service_pb";
import { notFound, type PageTokens, pageSize, resourceName } from "@throughline/kernel";
import type { Operations } from "@throughline/operations";
import { callerOf, forwardedHeaders, operationToProto, toNs } from "@throughline/rpc";
import type { DeploymentTable } from "../domain/deployment-table.ts";
import { deploymentUnknown } from "../domain/errors.ts";
import type { ExportPredictions } from "../domain/export-predictions.ts";
import type { Feedback } from "../domain/feedback.ts";
import { type Changes, deploymentMetrics } from "../domain/metrics.ts";
import type { PredictRequest } from "../domain/predict.ts";
import type { LogPosition, Prediction } from "../domain/prediction.ts";
import type { PredictionLog } from "../domain/prediction-log.ts";
import { exportDigest, exportToProto, windowFromProto } from "./convert-export.ts";
import { entityFromProto, metricsToProto, predictionToProto, predictResponse } from "./convert-prediction.ts";

export interface InferenceParts {
  readonly table: DeploymentTable;
  readonly log: PredictionLog;
  readonly feedback: Feedback;
  readonly changes: Changes;
  readonly predict: (request: PredictRequest) => Promise<Prediction>;
  readonly exportPredictions: ExportPredictions;
  readonly operations: Operations;
  readonly pageTokens: PageTokens;
}

const DEPLOYMENT = resourceName("projects/{project}/deployments/{deployment}");
const PREDICTION = resourceName("projects/{project}/deployments/{deployment}/predictions/{prediction}");

/** Watchers hear at most this often. */
const WATCH_INTERVAL_MS = 1_000;

/** The native edge of the router: convert, call, convert. */
export function inferenceHandlers(parts: InferenceParts): ServiceImpl<typeof InferenceService> {
  const { log, feedback, operations } = parts;
  return {
    async predict(request, context) {
      const prediction = await parts.predict({
        deployment: request.deployment,
        entity: entityFromProto(request.entity),
        requestId: request.requestId,
        call: { signal: context.signal, headers: forwardedHeaders(context) },
        ...(request.asOf ? { asOfNs: toNs(request.asOf) } : {}),
      });
      return predictResponse(request.deployment, prediction);
    },
    async getPrediction({ name }) {
      const { prediction: id, ...place } = PREDICTION.parse(name);
      const deployment = DEPLOYMENT.format(place);
      const prediction = await log.read(deployment, id);
      if (prediction === undefined) throw notFound(name);
      const [newest] = await feedback.newest(deployment, [id]);
      return { prediction: predictionToProto(deployment, prediction, newest) };
    },
    listPredictions: (request) => listPredictions(parts, request),
    async sendFeedback(request) {
      const given = request.feedback.map((it, i) => ({
        id: predictionIn(request.deployment, it.prediction, `feedback[${i}].prediction`),
        actual: it.actual,
        ...(it.actualTime ? { actualTimeNs: toNs(it.actualTime) } : {}),
      }));
      return feedback.send(request.deployment, given);
    },
    async getDeploymentMetrics({ deployment }) {
      return { releases: await metricsOf(parts, deployment) };
    },
    watchDeploymentMetrics: ({ deployment }, context) => watchMetrics(parts, deployment, context.signal),
    async exportPredictions(request, context) {
      const window = windowFromProto(request, callerOf(context).actor);
      const { deployment } = window;
      const operation = await operations.start({
        project: DEPLOYMENT.parse(deployment, "deployment").project,
        kind: "ExportPredictions",
        target: deployment,
        requestId: request.requestId,
        requestDigest: exportDigest(window),
        work: async (run) =>
          anyPack(ExportPredictionsResultSchema, exportToProto(await parts.exportPredictions(window, run))),
      });
      return { operation: operationToProto(operation) };
    },
  };
}

/** The id of a prediction of the deployment; names of other deployments find nothing here. */
function predictionIn(deployment: string, name: string, path: string): string {
  const { prediction, ...place } = PREDICTION.parse(name, path);
  return DEPLOYMENT.format(place) === deployment ? prediction : name;
}

async function listPredictions(
  { log, feedback, pageTokens }: InferenceParts,
  request: { readonly parent: string; readonly pageSize: number; readonly pageToken: string },
) {
  const deployment = request.parent;
  const limit = pageSize(request.pageSize);
  const query = ["predictions", deployment];
  const after = pageTokens.decode(query, request.pageToken) as readonly [string, number] | undefined;
  const before: LogPosition | undefined = after && { segment: after[0], offset: after[1] };
  const found = await log.backwards(deployment, { limit: limit + 1, ...(before ? { before } : {}) });
  const predictions = found.slice(0, limit);
  const last = found.length > limit ? predictions.at(-1) : undefined;
  const newest = await feedback.newest(
    deployment,
    predictions.map((it) => it.id),
  );
  return {
    predictions: predictions.map((it, i) => predictionToProto(deployment, it, newest[i])),
    nextPageToken: last ? pageTokens.encode(query, [last.position.segment, last.position.offset]) : "",
  };
}

async function metricsOf(parts: InferenceParts, deployment: string) {
  const isKnown = parts.table.names().includes(deployment) || parts.log.deployments().includes(deployment);
  if (!isKnown) throw deploymentUnknown(deployment);
  return (await deploymentMetrics(parts, deployment)).map(metricsToProto);
}

async function* watchMetrics(parts: InferenceParts, deployment: string, signal: AbortSignal) {
  while (!signal.aborted) {
    const changed = parts.changes.next(deployment, signal);
    yield { releases: await metricsOf(parts, deployment) };
    await delay(WATCH_INTERVAL_MS, undefined, { signal }).catch(() => {});
    await changed;
  }
}
