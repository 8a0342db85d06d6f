import { setTimeout as delay } from "node:timers/promises";
import { anyPack } from "@bufbuild/protobuf/wkt";
import type { HandlerContext, ServiceImpl } from "@connectrpc/connect";
import {
  ExportPredictionsResultSchema,
  type InferenceService,
  type SendFeedbackRequest,
} from "@throughline/contracts/throughline/inference/v1/inference_service_pb";
import { isDomainError, notFound, type PageTokens, resourceName } from "@throughline/kernel";
import type { Operations } from "@throughline/operations";
import { callerOf, operationToProto, toNs } from "@throughline/rpc";
import type { Replayed } from "../domain/analysis/replay.ts";
import type { DeploymentTable } from "../domain/deployment-table.ts";
import { deploymentUnknown } from "../domain/errors.ts";
import type { ExportPredictions } from "../domain/export-predictions.ts";
import type { Feedback } from "../domain/feedback.ts";
import { predictionsNotSampled } from "../domain/log-errors.ts";
import { type Changes, deploymentMetrics } from "../domain/metrics.ts";
import type { ReleaseMirror } from "../domain/mirror.ts";
import type { PredictionLog } from "../domain/prediction-log.ts";
import { replayedToProto } from "./convert-decision.ts";
import { exportDigest, exportToProto, windowFromProto } from "./convert-export.ts";
import { entityFromProto, metricsToProto, predictionToProto, predictResponse } from "./convert-prediction.ts";
import { mirrorToProto } from "./convert-rollout.ts";
import { shadowToProto } from "./convert-shadow.ts";
import { addedCounts, type Forwarding } from "./forwarding.ts";
import { logPage, type PageAsked } from "./log-pages.ts";
import { answerRows, type PredictRowsParts } from "./predict-rows.ts";
import { callOf, priorityFromProto } from "./run-call.ts";

export interface InferenceParts extends PredictRowsParts {
  readonly table: DeploymentTable;
  readonly log: PredictionLog;
  readonly feedback: Feedback;
  readonly changes: Changes;
  readonly shadows: Pick<ReleaseMirror, "counts">;
  readonly exportPredictions: ExportPredictions;
  readonly replayDecision: (name: string) => Promise<Replayed>;
  /** Undefined where a call may not be forwarded to other routers. */
  readonly forwarding: (context: HandlerContext) => Forwarding | undefined;
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
        call: callOf(context, priorityFromProto(request.priority)),
        ...(request.asOf ? { asOfNs: toNs(request.asOf) } : {}),
      });
      return predictResponse(request.deployment, prediction);
    },
    predictRows: (request, context) => answerRows(parts, request, context),
    async getPrediction({ name }, context) {
      const { prediction: id, ...place } = PREDICTION.parse(name);
      const deployment = DEPLOYMENT.format(place);
      const found = await log.find(deployment, id);
      if (found === undefined) {
        const elsewhere = await parts.forwarding(context)?.getPrediction(name, context);
        if (elsewhere === undefined) throw notFound(name);
        return elsewhere;
      }
      if (!found.isSampled) throw predictionsNotSampled([name], "not_found");
      const { prediction } = found;
      const [newest] = await feedback.newest(deployment, [id]);
      return { prediction: predictionToProto(deployment, prediction, newest) };
    },
    listPredictions: (request) => listPredictions(parts, request),
    listShadowPredictions: (request) => listShadows(parts, request),
    sendFeedback: (request, context) => sendFeedback(parts, request, context),
    async getDeploymentMetrics({ deployment }) {
      const mirror = mirrorToProto(parts.shadows.counts(deployment));
      return { releases: await metricsOf(parts, deployment), ...(mirror && { mirror }) };
    },
    watchDeploymentMetrics: ({ deployment }, context) => watchMetrics(parts, deployment, context.signal),
    replayDecision: async ({ decision }) => replayedToProto(await parts.replayDecision(decision)),
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

/** Takes feedback for predictions of this router, and sends on that for predictions of others. */
async function sendFeedback(
  { feedback, forwarding }: InferenceParts,
  { deployment, feedback: told }: SendFeedbackRequest,
  context: HandlerContext,
) {
  const given = told.map((it, i) => ({
    id: predictionIn(deployment, it.prediction, `feedback[${i}].prediction`),
    actual: it.actual,
    ...(it.reward !== undefined && { reward: it.reward }),
    ...(it.actualTime ? { actualTimeNs: toNs(it.actualTime) } : {}),
  }));
  try {
    return await feedback.send(deployment, given);
  } catch (error) {
    const forward = isDomainError(error, "PREDICTION_UNKNOWN") ? forwarding(context) : undefined;
    if (forward === undefined) throw error;
    const ids = [...new Set(given.map((it) => it.id))];
    const foreign = new Set(await feedback.unknown(deployment, ids));
    const own = given.filter((it) => !foreign.has(it.id));
    const sent = await forward.sendFeedback(
      { deployment, feedback: told.filter((_, i) => foreign.has(given[i]?.id ?? "")) },
      context,
    );
    return own.length === 0 ? sent : addedCounts(sent, await feedback.send(deployment, own));
  }
}

/** The id of a prediction of the deployment; names of other deployments find nothing here. */
function predictionIn(deployment: string, name: string, path: string): string {
  const { prediction, ...place } = PREDICTION.parse(name, path);
  return DEPLOYMENT.format(place) === deployment ? prediction : name;
}

async function listPredictions({ log, feedback, pageTokens }: InferenceParts, request: PageAsked) {
  const deployment = request.parent;
  const pages = { pageTokens, kind: "predictions", read: (page: LogPageOf) => log.backwards(deployment, page) };
  const { items, nextPageToken } = await logPage(pages, request);
  const newest = await feedback.newest(
    deployment,
    items.map((it) => it.id),
  );
  return { predictions: items.map((it, i) => predictionToProto(deployment, it, newest[i])), nextPageToken };
}

async function listShadows({ log, pageTokens }: InferenceParts, request: PageAsked) {
  const deployment = request.parent;
  const pages = { pageTokens, kind: "shadows", read: (page: LogPageOf) => log.shadowsBackwards(deployment, page) };
  const { items, nextPageToken } = await logPage(pages, request);
  return { shadowPredictions: items.map((it) => shadowToProto(deployment, it)), nextPageToken };
}

type LogPageOf = Parameters<PredictionLog["backwards"]>[1];

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
