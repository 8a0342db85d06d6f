import { create, type MessageInitShape } from "@bufbuild/protobuf";
import {
  type SealedLog as SealedLogMessage,
  SealedLogSchema,
  SealLogResultSchema,
} from "@throughline/contracts/throughline/inference/v1/sealed_log_service_pb";
import { fromMs } from "@throughline/rpc";
import type { SealedLog, SealedSegment } from "../domain/sealing/sealed-log.ts";

export function sealedLogToProto(log: SealedLog): SealedLogMessage {
  const last = log.segments.at(-1);
  return create(SealedLogSchema, {
    name: `${log.deployment}/sealedLogs/${log.first}`,
    hour: fromMs(log.hourMs),
    start: { segment: log.first, offset: 0n },
    end: { segment: last?.segment ?? log.first, offset: BigInt(last?.sizeBytes ?? 0) },
    digest: log.digest,
    sizeBytes: BigInt(log.sizeBytes),
    rowCount: BigInt(log.rowCount),
    notSampledCount: BigInt(log.notSampledCount),
    releases: [...log.releases],
    columns: [...log.columns],
    leftOutFeatureCount: log.leftOutFeatureCount,
    segments: log.segments.map(segmentToProto),
    sealTime: fromMs(log.sealTimeMs),
  });
}

const segmentToProto = ({ segment, digest, sizeBytes, rowCount }: SealedSegment) => ({
  segment,
  digest,
  sizeBytes: BigInt(sizeBytes),
  rowCount: BigInt(rowCount),
});

export const sealResultToProto = (logs: readonly SealedLog[]) =>
  create(SealLogResultSchema, { sealedLogs: logs.map(sealedLogToProto) } satisfies MessageInitShape<
    typeof SealLogResultSchema
  >);
