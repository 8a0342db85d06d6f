/**
 * How scores of rows are made, and answers of quantiles.
 *
 * - `ABSOLUTE_RESIDUAL`: prediction ± q. Column: prediction. (Lei and others 2018, doi:10.1080/01621459.2017.1307116)
 * - `NORMALIZED_RESIDUAL`: prediction ± q * scale. Columns: prediction, scale > 0. (Papadopoulos and others 2002,
 *   doi:10.1007/3-540-36755-1_29)
 * - `QUANTILE_REGRESSION`: [low - q, high + q], CQR. Columns: low, high. (Romano, Patterson and Candès 2019, arXiv:1905.03222)
 * - `ADAPTIVE_SET`: labels of falling probability up to q, APS. Columns: a probability for each label, or one, of the second of two
 *   labels. (Romano, Sesia and Candès 2020, arXiv:2006.02544)
 * - `REGULARIZED_ADAPTIVE_SET`: the same with a penalty for labels beyond a rank, RAPS. (Angelopoulos and others 2021, arXiv:2009.14193)
 */
export const METHODS = [
  "ABSOLUTE_RESIDUAL",
  "NORMALIZED_RESIDUAL",
  "QUANTILE_REGRESSION",
  "ADAPTIVE_SET",
  "REGULARIZED_ADAPTIVE_SET",
] as const;

export type CalibrationMethod = (typeof METHODS)[number];

/** What a score is of. */
export interface ScoreDefinition {
  readonly method: CalibrationMethod;
  /** Numbers that a prediction has. */
  readonly columnCount: number;
  /** Of sets: the labels, by the number that is their actual value. Empty for intervals. */
  readonly labels: readonly string[];
  /**
   * Of sets: the last label is taken by chance, so that coverage is not above what was asked for. The chance is of the row's
   * digest alone: the same row has the same set.
   */
  readonly isRandomized: boolean;
  /** Of sets: if no label is within the quantile the set is empty; else it has the likeliest label. */
  readonly allowsEmpty: boolean;
  /** Of regularised sets: what each label beyond `penaltyRank` adds to a score. 0 for others. */
  readonly penalty: number;
  readonly penaltyRank: number;
}

/** Stands for all groups without a quantile of their own, those that the calibration has never seen among them. */
export const SMALL_GROUPS = "*";

/** What the calibration rows of a group say. */
export interface GroupCalibration {
  readonly rowCount: number;
  readonly quantile: number;
  /** Rows of these that the quantile covers. */
  readonly coveredCount: number;
}

/** How answers are widened so that they hold the actual value with probability 1 - alpha. Immutable; JSON. */
export interface Calibration {
  readonly version: 1;
  readonly alpha: number;
  readonly score: ScoreDefinition;
  /** The field of the request or feature that tells the group of a row. Empty: there are no groups. */
  readonly groupField: string;
  /** Groups with fewer rows share a quantile, if together they have as many; else they take that of all. */
  readonly groupRowsLeast: number;
  /** Of all rows. */
  readonly all: GroupCalibration;
  /** By the text of the group's value, and those that are too small by SMALL_GROUPS. */
  readonly groups: Readonly<Record<string, GroupCalibration>>;
  /** Rows of the source that had no actual value or no prediction. */
  readonly skippedCount: number;
  /** Digest of the rows that it was made of. */
  readonly sourceDigest: string;
}

export const isSetMethod = (method: CalibrationMethod): boolean =>
  method === "ADAPTIVE_SET" || method === "REGULARIZED_ADAPTIVE_SET";
