import type { MessageInitShape } from "@bufbuild/protobuf";
import {
  type Calibration,
  type CalibrationMethod,
  type CalibrationSpec,
  coverageRange,
  type GroupCalibration,
  isSetMethod,
} from "@throughline/conformal";
import {
  type CalibrationSchema,
  type CalibrationSettings,
  type CalibrationTable,
  type CreateCalibrationRequest,
  CalibrationMethod as MethodMessage,
} from "@throughline/contracts/throughline/registry/v1/calibration_service_pb";
import { type Digest, invalidField, parseDigest } from "@throughline/kernel";
import type { CalibrationColumns, CalibrationSource } from "../domain/calibrations.ts";
import { calibrationName } from "../domain/lineage-of-calibration.ts";

const METHOD_MESSAGES: Readonly<Record<CalibrationMethod, MethodMessage>> = {
  ABSOLUTE_RESIDUAL: MethodMessage.ABSOLUTE_RESIDUAL,
  NORMALIZED_RESIDUAL: MethodMessage.NORMALIZED_RESIDUAL,
  QUANTILE_REGRESSION: MethodMessage.QUANTILE_REGRESSION,
  ADAPTIVE_SET: MethodMessage.ADAPTIVE_SET,
  REGULARIZED_ADAPTIVE_SET: MethodMessage.REGULARIZED_ADAPTIVE_SET,
};
const METHODS = new Map(Object.entries(METHOD_MESSAGES).map(([name, it]) => [it, name as CalibrationMethod]));

/** Rows of a group from which on its own quantile is usual. */
const GROUP_ROWS_LEAST = 100;
/** Probability of the coverage that is told with a quantile. */
const COVERAGE_LEVEL = 0.95;

/** What is to be made, and of what. Fails with INVALID_FIELD. */
export function calibrationFromProto(request: CreateCalibrationRequest): {
  readonly spec: CalibrationSpec;
  readonly source: CalibrationSource;
} {
  const { settings } = request;
  const method = settings && METHODS.get(settings.method);
  if (!method) throw invalidField("settings.method", "name one of the methods");
  const source = sourceFromProto(request, settings);
  const columnCount =
    source.kind === "table" ? source.columns.predictions.length : (source.rows[0]?.predictions.length ?? 0);
  const { alpha, groupField, labels, penalty, penaltyRank } = settings;
  const isSet = isSetMethod(method);
  const score = {
    method,
    columnCount,
    labels,
    penalty,
    penaltyRank,
    // Intervals have no label to take by chance, and are never empty.
    isRandomized: isSet && settings.randomized,
    allowsEmpty: isSet && settings.allowsEmpty,
  };
  const needed = Math.ceil(1 / alpha);
  const groupRowsLeast = settings.groupRowsLeast || Math.max(GROUP_ROWS_LEAST, needed);
  return { spec: { alpha, score, groupField, groupRowsLeast: groupField === "" ? 0 : groupRowsLeast }, source };
}

function sourceFromProto({ source }: CreateCalibrationRequest, { groupField }: CalibrationSettings): CalibrationSource {
  if (source.case === "table") {
    const digest = parseDigest(source.value.digest, "table.digest");
    return { kind: "table", digest, columns: columnsOf(source.value, groupField) };
  }
  if (source.case !== "rows") throw invalidField("source", "name a table, or give rows");
  const rows = source.value.rows.map(({ predictions, actual, group, rowDigest }, i) => {
    if (predictions.length !== source.value.rows[0]?.predictions.length)
      throw invalidField(`rows.rows[${i}].predictions`, "the rows have different numbers of predictions");
    return { predictions, actual, group, rowDigest };
  });
  return { kind: "rows", rows };
}

const columnsOf = (table: CalibrationTable, groupField: string): CalibrationColumns => ({
  predictions: table.predictionColumns.length > 0 ? table.predictionColumns : ["score"],
  actual: table.actualColumn || "actual",
  group: groupField === "" ? "" : table.groupColumn || `entity__${groupField}`,
  rowDigest: table.rowDigestColumn,
});

export function calibrationToProto(
  project: string,
  digest: Digest,
  calibration: Calibration,
): MessageInitShape<typeof CalibrationSchema> {
  const { alpha, score, groupField, groupRowsLeast, all, groups, skippedCount, sourceDigest } = calibration;
  const groupToProto = (group: string, it: GroupCalibration) => {
    const { low, high } = coverageRange(it.rowCount, alpha, COVERAGE_LEVEL);
    return {
      group,
      rowCount: BigInt(it.rowCount),
      quantile: it.quantile,
      coveredCount: BigInt(it.coveredCount),
      coverageLow: low,
      coverageHigh: high,
    };
  };
  return {
    name: calibrationName(project, digest),
    digest,
    settings: {
      method: METHOD_MESSAGES[score.method],
      alpha,
      groupField,
      groupRowsLeast,
      labels: [...score.labels],
      randomized: score.isRandomized,
      allowsEmpty: score.allowsEmpty,
      penalty: score.penalty,
      penaltyRank: score.penaltyRank,
    },
    all: groupToProto("", all),
    groups: Object.entries(groups).map(([group, it]) => groupToProto(group, it)),
    skippedCount: BigInt(skippedCount),
    sourceDigest,
  };
}
