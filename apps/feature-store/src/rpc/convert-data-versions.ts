import { create } from "@bufbuild/protobuf";
import {
  type DataTag as DataTagMessage,
  DataTagSchema,
  type DataVersion as DataVersionMessage,
  DataVersionSchema,
  type SourceDifference as SourceDifferenceMessage,
  SourceDifferenceSchema,
  CommitKind as WireKind,
} from "@throughline/contracts/throughline/features/v1/data_version_pb";
import { fromMs } from "@throughline/rpc";
import type { DataTag } from "../domain/data-tags.ts";
import type { CommitKind, CommittedSegment, DataCommit } from "../domain/data-version.ts";
import type { SourceDifference } from "../domain/diff-versions.ts";
import { dataTagName, dataVersionName, sourceName } from "../domain/names.ts";

/** Most segments that one message tells of; counts are of all. */
const SEGMENTS_MAX = 1_000;

const KINDS: Readonly<Record<CommitKind, WireKind>> = {
  load: WireKind.LOAD,
  push: WireKind.PUSH,
  revert: WireKind.REVERT,
  compaction: WireKind.COMPACTION,
  forget: WireKind.FORGET,
};

export const dataVersionToProto = (commit: DataCommit, tags: readonly string[]): DataVersionMessage =>
  create(DataVersionSchema, {
    name: dataVersionName.format({ project: commit.project, version: String(commit.dataVersion) }),
    number: BigInt(commit.dataVersion),
    kind: KINDS[commit.kind],
    source: sourceName.format({ project: commit.project, source: commit.source }),
    added: segmentsToProto(commit.added),
    removed: segmentsToProto(commit.removed),
    addedRowCount: rowCount(commit.added),
    removedRowCount: rowCount(commit.removed),
    forgottenRowCount: BigInt(commit.forgottenRows ?? 0),
    actor: commit.actor,
    reason: commit.reason,
    createTime: fromMs(commit.timeMs),
    tags: [...tags],
    compacted: commit.compacted.map((it) => ({
      digest: it.digest,
      rowCount: BigInt(it.rowCount),
      rowsDigest: it.rowsDigest,
      parts: it.parts.map((part) => ({ ...part, rowCount: BigInt(part.rowCount) })),
      firstDataVersion: BigInt(it.first),
      lastDataVersion: BigInt(it.last),
    })),
  });

const segmentsToProto = (segments: readonly CommittedSegment[]) =>
  segments.slice(0, SEGMENTS_MAX).map(({ digest, dataVersion, rowCount }) => ({
    digest,
    dataVersion: BigInt(dataVersion),
    rowCount: BigInt(rowCount),
  }));

const rowCount = (segments: readonly CommittedSegment[]): bigint =>
  BigInt(segments.reduce((sum, it) => sum + it.rowCount, 0));

export const differenceToProto = (
  project: string,
  { source, added, removed }: SourceDifference,
): SourceDifferenceMessage =>
  create(SourceDifferenceSchema, {
    source: sourceName.format({ project, source }),
    added: segmentsToProto(added),
    removed: segmentsToProto(removed),
    addedSegmentCount: BigInt(added.length),
    removedSegmentCount: BigInt(removed.length),
    addedRowCount: rowCount(added),
    removedRowCount: rowCount(removed),
  });

export const dataTagToProto = ({ project, tag, dataVersion, change, revision }: DataTag): DataTagMessage =>
  create(DataTagSchema, {
    name: dataTagName.format({ project, tag }),
    dataVersion: BigInt(dataVersion),
    actor: change.actor,
    reason: change.reason,
    setTime: fromMs(change.timeMs),
    revision: BigInt(revision),
  });
