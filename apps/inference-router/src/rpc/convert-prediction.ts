import type { MessageInitShape } from "@bufbuild/protobuf";
import { FeatureStatus as StatusMessage } from "@throughline/contracts/throughline/features/v1/online_pb";
import type { PredictResponseSchema } from "@throughline/contracts/throughline/inference/v1/inference_service_pb";
import {
  type PredictionSchema,
  PredictionStatus,
  type ReleaseMetricsSchema,
} from "@throughline/contracts/throughline/inference/v1/prediction_pb";
import type { Value } from "@throughline/contracts/throughline/type/v1/value_pb";
import { rowDigest } from "@throughline/kernel";
import { fromMs, fromNs, valueFromProto, valueToProto } from "@throughline/rpc";
import type { Entity, Feature, FeatureStatus } from "../domain/features.ts";
import type { NewestFeedback } from "../domain/feedback.ts";
import type { ReleaseMetrics } from "../domain/metrics.ts";
import { type Prediction, pathOfPrediction, vectorNames } from "../domain/prediction.ts";
import { decisionsOf } from "../domain/release.ts";
import { coverageToProto, intervalToProto } from "./convert-interval.ts";

const STATUSES: Readonly<Record<FeatureStatus, StatusMessage>> = {
  present: StatusMessage.PRESENT,
  missing: StatusMessage.MISSING,
  stale: StatusMessage.STALE,
};

export const entityFromProto = (entity: Readonly<Record<string, Value>>): Entity =>
  Object.fromEntries(Object.entries(entity).map(([name, it]) => [name, valueFromProto(it)]));

const positionToProto = ({ position }: Prediction) => ({
  $typeName: "throughline.inference.v1.LogPosition" as const,
  segment: position.segment,
  offset: BigInt(position.offset),
});

export function predictResponse(
  deployment: string,
  prediction: Prediction,
): MessageInitShape<typeof PredictResponseSchema> {
  const { facts, score, vector } = prediction;
  const names = vectorNames(prediction);
  const absent = vector.flatMap((it, i) =>
    it.status === "present" ? [] : [[names[i] ?? "", STATUSES[it.status]] as const],
  );
  const response = {
    prediction: `${deployment}/predictions/${prediction.id}`,
    score,
    decisions: decisionsOf(facts.thresholds, score),
    release: facts.release,
    releaseDigest: facts.digest,
    // Nobody changes a message, and so answers share what all of a release have.
    viewVersions: facts.viewVersions as Record<string, bigint>,
    path: pathOfPrediction(prediction) as string[],
    absentFeatures: Object.fromEntries(absent),
    logPosition: positionToProto(prediction),
    rowDigest: prediction.rowDigest,
    ...traceToProto(prediction),
    notSampled: prediction.isSampled === false,
    ...(facts.propensity !== undefined && { releasePropensity: facts.propensity }),
  };
  if (prediction.trace === undefined && facts.calibration === undefined) return { ...response, ...UNSET };
  const nodeFeatures = enrichedToProto(prediction).map(({ features: _, vector: __, ...pinned }) => pinned);
  return { ...response, nodeFeatures, ...intervalToProto(prediction) };
}

/** What an answer of one model leaves unset. With it the answer is a whole message, of which none is made anew. */
const UNSET = {
  $typeName: "throughline.inference.v1.PredictResponse" as const,
  choices: [],
  absentNodes: [],
  gateVerdicts: [],
  scores: [],
  nodeFeatures: [],
  interval: undefined,
  labelSet: [],
  calibrationGroup: "",
};

export function predictionToProto(
  deployment: string,
  prediction: Prediction,
  feedback: NewestFeedback | undefined,
): MessageInitShape<typeof PredictionSchema> {
  const { facts, score, payload } = prediction;
  const name = `${deployment}/predictions/${prediction.id}`;
  return {
    name,
    release: facts.release,
    releaseDigest: facts.digest,
    ...(facts.propensity !== undefined && { releasePropensity: facts.propensity }),
    score,
    decisions: decisionsOf(facts.thresholds, score),
    features: [...vectorNames(prediction)],
    vector: { values: prediction.vector.map(featureToProto), rowDigest: prediction.rowDigest },
    viewVersions: { ...facts.viewVersions },
    path: [...pathOfPrediction(prediction)],
    ...traceToProto(prediction),
    nodeFeatures: enrichedToProto(prediction),
    ...intervalToProto(prediction),
    entity: Object.fromEntries(Object.entries(prediction.entity).map(([key, it]) => [key, valueToProto(it)])),
    asOf: fromNs(prediction.asOfNs),
    time: fromMs(prediction.timeMs),
    logPosition: positionToProto(prediction),
    ...(payload && { payload: { digest: payload.digest, sizeBytes: BigInt(payload.size) } }),
    ...(feedback ? { feedback: feedbackToProto(name, feedback) } : {}),
  };
}

/** What is said of the graph, in a response and in a prediction alike. */
function traceToProto({ facts, trace, score }: Prediction) {
  const modelVersions = (facts.modelVersions ?? {}) as Record<string, string>;
  if (trace === undefined)
    return { modelVersions, status: Number.isNaN(score) ? PredictionStatus.NO_SCORE : PredictionStatus.ANSWERED };
  const took = new Set(trace.path);
  return {
    modelVersions: Object.fromEntries(Object.entries(modelVersions).filter(([node]) => took.has(node))),
    status: trace.isRefused ? PredictionStatus.OUTLIER : PredictionStatus.ANSWERED,
    choices: trace.choices.map(({ node, branch, propensity, isFallback }) => ({
      node,
      branch,
      propensity,
      fallback: isFallback,
    })),
    absentNodes: trace.absent.map(({ node, reason }) => ({ node, reason })),
    gateVerdicts: trace.verdicts.map(({ node, score, limit, isOutlier }) => ({
      node,
      score,
      limit,
      outlier: isOutlier,
    })),
    scores: trace.scores.length > 1 ? [...trace.scores] : [],
  };
}

function enrichedToProto({ facts, trace }: Prediction) {
  return (trace?.enriched ?? []).map(({ node, features }) => {
    const pinned = facts.enrichments?.[node];
    return {
      node,
      ...(pinned && {
        featureService: pinned.service.name,
        featureServiceVersion: pinned.service.version,
        viewVersions: { ...pinned.viewVersions },
        features: [...pinned.features],
      }),
      vector: { values: features.map(featureToProto), rowDigest: rowDigest(features.map((it) => it.value)) },
    };
  });
}

const featureToProto = ({ value, status, eventTimeNs, knowledgeTimeNs }: Feature) => ({
  value: valueToProto(value),
  status: STATUSES[status],
  ...(eventTimeNs === undefined ? {} : { eventTime: fromNs(eventTimeNs) }),
  ...(knowledgeTimeNs === undefined ? {} : { knowledgeTime: fromNs(knowledgeTimeNs) }),
});

const feedbackToProto = (prediction: string, feedback: NewestFeedback) => ({
  prediction,
  actual: feedback.actual,
  ...(feedback.reward !== undefined && { reward: feedback.reward }),
  actualTime: fromNs(feedback.actualTimeNs),
  revision: BigInt(feedback.revision),
});

export const metricsToProto = (metrics: ReleaseMetrics): MessageInitShape<typeof ReleaseMetricsSchema> => ({
  release: metrics.release,
  predictionCount: BigInt(metrics.predictionCount),
  feedbackCount: BigInt(metrics.feedbackCount),
  meanScore: metrics.meanScore,
  meanActual: metrics.meanActual,
  logLoss: metrics.logLoss,
  brier: metrics.brier,
  auc: metrics.auc,
  latencyMsP50: metrics.latencyMsP50,
  latencyMsP99: metrics.latencyMsP99,
  errorCount: BigInt(metrics.errorCount),
  outlierCount: BigInt(metrics.outlierCount),
  loggedCount: BigInt(metrics.loggedCount),
  ...(metrics.coverage ? coverageToProto(metrics.coverage) : {}),
  ...(metrics.aucInterval
    ? {
        aucInterval: {
          low: metrics.aucInterval.low,
          high: metrics.aucInterval.high,
          level: metrics.aucInterval.level,
          method: "delong",
        },
      }
    : {}),
});
