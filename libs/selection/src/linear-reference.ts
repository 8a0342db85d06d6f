import { cholesky, dot, forward, type Interval, seededRandom } from "@throughline/stats";
import { type DataColumn, rowCount, sampledRows, shuffleStart, takeRows } from "./column.ts";
import { type Design, design, targets } from "./design.ts";
import type { DropCost } from "./drop-one.ts";
import { meanInterval } from "./permutation-importance.ts";

/** What a linear model loses without features: a reference for every feature service, whatever its own model is. */
export interface LinearReference {
  /** Of a number the squared error; of classes the Brier score, which is the sum of the squared errors of their shares. */
  readonly loss: "SQUARED_ERROR" | "BRIER_SCORE";
  readonly rows: number;
  readonly folds: number;
  /** The mean loss on rows that the model was not fitted to: with all features, and with none. */
  readonly lossOfAll: number;
  readonly lossOfNone: number;
  /** In the order of the features. */
  readonly dropCosts: readonly DropCost[];
  /** How much more is lost with no feature than with all. */
  readonly riseOfNone: Interval;
  /** For each feature how much more is lost with nothing but it and those before it than with all. */
  readonly risesUpTo: readonly Interval[];
}

const FOLDS = 5;
const ROWS_MIN = 50;
const COLUMNS_MAX = 500;
const CLASSES_MAX = 100;
/** Sums of the fourth powers of such numbers are floats. */
const LABEL_MAX = 1e70;
/** Rows times the square of the columns: a few seconds of work. */
const WORK_MAX = 300_000_000;
/** As strong as one row, in columns of variance 1 (scikit-learn's default). */
const RIDGE = 1;

/**
 * Ridge regressions (Hoerl and Kennard 1970), each fitted to four fifths of the rows and judged by the last; classes are told by one for
 * each, of 0 and 1. Every row has a label. Undefined for fewer than 50 rows, for a label that never changes, has more than 100 classes, or
 * numbers beyond 1e70, and for features that make more than 500 columns. It looks at fewer rows where there are many
 * columns.
 *
 * Without a feature the model is fitted anew, and exactly: by the block of the inverse that belongs to the feature.
 */
export function linearReference(
  features: readonly DataColumn[],
  label: DataColumn,
  seed: number,
): LinearReference | undefined {
  const width = design(features).columns.length;
  if (rowCount(label) < ROWS_MIN || width > COLUMNS_MAX || classes(label) > CLASSES_MAX) return undefined;
  const most = Math.max(ROWS_MIN, Math.floor(WORK_MAX / Math.max(1, width * width)));
  const rows = sampledRows(rowCount(label), most, seed);
  const of = targets(takeRows(label, rows));
  if (of.every((it) => it.every((value) => value === it[0]))) return undefined;
  if (of.some((it) => it.some((value) => Math.abs(value) > LABEL_MAX))) return undefined;
  const made = design(features.map((it) => takeRows(it, rows)));
  const judged = judge(made, of, foldsOf(rows.length, seed));
  return { loss: label.kind === "numeric" ? "SQUARED_ERROR" : "BRIER_SCORE", folds: FOLDS, ...judged };
}

const classes = (label: DataColumn): number => (label.kind === "numeric" ? 1 : new Set(label.codes).size);

/** Equal parts of the rows, drawn by the seed. */
function foldsOf(rows: number, seed: number): Int32Array {
  const order = Uint32Array.from({ length: rows }, (_, i) => i);
  shuffleStart(order, rows, seededRandom(seed));
  const folds = new Int32Array(rows);
  for (const [i, row] of order.entries()) folds[row] = i % FOLDS;
  return folds;
}

/** The losses of all rows, each by the model that was fitted without its fold. */
export function judge({ columns, places }: Design, of: readonly Float64Array[], folds: Int32Array) {
  const rows = folds.length;
  const [all, none] = [new Float64Array(rows), new Float64Array(rows)];
  const without = places.map(() => new Float64Array(rows));
  const upTo = places.map(() => new Float64Array(rows));
  for (const fold of new Set(folds)) {
    const fit = fitted(columns, of, (row) => folds[row] !== fold);
    const blocks = places.map(({ start, end }) => blockOf(fit, start, end));
    for (let row = 0; row < rows; row++) {
      if (folds[row] !== fold) continue;
      const turned = forward(fit.lower, centred(columns, fit.means, row));
      // What no prediction has told of the targets yet.
      const left = fit.centres.map((it, k) => (of[k]?.[row] ?? 0) - it);
      none[row] = squares(left);
      for (const [i, { start, end }] of places.entries()) {
        for (const [k, it] of fit.solved.entries())
          left[k] = (left[k] ?? 0) - dot(turned.subarray(start, end), it.subarray(start, end));
        (upTo[i] as Float64Array)[row] = squares(left);
      }
      all[row] = squares(left);
      for (const [i, block] of blocks.entries()) {
        const part = forward(
          block.lower,
          block.rows.map((it) => dot(turned, it)),
        );
        const missed = left.map((it, k) => it + dot(part, block.solved[k] as Float64Array));
        (without[i] as Float64Array)[row] = squares(missed);
      }
    }
  }
  const riseOf = (losses: Float64Array): Interval => meanInterval(losses.map((it, row) => it - (all[row] ?? 0)));
  return {
    rows,
    lossOfAll: meanInterval(all).estimate,
    lossOfNone: meanInterval(none).estimate,
    riseOfNone: riseOf(none),
    dropCosts: places.map(({ feature }, i) => ({ feature, rise: riseOf(without[i] as Float64Array) })),
    risesUpTo: upTo.map(riseOf),
  };
}

/** A regression on the training rows. Leading parts of the factor are the factors of the first columns alone. */
interface Fit {
  readonly means: Float64Array;
  readonly centres: Float64Array;
  /** L with L Lᵀ = Xᵀ X + ridge. */
  readonly lower: Float64Array;
  /** For each target L⁻¹ Xᵀ y: its product with L⁻¹ x is the prediction. */
  readonly solved: readonly Float64Array[];
}

function fitted(
  columns: readonly Float64Array[],
  of: readonly Float64Array[],
  isTraining: (row: number) => boolean,
): Fit {
  const size = columns.length;
  const rows = Array.from(of[0]?.keys() ?? []).filter(isTraining);
  const meanOf = (values: Float64Array): number =>
    rows.reduce((sum, row) => sum + (values[row] ?? 0), 0) / Math.max(1, rows.length);
  const [means, centres] = [Float64Array.from(columns, meanOf), Float64Array.from(of, meanOf)];
  const products = new Float64Array(size * size);
  const sums = of.map(() => new Float64Array(size));
  for (const row of rows) {
    const x = centred(columns, means, row);
    for (let i = 0; i < size; i++) {
      const value = x[i] as number;
      for (let j = 0; j <= i; j++)
        products[i * size + j] = (products[i * size + j] as number) + value * (x[j] as number);
    }
    for (const [k, sum] of sums.entries()) {
      const target = (of[k]?.[row] ?? 0) - (centres[k] ?? 0);
      for (let i = 0; i < size; i++) sum[i] = (sum[i] as number) + target * (x[i] as number);
    }
  }
  for (let i = 0; i < size; i++) products[i * size + i] = (products[i * size + i] as number) + RIDGE;
  const lower = cholesky(products, size);
  return { means, centres, lower, solved: sums.map((it) => forward(lower, it)) };
}

/**
 * What the columns of a feature bring: `rows` have the columns of L⁻¹ that are theirs, R, `lower` is the factor of their block of the
 * inverse, Rᵀ R. Of the prediction of x they bring (R L⁻¹ x)ᵀ (Rᵀ R)⁻¹ (R L⁻¹ Xᵀ y), which goes if the model is fitted without them.
 */
function blockOf({ lower, solved }: Fit, start: number, end: number) {
  const size = Math.sqrt(lower.length);
  const rows = Array.from({ length: end - start }, (_, i) =>
    forward(lower, new Float64Array(size).fill(1, start + i, start + i + 1)),
  );
  const inverse = Float64Array.from({ length: rows.length ** 2 }, (_, i) => {
    const [a, b] = [rows[Math.floor(i / rows.length)], rows[i % rows.length]];
    return a && b ? dot(a, b) : 0;
  });
  const factor = cholesky(inverse, rows.length);
  return {
    rows,
    lower: factor,
    solved: solved.map((it) =>
      forward(
        factor,
        rows.map((row) => dot(row, it)),
      ),
    ),
  };
}

const centred = (columns: readonly Float64Array[], means: Float64Array, row: number): Float64Array =>
  means.map((mean, i) => (columns[i]?.[row] ?? 0) - mean);

function squares(values: ArrayLike<number>): number {
  let sum = 0;
  for (let i = 0; i < values.length; i++) sum += (values[i] ?? 0) ** 2;
  return sum;
}
