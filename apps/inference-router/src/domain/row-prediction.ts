import { type Digest, digestOfBytes } from "@throughline/kernel";
import type { Entity, Feature } from "./features.ts";
import type { GraphTrace } from "./graph/trace.ts";
import type { LogPosition, PayloadReference, Prediction, ReleaseFacts, RowsEntry } from "./prediction.ts";
import type { Logged } from "./prediction-log.ts";
import { type RequestRow, requestRow } from "./request-rows.ts";
import { rowSlicer, type Tensor } from "./tensor.ts";

/** A request with tensors as it stands in the log. */
export interface LoggedRows extends RowsEntry, Logged {
  /** Where the tensors are, if they are not in the log itself. */
  readonly payload?: PayloadReference;
}

/** The predictions of a record, in the order of its rows. */
export function predictionsOfRows(record: LoggedRows): readonly Prediction[] {
  const { length } = record.scores;
  const slices = record.tensors.map((it) => (length === 1 ? () => it : rowSlicer(it, length)));
  return record.scores.map(
    (score, row) => new RowPrediction(record, { row, score, tensors: () => slices.map((slice) => slice(row)) }),
  );
}

/** What is counted of a row. */
export interface PredictedRow {
  /** NaN: there is none. */
  readonly score: number;
  /** True if a model gave no finite number, which is a failure of its release. (Of a graph a row without a score is one that a gate refused.) */
  readonly isFailure: boolean;
  /** True if it gave none for a row that is excused: that counts as nobody's. */
  readonly isExcused: boolean;
}

export const predictedRows = (
  { scores, excused = [] }: Pick<RowsEntry, "scores" | "excused">,
  isByGraph: boolean,
): readonly PredictedRow[] =>
  scores.map((score, row) => {
    const [isUnanswered, isExcused] = [!isByGraph && Number.isNaN(score), excused[row] ?? false];
    return { score, isFailure: isUnanswered && !isExcused, isExcused: isUnanswered && isExcused };
  });

/** The id of a row's prediction, by that of its record. */
export const rowId = (record: string, row: number): string => `${record}.${row.toString(36)}`;

interface Row {
  readonly row: number;
  readonly score: number;
  readonly tensors: () => readonly Tensor[];
}

/** One row of a record. What nobody asks of it is never made: of most rows that is everything but its id. */
class RowPrediction implements Prediction {
  readonly #record: LoggedRows;
  readonly #row: Row;
  #made: RequestRow | undefined;

  constructor(record: LoggedRows, row: Row) {
    this.#record = record;
    this.#row = row;
  }
  get id(): string {
    return rowId(this.#record.id, this.#row.row);
  }
  get position(): LogPosition {
    const { segment, offset } = this.#record.position;
    return { segment, offset: offset + this.#row.row, record: offset };
  }
  get facts(): ReleaseFacts {
    return this.#record.facts;
  }
  get score(): number {
    return this.#row.score;
  }
  get entity(): Entity {
    return this.#record.entity;
  }
  get asOfNs(): bigint {
    return this.#record.asOfNs;
  }
  get timeMs(): number {
    return this.#record.timeMs;
  }
  get latencyUs(): number {
    return this.#record.latencyUs;
  }
  get trace(): GraphTrace | undefined {
    return this.#record.traces?.[this.#row.row];
  }
  get payload(): PayloadReference | undefined {
    return this.#record.payload;
  }
  get isSampled(): false | undefined {
    return this.#record.isSampled;
  }
  get isByTensors(): true {
    return true;
  }
  get vector(): readonly Feature[] {
    return this.#inputs().vector;
  }
  get rowDigest(): Digest {
    return digestOfBytes(this.#inputs().vectorBytes);
  }
  #inputs(): RequestRow {
    this.#made ??= requestRow(this.#row.tensors());
    return this.#made;
  }
}
