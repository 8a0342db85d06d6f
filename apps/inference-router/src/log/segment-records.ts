import type { FileHandle } from "node:fs/promises";
import type { LoggedRecord, RecordsFrom } from "../domain/analysis/logged-record.ts";
import { logCorrupt } from "../domain/errors.ts";
import { keptShadow } from "../domain/interval-coverage.ts";
import { rowId } from "../domain/row-prediction.ts";
import { createdMs } from "./created.ts";
import type { LogFrame } from "./frame.ts";
import { isUnsampled } from "./frame-contents.ts";
import { formatPredictionId } from "./prediction-id.ts";
import { decodeFailure, decodeHead, factsOffsetOf } from "./records.ts";
import { rowsIn } from "./rows-record.ts";
import { factsAt, openForReading, type Segment } from "./segment.ts";
import { framesFrom } from "./segment-reader.ts";
import { decodeShadow } from "./shadow-record.ts";

/** Predictions, failures and shadows that are there when it begins, oldest first, as far as comparisons need them. */
export async function* readRecords(
  segments: readonly Segment[],
  { sinceMs, from }: RecordsFrom,
): AsyncGenerator<LoggedRecord> {
  const parts = segments
    .map((segment, i) => ({ segment, end: segment.writtenBytes, after: segments[i + 1]?.id }))
    .filter(({ segment, after }) => (from ? segment.id >= from.segment : !isOver(after, sinceMs)));
  for (const { segment, end } of parts) {
    const start = from?.segment === segment.id ? from.offset : 0;
    if (start >= end) continue;
    const file = await openForReading(segment);
    try {
      let reached = start;
      for await (const frame of framesFrom(file, start, end)) {
        reached = frame.end;
        for (const record of await recordsOf(segment, file, frame)) if (record.timeMs >= sinceMs) yield record;
      }
      if (reached < end) throw logCorrupt(segment.id, reached);
    } finally {
      await file.close();
    }
  }
}

/** Answers that were being written when a segment was full may have come a little later than the next one began. */
const OVERLAP_MS = 60_000;

/** True if a segment has nothing since a time, by the id of the one after it. */
export const isOver = (after: string | undefined, sinceMs: number): boolean =>
  after !== undefined && createdMs(after) + OVERLAP_MS < sinceMs;

async function recordsOf(segment: Segment, file: FileHandle, frame: LogFrame): Promise<readonly LoggedRecord[]> {
  const { kind, payload, offset, crc } = frame;
  // What is not in the sample takes no feedback, and has no part in a comparison: to leave it out is chance alone.
  if (kind === "segment" || kind === "release" || isUnsampled(frame)) return [];
  const facts = await factsAt(segment, file, factsOffsetOf(payload));
  const { release, propensity } = facts;
  const common = { release, propensity, end: { segment: segment.id, offset: frame.end } };
  const idOf = (): string => formatPredictionId({ segment: segment.id, offset }, crc);
  switch (kind) {
    case "prediction":
    case "referred": {
      const { score, latencyUs, timeMs } = decodeHead(payload);
      return [{ ...common, kind: "prediction", id: idOf(), score, latencyUs, timeMs }];
    }
    case "rows": {
      const { latencyUs, timeMs } = decodeHead(payload);
      const id = idOf();
      return rowsIn(payload).flatMap(({ score, isFailure, isExcused }, row): readonly LoggedRecord[] => {
        if (isExcused) return [];
        if (isFailure) return [{ ...common, kind: "failure", timeMs }];
        return [{ ...common, kind: "prediction", id: rowId(id, row), score, latencyUs, timeMs }];
      });
    }
    case "failure":
      return [{ ...common, kind, timeMs: decodeFailure(payload).timeMs }];
    case "shadow": {
      const shadow = decodeShadow(payload);
      const { primary, node, failure, latencyUs, timeMs } = shadow;
      const kept = keptShadow({ ...shadow, facts });
      const scores = failure === "" ? shadow.scores : [];
      return [{ ...common, kind, primary, node, scores, kept, latencyUs, timeMs }];
    }
    case "unsampled":
      return [];
  }
}
