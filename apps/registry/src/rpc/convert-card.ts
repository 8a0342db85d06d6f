import { create } from "@bufbuild/protobuf";
import {
  type ModelCard as CardMessage,
  type CardText as CardTextMessage,
  CardTextSchema,
  ModelCardSchema,
  type Scorecard as ScorecardMessage,
  ScorecardSchema,
  ScorecardState,
  ScorecardStatementSchema,
  type ScorecardStatement as StatementMessage,
} from "@throughline/contracts/throughline/registry/v1/card_pb";
import { fromMs } from "@throughline/rpc";
import { cardMarkdown } from "../domain/card-markdown.ts";
import type { CardText, CardTextRecord } from "../domain/card-text.ts";
import { type EvaluatedMetric, type Known, sliceText } from "../domain/evidence.ts";
import type { ModelCard } from "../domain/model-card.ts";
import type { Release } from "../domain/release.ts";
import type { Scorecard, ScoredTest, StatementRecord } from "../domain/scorecard.ts";
import type { Written } from "../domain/written.ts";
import { changeToProto, int64s, versionToProto } from "./convert-model.ts";

export function cardToProto(card: ModelCard): CardMessage {
  const { name, version, modelDescription, text, known, release, limits, missing } = card;
  const { evaluation, certificate, measurements } = known;
  return create(ModelCardSchema, {
    name,
    version: versionToProto(version),
    modelDescription,
    text: cardTextToProto(text),
    ...(evaluation && { evaluation: evaluationToProto(evaluation) }),
    measurements: [...measurements.values()].map(({ metric, value, source, reportDigest }) => ({
      metric,
      value,
      source,
      reportDigest,
    })),
    ...(certificate && {
      certificate: {
        digest: certificate.digest,
        passed: certificate.passed,
        suspectCount: certificate.suspects.length,
      },
    }),
    ...(release && { release: releaseOnCard(release) }),
    computedLimits: [...limits],
    missing: [...missing],
    markdown: cardMarkdown(card),
  });
}

const evaluationToProto = ({ digest, dataDigest, slices, smallSlices }: NonNullable<Known["evaluation"]>) => ({
  digest,
  dataDigest,
  smallSlices: [...smallSlices],
  slices: slices.map((it) => ({
    slice: sliceText(it.key),
    rowCount: BigInt(it.rowCount),
    metrics: it.metrics.map(metricToProto),
  })),
});

const metricToProto = ({ name, value, interval }: EvaluatedMetric) => ({
  metric: name,
  value,
  ...(interval && { low: interval.low, high: interval.high, level: interval.level }),
});

const releaseOnCard = ({ name, digest, manifest: { features, thresholds } }: Release) => ({
  name,
  digest,
  featureService: features?.featureService ?? "",
  viewVersions: int64s(features?.viewVersions ?? {}),
  features: [...(features?.features ?? [])],
  thresholds: { ...thresholds },
});

export const cardTextToProto = ({ change, ...text }: CardText): CardTextMessage =>
  create(CardTextSchema, {
    ...text,
    owners: [...text.owners],
    references: [...text.references],
    ...(change && { change: changeToProto(change), etag: String(change.revision) }),
  });

export const cardTextFromProto = (text: CardTextMessage): CardTextRecord => ({
  owners: text.owners,
  intendedUse: text.intendedUse,
  outOfScopeUse: text.outOfScopeUse,
  limitations: text.limitations,
  ethicalConsiderations: text.ethicalConsiderations,
  recommendations: text.recommendations,
  license: text.license,
  references: text.references,
});

export const scorecardToProto = ({ release, score, sections }: Scorecard): ScorecardMessage =>
  create(ScorecardSchema, {
    release,
    score,
    sections: sections.map(({ id, points, tests }) => ({ id, points, tests: tests.map(testToProto) })),
  });

const testToProto = ({ state, statement, ...test }: ScoredTest) => ({
  ...test,
  state: ScorecardState[state],
  ...(statement && { statement: statementToProto(statement) }),
});

export const statementToProto = ({ name, record, change }: Written<StatementRecord>): StatementMessage =>
  create(ScorecardStatementSchema, {
    name,
    holds: record.holds,
    automated: record.automated,
    text: record.text,
    actor: change.actor,
    time: fromMs(change.timeMs),
  });
