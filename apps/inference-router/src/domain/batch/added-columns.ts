import { isSetMethod } from "@throughline/conformal";
import type { Digest, FeatureValue } from "@throughline/kernel";
import type { Column } from "@throughline/tables";
import type { LoadedRelease } from "../loaded-release.ts";

/** The answer to one row: a score, or why there is none. */
export type RowAnswer = ScoredRow | { readonly problem: string };

export interface ScoredRow {
  readonly score: number;
  readonly rowDigest: Digest;
  /** All scores, if the release gives several. */
  readonly scores?: readonly number[];
  /** Of a release with a calibration of intervals. */
  readonly interval?: { readonly low: number; readonly high: number };
  /** Of a release with a calibration of sets. */
  readonly labels?: readonly string[];
}

/** A column that a batch adds to those of its input. */
export interface AddedColumn extends Column {
  readonly value: (answer: RowAnswer) => FeatureValue;
}

const ofScored =
  (value: (answer: ScoredRow) => FeatureValue | undefined): AddedColumn["value"] =>
  (answer) =>
    "problem" in answer ? null : (value(answer) ?? null);

const ALWAYS: readonly AddedColumn[] = [
  { name: "score", type: "float64", value: ofScored((it) => it.score) },
  { name: "row_digest", type: "string", value: ofScored((it) => it.rowDigest) },
  { name: "problem", type: "string", value: (it) => ("problem" in it ? it.problem : null) },
];
const SCORES: AddedColumn = { name: "scores", type: "list<float64>", value: ofScored((it) => it.scores) };
const INTERVAL: readonly AddedColumn[] = [
  { name: "interval_low", type: "float64", value: ofScored((it) => it.interval?.low) },
  { name: "interval_high", type: "float64", value: ofScored((it) => it.interval?.high) },
];
const LABELS: AddedColumn = { name: "label_set", type: "list<string>", value: ofScored((it) => it.labels) };

/** The columns that a batch of a release adds, in order: what each row has, and what else the release says of a row. */
export function addedColumns({ answers, facts }: Pick<LoadedRelease, "answers" | "facts">): readonly AddedColumn[] {
  const width = answers.by === "graph" ? answers.graph.shape.widthOf(answers.graph.outputNode) : 1;
  const method = facts.calibration?.score.method;
  const calibrated = method === undefined ? [] : isSetMethod(method) ? [LABELS] : INTERVAL;
  return [...ALWAYS, ...(width > 1 ? [SCORES] : []), ...calibrated];
}
