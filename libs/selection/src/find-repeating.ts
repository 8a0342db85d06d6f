import type { Evidence } from "./evidence.ts";
import { type Finding, percent, short } from "./finding.ts";
import { duplicates, pruneByAssociation } from "./redundancy.ts";

/** Below this a deviation is no more than the rounding of a constant. */
const RELATIVE_DEVIATION_MIN = 1e-12;

/** Groups of features that are equal row by row. */
export const duplicated = ({ features }: Evidence): readonly Finding[] =>
  duplicates(features.filter((it) => !isEmptyOrConstant(it))).map((group) => ({
    kind: "DUPLICATE",
    features: group,
    evidence: { features: group.length },
    recommendation: "KEEP_FIRST",
    message: `${group.join(", ")} have the same values in every row. Keep one; its importance is shared among them.`,
  }));

/** Constants equal each other, which is no news beside their being constant. */
function isEmptyOrConstant(column: Evidence["features"][number]): boolean {
  const values = column.kind === "numeric" ? column.values : column.codes;
  return values.every((it) => Object.is(it, values[0]));
}

/** Features that have one value in almost all rows, or differ by no more than rounding. */
export const nearlyConstant = ({ figures, thresholds }: Evidence): readonly Finding[] =>
  figures.flatMap(({ feature, spread }): readonly Finding[] => {
    const share = spread.commonest.estimate;
    const rounding = spread.distinct > 1 && spread.relativeDeviation < RELATIVE_DEVIATION_MIN;
    if (!(share >= thresholds.constantShare) && !rounding) return [];
    const constant = spread.distinct + (spread.missing > 0 ? 1 : 0) <= 1;
    const empty = spread.missing === spread.rows;
    const what = empty
      ? "is missing in every row"
      : constant
        ? "has one value in every row"
        : rounding
          ? "differs by no more than rounding"
          : `has one value in ${percent(share)} of the rows`;
    return [
      {
        kind: "NEARLY_CONSTANT",
        features: [feature],
        evidence: {
          commonestShare: share,
          commonestShareLow: spread.commonest.low,
          commonestShareHigh: spread.commonest.high,
          distinct: spread.distinct,
          missing: spread.missing,
          variance: spread.variance,
          rows: spread.rows,
          threshold: thresholds.constantShare,
        },
        recommendation: constant || rounding ? "REMOVE" : "TRY_WITHOUT",
        message: constant
          ? `${feature} ${what}, so no model can learn from it.`
          : `${feature} ${what}. Keep it only if the rest of the rows matters enough.`,
      },
    ];
  });

/** Features that a more informative one stands for; without a label the earlier one does. */
export function redundant({ paired, figures, thresholds, features }: Evidence): readonly Finding[] {
  const same = new Set(duplicates(features).flatMap((group) => group.slice(1)));
  const told = new Map(figures.map((it) => [it.feature, it.information?.nats ?? 0]));
  const compared = paired.filter((it) => !same.has(it.name));
  const { redundant: found } = pruneByAssociation(
    compared,
    (name) => told.get(name) ?? 0,
    thresholds.redundantStrength,
  );
  return found.map(({ name, keptInstead, strength }) => ({
    kind: "REDUNDANT",
    features: [name, keptInstead],
    evidence: {
      association: strength,
      informationNats: told.get(name) ?? 0,
      informationNatsOfOther: told.get(keptInstead) ?? 0,
      threshold: thresholds.redundantStrength,
    },
    recommendation: "TRY_WITHOUT",
    message: `${name} hangs together with ${keptInstead} with a strength of ${short(strength)} of 1. One of them may do.`,
  }));
}
