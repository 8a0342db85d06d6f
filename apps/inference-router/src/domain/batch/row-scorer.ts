import { canonicalRowBytes, type Digest, digestOfBytes, type FeatureValue } from "@throughline/kernel";
import { type AnsweringRow, answerRow, bytesOfRow, observed } from "../answer-row.ts";
import type { CallContext, Feature } from "../features.ts";
import { intervalOf } from "../interval.ts";
import type { LoadedRelease } from "../loaded-release.ts";
import { modelInputsOfRows } from "../model-inputs.ts";
import { vectorFor } from "../predict.ts";
import type { Prediction } from "../prediction.ts";
import type { ModelUse } from "../release.ts";
import { elementAt, splitRows } from "../tensor.ts";
import type { RowAnswer } from "./added-columns.ts";
import type { BatchRow } from "./batch-columns.ts";

/** What rows of a batch are answered in. */
export interface BatchPlace {
  readonly deployment: string;
  readonly chosen: LoadedRelease;
  readonly call: CallContext;
}

/** Scores rows of a batch as single requests are answered, but for the log, and with nothing mirrored. */
export interface RowScorer {
  /** One row by itself. Fails as predicting does. */
  alone(place: BatchPlace, row: BatchRow): Promise<RowAnswer>;
  /**
   * Several rows by one read of their features and one run of the model, where the release allows it: the same answers at a fraction of
   * the price. None for rows that are to be answered alone, of which it cannot tell what is wrong with them. Fails for all of them as
   * reading and running do.
   */
  together(place: BatchPlace, rows: readonly BatchRow[]): Promise<readonly (RowAnswer | undefined)[]>;
}

export const rowScorer = (parts: AnsweringRow): RowScorer => ({
  /** What chance decides in a graph follows from the row's digest, so that the same row has the same answer again. */
  async alone(place, row) {
    const { deployment, chosen, call } = place;
    const { entity, asOfNs } = row;
    const vector = row.vector ? givenVector(row.vector) : await vectorFor(chosen, { entity, asOfNs, call });
    const vectorBytes = bytesOfRow(vector);
    const rowDigest = digestOfBytes(vectorBytes);
    const asked = { deployment, vector, vectorBytes, entity, asOfNs, seed: rowDigest, call };
    const { score, trace } = await answerRow(parts, chosen, asked);
    if (Number.isNaN(score)) return { problem: REFUSED };
    return scored(chosen, { entity, vector, rowDigest, score, ...(trace && { trace }) });
  },
  async together(place, rows) {
    const { answers, model } = place.chosen;
    if (answers.by !== "model" || !model.isRowwise) return [];
    const vectors = await vectorsFor(place, rows);
    if (vectors === undefined) return [];
    const digests = vectors.map((it) => digestOfBytes(canonicalRowBytes(it)));
    const scores = await modelScores(parts, place, { use: answers.use, vectors });
    return rows.map(({ entity }, i) => {
      const [values = [], rowDigest, score] = [vectors[i], digests[i], scores[i]];
      if (rowDigest === undefined || score === undefined) return undefined;
      return scored(place.chosen, { entity, vector: givenVector(values), rowDigest, score });
    });
  },
});

/** The problem of a row that an outlier gate of the release refuses to answer. */
const REFUSED = "OUTLIER";

const givenVector = (values: NonNullable<BatchRow["vector"]>): readonly Feature[] =>
  values.map((value) => ({ value, status: value === null ? "missing" : "present" }));

/** The features of rows in the order of the release; undefined for rows that cannot be asked for at once. */
async function vectorsFor(
  { chosen, call }: BatchPlace,
  rows: readonly BatchRow[],
): Promise<readonly (readonly FeatureValue[])[] | undefined> {
  const [first] = rows;
  if (first === undefined) return [];
  if (first.vector) return rows.map((it) => it.vector ?? []);
  if (chosen.features === undefined || rows.some((it) => it.asOfNs !== first.asOfNs)) return undefined;
  const entities = rows.map((it) => it.entity);
  return chosen.features.fetchValues(entities, first.asOfNs, call);
}

interface Scoring {
  readonly use: ModelUse;
  readonly vectors: readonly (readonly FeatureValue[])[];
}

/** The score of each row; undefined where the model gives none. */
async function modelScores(
  parts: AnsweringRow,
  { chosen, call }: BatchPlace,
  { use, vectors }: Scoring,
): Promise<readonly (number | undefined)[]> {
  const { release, model, facts } = chosen;
  const { node, inputTensor, outputs, outputColumns } = use;
  const feed = { release: release.name, inputTensor, signature: model.signature };
  const tensors = modelInputsOfRows(feed, facts.features, vectors);
  const run = () => model.run({ tensors, outputs, call });
  const [output] = await observed(parts.observeNodes?.(call.headers), node, run);
  if (output?.shape[0] !== vectors.length) return [];
  const ofEach = splitRows(
    output,
    vectors.map(() => 1),
  );
  return ofEach.map((it) => {
    const score = elementAt(it, outputColumns[0] ?? 0);
    return Number.isFinite(score) ? score : undefined;
  });
}

type Scored = Pick<Prediction, "entity" | "vector" | "score" | "trace"> & { readonly rowDigest: Digest };

/** What a batch tells of a row that has a score. */
function scored({ facts }: LoadedRelease, row: Scored): RowAnswer {
  const { score, rowDigest, trace } = row;
  const widened = intervalOf({ facts, ...row });
  return {
    score,
    rowDigest,
    ...(trace && { scores: trace.scores }),
    ...(widened?.kind === "interval" && { interval: widened }),
    ...(widened?.kind === "labels" && { labels: widened.labels }),
  };
}
