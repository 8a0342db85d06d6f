import { DomainError, type FieldViolation } from "@throughline/kernel";
import {
  type Calibration,
  type GroupCalibration,
  isSetMethod,
  type ScoreDefinition,
  SMALL_GROUPS,
} from "./calibration.ts";
import { conformalQuantile, leastRows } from "./quantile.ts";
import { type Scored, scoreOf } from "./scores.ts";

/** A row with its actual value. Of sets it is the number of the label. */
export interface CalibrationRow extends Scored {
  readonly actual: number;
  /** The text of the group's value; empty if it has none. */
  readonly group: string;
}

/** What a calibration is to be. */
export type CalibrationSpec = Pick<Calibration, "alpha" | "score" | "groupField" | "groupRowsLeast">;

/** Different groups that a calibration tells apart: more are a key and no group. */
const GROUPS_MAX = 10_000;

/** Adds up the scores of rows, one at a time, and makes the calibration of them. */
export interface Calibrating {
  add(row: CalibrationRow): void;
  /**
   * Fails with CALIBRATION_TOO_SMALL if no finite quantile has the coverage, and CALIBRATION_GROUPS for too many groups.
   */
  finish(sourceDigest: string): Calibration;
}

/**
 * Split conformal calibration: of each group of enough rows the quantile of its own scores (Mondrian: Vovk and others 2005,
 * doi:10.1007/b106715, section 4.5), and one of the other groups together, if together they have enough. Which these are follows from
 * the numbers of rows alone, before any score is looked at. Rows whose score cannot be said are counted and left out. Fails
 * with CALIBRATION_INVALID and all problems of the spec at once.
 */
export function calibrating(spec: CalibrationSpec): Calibrating {
  checkSpec(spec);
  const all: number[] = [];
  const byGroup = new Map<string, number[]>();
  let skippedCount = 0;
  return {
    add(row) {
      const score = scoreOf(spec.score, row, row.actual);
      if (!Number.isFinite(score)) {
        skippedCount += 1;
        return;
      }
      all.push(score);
      if (spec.groupField === "" || row.group === "") return;
      const group = byGroup.get(row.group) ?? [];
      group.push(score);
      byGroup.set(row.group, group);
      if (byGroup.size > GROUPS_MAX) throw tooManyGroups(spec.groupField);
    },
    finish(sourceDigest) {
      if (all.length < leastRows(spec.alpha)) throw tooSmall(all.length, spec.alpha);
      const groups = taxonomy(byGroup, spec.groupRowsLeast).map(
        ([group, scores]) => [group, groupCalibration(scores, spec.alpha)] as const,
      );
      return {
        version: 1,
        alpha: spec.alpha,
        score: spec.score,
        groupField: spec.groupField,
        groupRowsLeast: spec.groupRowsLeast,
        all: groupCalibration(all, spec.alpha),
        groups: Object.fromEntries(groups.sort(([a], [b]) => (a < b ? -1 : 1))),
        skippedCount,
        sourceDigest,
      };
    },
  };
}

/** The groups that have a quantile of their own, and all others as one. */
function taxonomy(
  byGroup: ReadonlyMap<string, readonly number[]>,
  rowsLeast: number,
): readonly (readonly [group: string, scores: readonly number[]])[] {
  const isLarge = ([group, scores]: readonly [string, readonly number[]]): boolean =>
    group !== SMALL_GROUPS && scores.length >= rowsLeast;
  const large = [...byGroup].filter(isLarge);
  const small = [...byGroup].filter((it) => !isLarge(it)).flatMap(([, scores]) => scores);
  return small.length >= rowsLeast && small.length > 0 ? [...large, [SMALL_GROUPS, small]] : large;
}

function groupCalibration(scores: readonly number[], alpha: number): GroupCalibration {
  const quantile = conformalQuantile(scores, alpha);
  return { rowCount: scores.length, quantile, coveredCount: scores.filter((it) => it <= quantile).length };
}

/** Everything that is wrong with a spec, each with the path of its field. */
export function specProblems({ alpha, score, groupField, groupRowsLeast }: CalibrationSpec): readonly FieldViolation[] {
  const found: FieldViolation[] = [...scoreProblems(score)];
  if (!(alpha > 0 && alpha < 1)) found.push({ path: "alpha", description: `${alpha} is not within (0, 1)` });
  else if (groupField !== "" && groupRowsLeast < leastRows(alpha)) {
    const description = `a group of ${groupRowsLeast} rows has no quantile at alpha ${alpha}: at least ${leastRows(alpha)}`;
    found.push({ path: "group_rows_least", description });
  }
  return found;
}

/** How many predictions each method takes; undefined: as many as there are labels, or one for two labels. */
const COLUMN_COUNTS: Readonly<Partial<Record<ScoreDefinition["method"], number>>> = {
  ABSOLUTE_RESIDUAL: 1,
  NORMALIZED_RESIDUAL: 2,
  QUANTILE_REGRESSION: 2,
};

function scoreProblems(score: ScoreDefinition): readonly FieldViolation[] {
  const { method, columnCount, labels, penalty, penaltyRank } = score;
  const found: FieldViolation[] = [];
  const add = (path: string, description: string): void => void found.push({ path, description });
  if (!isSetMethod(method)) {
    if (labels.length > 0) add("labels", `${method} gives intervals, which have no labels`);
    if (columnCount !== COLUMN_COUNTS[method]) {
      add("prediction_columns", `${method} takes ${COLUMN_COUNTS[method]} of them, not ${columnCount}`);
    }
  } else {
    if (labels.length < 2) add("labels", `${method} needs at least two labels`);
    if (new Set(labels).size < labels.length) add("labels", "two labels are the same");
    const isBinary = labels.length === 2 && columnCount === 1;
    if (!isBinary && columnCount !== labels.length) {
      add("prediction_columns", `there are ${columnCount} for ${labels.length} labels; each label needs one`);
    }
  }
  if (!(penalty >= 0 && Number.isFinite(penalty))) add("penalty", `${penalty} is negative or no number`);
  if (!(Number.isInteger(penaltyRank) && penaltyRank >= 0)) add("penalty_rank", `${penaltyRank} is no rank`);
  if (method !== "REGULARIZED_ADAPTIVE_SET" && (penalty !== 0 || penaltyRank !== 0)) {
    add("penalty", `${method} has no penalty`);
  }
  return found;
}

function checkSpec(spec: CalibrationSpec): void {
  const violations = specProblems(spec);
  if (violations.length === 0) return;
  const text = violations.map(({ path, description }) => `${path}: ${description}`).join("; ");
  throw new DomainError("invalid", "CALIBRATION_INVALID", `Nothing can be calibrated so: ${text}.`, { violations });
}

const tooSmall = (rows: number, alpha: number): DomainError =>
  new DomainError(
    "precondition",
    "CALIBRATION_TOO_SMALL",
    `${rows} rows have an actual value and a prediction; at alpha ${alpha} it takes ${leastRows(alpha)}. Give more rows, or a larger alpha.`,
    { metadata: { rows: String(rows), least: String(leastRows(alpha)) } },
  );

const tooManyGroups = (field: string): DomainError =>
  new DomainError(
    "precondition",
    "CALIBRATION_GROUPS",
    `${field} has more than ${GROUPS_MAX} different values. Group by a field with fewer.`,
    { metadata: { field, most: String(GROUPS_MAX) } },
  );
