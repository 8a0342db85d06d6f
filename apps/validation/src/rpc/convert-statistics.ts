import { create, type MessageInitShape } from "@bufbuild/protobuf";
import type { ValueType as ProtoType } from "@throughline/contracts/throughline/type/v1/value_pb";
import {
  type ColumnStatisticsSchema,
  type DatasetStatistics as DatasetStatisticsMessage,
  DatasetStatisticsSchema,
} from "@throughline/contracts/throughline/validation/v1/statistics_pb";
import { fromMs } from "@throughline/rpc";
import type {
  ColumnStatistics,
  DatasetStatistics,
  NumericStatistics,
  StatisticsSummary,
  ValueType,
} from "../domain/statistics.ts";
import { VALUE_TYPES } from "../domain/statistics.ts";

export const statisticsToProto = (statistics: DatasetStatistics): DatasetStatisticsMessage =>
  create(DatasetStatisticsSchema, { ...summaryInit(statistics), columns: statistics.columns.map(columnToProto) });

/** Statistics without their columns. */
export const summaryToProto = (it: StatisticsSummary): DatasetStatisticsMessage =>
  create(DatasetStatisticsSchema, summaryInit(it));

const summaryInit = (it: StatisticsSummary) => ({
  name: it.name,
  digest: it.digest,
  dataDigest: it.dataDigest,
  rowCount: BigInt(it.rowCount),
  createTime: fromMs(it.createTimeMs),
});

function columnToProto(column: ColumnStatistics): MessageInitShape<typeof ColumnStatisticsSchema> {
  const { numeric, text } = column;
  return {
    name: column.name,
    type: typeToProto(column.type),
    presentCount: BigInt(column.presentCount),
    missingCount: BigInt(column.missingCount),
    distinctCount: BigInt(column.distinctCount),
    ...(numeric ? { kind: { case: "numeric", value: numericToProto(numeric) } } : {}),
    ...(text
      ? {
          kind: {
            case: "text",
            value: {
              meanLength: text.meanLength,
              topValues: text.topValues.map(({ value, count }) => ({ value, count: BigInt(count) })),
            },
          },
        }
      : {}),
  };
}

const numericToProto = ({ deciles, histogram, ...numeric }: NumericStatistics) => ({
  mean: numeric.mean,
  standardDeviation: numeric.standardDeviation,
  min: numeric.min,
  max: numeric.max,
  zeroCount: BigInt(numeric.zeroCount),
  nanCount: BigInt(numeric.nanCount),
  infiniteCount: BigInt(numeric.infiniteCount),
  deciles: [...deciles],
  histogram: histogram.map(({ low, high, count }) => ({ low, high, count: BigInt(count) })),
});

/** The enumeration's numbers follow the order of VALUE_TYPES, from 1. */
export const typeToProto = (type: ValueType): ProtoType => VALUE_TYPES.indexOf(type) + 1;

export const typeFromProto = (type: ProtoType): ValueType | undefined => VALUE_TYPES[type - 1];
