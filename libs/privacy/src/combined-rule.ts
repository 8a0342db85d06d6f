import type { PrivacyViolation } from "./check-purpose.ts";
import { type ColumnClass, type ColumnRule, type PrivacyPolicy, type Treatment, treatmentFor } from "./policy.ts";

/** A policy that speaks about a column, under the name that the column has there. */
export interface RuleSource {
  readonly policy: PrivacyPolicy;
  readonly column: string;
}

/**
 * What several policies say together of one column for one purpose: as little as any of them permits. Undefined: one of them
 * refuses columns that it does not name, and does not name this one. A column under no policy is open.
 */
export function combinedRule(
  column: string,
  sources: readonly RuleSource[],
  purpose: string,
): ColumnRule | PrivacyViolation | undefined {
  const found = sources.map((it) => ({
    rule: it.policy.columns.find((rule) => rule.column === it.column),
    treatment: treatmentFor(it.policy, it.column, purpose),
  }));
  const refusing = found.find((it) => it.treatment === undefined);
  if (refusing) return refusing.rule && { ...refusing.rule, column };
  const kind = strictest(found.map((it) => it.rule?.class ?? "none"));
  const treatments = distinct(
    found.flatMap(({ treatment }) => (treatment && treatment.kind !== "keep" ? [treatment] : [])),
  );
  if (treatments.length > 1) return disagreement(column, kind, treatments);
  const treatment = treatments[0] ?? { kind: "keep" };
  return { column, class: kind, uses: [{ purposes: [purpose], treatment }] };
}

const STRICTEST_FIRST: readonly ColumnClass[] = ["identifier", "quasi_identifier", "sensitive", "none"];

const strictest = (classes: readonly ColumnClass[]): ColumnClass =>
  STRICTEST_FIRST.find((it) => classes.includes(it)) ?? "none";

const distinct = (treatments: readonly Treatment[]): readonly Treatment[] => [
  ...new Map(treatments.map((it) => [JSON.stringify(it), it])).values(),
];

const disagreement = (column: string, kind: ColumnClass, treatments: readonly Treatment[]): PrivacyViolation => ({
  column,
  reason: "RULES_DISAGREE",
  class: kind,
  allowedPurposes: [],
  message:
    `${column} is under several rules, which treat it differently (${treatments.map((it) => it.kind).join(", ")}). ` +
    `Give them the same treatment for the purpose, or leave the column out.`,
});
