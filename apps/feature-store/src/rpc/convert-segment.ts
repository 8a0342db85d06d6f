import { create } from "@bufbuild/protobuf";
import {
  type Segment as SegmentMessage,
  SegmentSchema,
} from "@throughline/contracts/throughline/features/v1/definition_pb";
import { fromMs, fromNs } from "@throughline/rpc";
import type { Segment } from "../domain/segment.ts";

export const segmentToProto = (segment: Segment): SegmentMessage =>
  create(SegmentSchema, {
    digest: segment.digest,
    rowCount: BigInt(segment.rowCount),
    skippedRowCount: BigInt(segment.skippedRowCount),
    dataVersion: BigInt(segment.dataVersion),
    ...(segment.eventTimeNs && {
      eventTimeMin: fromNs(segment.eventTimeNs.least),
      eventTimeMax: fromNs(segment.eventTimeNs.most),
    }),
    loadedDigest: segment.loadedDigest ?? "",
    loadTime: fromMs(segment.loadTimeMs),
    ...(segment.knowledgeTimeNs && {
      knowledgeTimeMin: fromNs(segment.knowledgeTimeNs.least),
      knowledgeTimeMax: fromNs(segment.knowledgeTimeNs.most),
    }),
    sourceVersion: BigInt(segment.sourceVersion ?? 1),
  });
