import { create, type MessageInitShape } from "@bufbuild/protobuf";
import {
  type DropOneBasisSchema,
  type DropOneBasis as DropOneMessage,
  type Estimate as EstimateMessage,
  type EstimateSchema,
  FeatureFiguresSchema,
  type FeatureFigures as FiguresMessage,
  NecessityFindingKind as KindMessage,
  LinearLoss as LinearLossMessage,
  ImportanceLoss as LossMessage,
  type NecessityReport as NecessityReportMessage,
  NecessityReportSchema,
  RankedFeatureSchema,
  type RankedFeature as RankedMessage,
  Recommendation as RecommendationMessage,
  type NecessityThresholds as ThresholdsMessage,
} from "@throughline/contracts/throughline/features/v1/necessity_pb";
import type { ImportanceRequest as ImportanceMessage } from "@throughline/contracts/throughline/features/v1/necessity_service_pb";
import { fromMs } from "@throughline/rpc";
import type { DropCost } from "@throughline/selection";
import { necessityReportName } from "../domain/names.ts";
import {
  DEFAULT_THRESHOLDS,
  type DropOneBasis,
  type Estimate,
  type NecessityReport,
  type RankedFeature,
  type ReportContent,
  type ReportedFigures,
} from "../domain/necessity/necessity-report.ts";
import type { ImportanceRequest, NecessityRequest } from "../domain/necessity/necessity-request.ts";
import type { ImportanceLoss } from "../domain/necessity/scoring.ts";

const LOSSES: Readonly<Record<LossMessage, ImportanceLoss | undefined>> = {
  [LossMessage.UNSPECIFIED]: undefined,
  [LossMessage.SQUARED_ERROR]: "SQUARED_ERROR",
  [LossMessage.ABSOLUTE_ERROR]: "ABSOLUTE_ERROR",
  [LossMessage.LOG_LOSS]: "LOG_LOSS",
};
const SCORED_ROWS = 2_000;
const REPEATS = 5;

export const importanceFromProto = (it: ImportanceMessage): ImportanceRequest => ({
  modelVersion: it.modelVersion,
  outputTensor: it.outputTensor,
  outputColumn: it.outputColumn,
  loss: LOSSES[it.loss],
  rowsMax: it.rowCount || SCORED_ROWS,
  repeats: it.repeatCount || REPEATS,
  groups: it.groups.map((group) => group.features),
});

/** In the order of the names, so that the same costs are the same request. */
export const dropCostsFromProto = (of: Readonly<Record<string, EstimateMessage>>): readonly DropCost[] =>
  Object.entries(of)
    .map(([feature, { value, low, high }]) => ({ feature, rise: { estimate: value, low, high, level: 0.95 } }))
    .toSorted((a, b) => (a.feature < b.feature ? -1 : 1));

export const dropOneFromProto = ({ trainer, seeds, rowCount, loss, baseLoss }: DropOneMessage): DropOneBasis => ({
  trainer,
  seeds: seeds.map(Number),
  rowCount: Number(rowCount),
  ...(LOSSES[loss] && { loss: LOSSES[loss] }),
  baseLoss,
});

/** What is not said is as usual. */
export const thresholdsFromProto = (it: ThresholdsMessage | undefined): NecessityRequest["thresholds"] => ({
  constantShare: it?.constantShare ?? DEFAULT_THRESHOLDS.constantShare,
  redundantStrength: it?.redundantStrength ?? DEFAULT_THRESHOLDS.redundantStrength,
  leakingStrength: it?.leakingStrength ?? DEFAULT_THRESHOLDS.leakingStrength,
  costFactor: it?.costFactor ?? DEFAULT_THRESHOLDS.costFactor,
});

/** A report without the figures of its features and their ranking, which may be longer than everything else about it. */
export const reportToProto = (it: NecessityReport): NecessityReportMessage =>
  create(NecessityReportSchema, {
    name: necessityReportName.format({ project: it.project, necessityReport: it.id }),
    digest: it.digest,
    sizeBytes: BigInt(it.sizeBytes),
    label: it.label,
    seed: BigInt(it.seed),
    featureService: it.featureService,
    featureServiceVersion: BigInt(it.featureServiceVersion),
    trainingSet: it.trainingSet,
    trainingSetFileDigest: it.trainingSetFile,
    thresholds: { ...it.thresholds },
    rowCount: BigInt(it.rowCount),
    sampledRowCount: BigInt(it.sampledRowCount),
    comparedRowCount: BigInt(it.comparedRowCount),
    pairedRowCount: BigInt(it.pairedRowCount),
    ...(it.importance && {
      importance: {
        ...it.importance,
        loss: LossMessage[it.importance.loss],
        rowCount: BigInt(it.importance.rowCount),
        leftOutRowCount: BigInt(it.importance.leftOutRowCount),
      },
    }),
    ...(it.dropOne && { dropOne: dropOneToProto(it.dropOne) }),
    ...(it.linear && {
      linearReference: {
        ...it.linear,
        loss: LinearLossMessage[it.linear.loss],
        rowCount: BigInt(it.linear.rowCount),
      },
    }),
    findings: it.findings.map((finding) => ({
      kind: KindMessage[finding.kind],
      features: [...finding.features],
      evidence: { ...finding.evidence },
      recommendation: RecommendationMessage[finding.recommendation],
      message: finding.message,
    })),
    notes: [...it.notes],
    releaseCount: BigInt(it.releaseCount),
    unreadFeatures: [...it.unreadFeatures],
    actor: it.actor,
    createTime: fromMs(it.createTimeMs),
  });

/** A report with the figures of its features and their ranking. */
export const wholeReportToProto = (
  report: NecessityReport,
  { figures, ranking = [] }: Pick<ReportContent, "figures" | "ranking">,
): NecessityReportMessage =>
  create(NecessityReportSchema, {
    ...reportToProto(report),
    figures: figures.map(figuresToProto),
    ranking: ranking.map(rankedToProto),
  });

const dropOneToProto = ({ loss, ...it }: DropOneBasis): MessageInitShape<typeof DropOneBasisSchema> => ({
  ...it,
  seeds: it.seeds.map(BigInt),
  rowCount: BigInt(it.rowCount),
  ...(loss && { loss: LossMessage[loss] }),
});

const rankedToProto = ({ linearRise, ...it }: RankedFeature): RankedMessage =>
  create(RankedFeatureSchema, { ...it, ...(linearRise && { linearRise: estimateToProto(linearRise) }) });

const figuresToProto = (it: ReportedFigures): FiguresMessage =>
  create(FeatureFiguresSchema, {
    feature: it.feature,
    notMeasuredBecause: it.notMeasuredBecause,
    ...(it.spread && {
      missingRowCount: BigInt(it.spread.missing),
      distinctCount: BigInt(it.spread.distinct),
      commonestShare: estimateToProto(it.spread.commonest),
      ...(it.spread.variance !== undefined && { variance: it.spread.variance }),
    }),
    ...(it.information && {
      information: {
        nats: it.information.nats,
        natsOfMissing: it.information.natsOfMissing,
        strength: it.information.strength,
        rowCount: BigInt(it.information.rows),
      },
    }),
    ...(it.importance && { importance: estimateToProto(it.importance) }),
    ...(it.dropCost && { dropCost: estimateToProto(it.dropCost) }),
    ...(it.linearDropCost && { linearDropCost: estimateToProto(it.linearDropCost) }),
    ...(it.cost !== undefined && { cost: it.cost }),
    ...(it.readers && { readingReleaseCount: BigInt(it.readers.count), readingReleases: [...it.readers.newest] }),
  });

const estimateToProto = ({ value, low, high }: Estimate): MessageInitShape<typeof EstimateSchema> => ({
  value,
  low,
  high,
});
