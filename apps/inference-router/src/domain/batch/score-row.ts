import { digestOfBytes } from "@throughline/kernel";
import { type AnsweringRow, answerRow, bytesOfRow } from "../answer-row.ts";
import type { CallContext, Feature } from "../features.ts";
import { intervalOf } from "../interval.ts";
import type { LoadedRelease } from "../loaded-release.ts";
import { vectorFor } from "../predict.ts";
import type { RowAnswer } from "./added-columns.ts";
import type { BatchRow } from "./batch-columns.ts";

/** What a row of a batch is answered in. */
export interface BatchPlace {
  readonly deployment: string;
  readonly chosen: LoadedRelease;
  readonly call: CallContext;
}

/**
 * Answers a row of a batch as a single request is answered, but for the log: nothing is mirrored, and what chance decides in a graph
 * follows from the row's digest, so that the same row has the same answer again. Fails as predicting does.
 */
export async function scoreRow(parts: AnsweringRow, place: BatchPlace, row: BatchRow): Promise<RowAnswer> {
  const { deployment, chosen, call } = place;
  const { entity, asOfNs } = row;
  const vector = row.vector ? givenVector(row.vector) : await vectorFor(chosen, { entity, asOfNs, call });
  const vectorBytes = bytesOfRow(vector);
  const rowDigest = digestOfBytes(vectorBytes);
  const asked = { deployment, vector, vectorBytes, entity, asOfNs, seed: rowDigest, call };
  const { score, trace } = await answerRow(parts, chosen, asked);
  if (Number.isNaN(score)) return { problem: REFUSED };
  const { facts } = chosen;
  const widened = intervalOf({ facts, entity, vector, rowDigest, score, ...(trace && { trace }) });
  return {
    score,
    rowDigest,
    ...(trace && { scores: trace.scores }),
    ...(widened?.kind === "interval" && { interval: widened }),
    ...(widened?.kind === "labels" && { labels: widened.labels }),
  };
}

/** The problem of a row that an outlier gate of the release refuses to answer. */
const REFUSED = "OUTLIER";

const givenVector = (values: NonNullable<BatchRow["vector"]>): readonly Feature[] =>
  values.map((value) => ({ value, status: value === null ? "missing" : "present" }));
