import type { Column } from "./column.ts";
import { noiseProblem } from "./noise.ts";
import { type ColumnClass, EVERY_PURPOSE, type PrivacyPolicy, type Treatment, treatmentFor } from "./policy.ts";
import { treatedType } from "./treated-type.ts";

/**
 * Why a column may not be carried.
 *
 * - `UNCLASSIFIED`: no rule names it, and the policy refuses such columns.
 * - `PURPOSE_NOT_ALLOWED`: its class is protected, and no use of its rule is for the purpose.
 * - `TREATMENT_DOES_NOT_FIT`: the treatment has no meaning for its type.
 * - `RULES_DISAGREE`: it is under several rules, and they treat it differently. See `combinedRule`.
 */
export type PrivacyReason = "UNCLASSIFIED" | "PURPOSE_NOT_ALLOWED" | "TREATMENT_DOES_NOT_FIT" | "RULES_DISAGREE";

/** One column that may not be carried. */
export interface PrivacyViolation {
  readonly column: string;
  readonly reason: PrivacyReason;
  /** Undefined for a column without a rule. */
  readonly class: ColumnClass | undefined;
  /** The purposes that it may be carried for. */
  readonly allowedPurposes: readonly string[];
  /** What is wrong and what to do about it. */
  readonly message: string;
}

/** What stands against carrying these columns for a purpose, in their order. Empty: nothing does. The policy itself has to be right. */
export function checkPurpose(
  columns: readonly Column[],
  policy: PrivacyPolicy,
  purpose: string,
): readonly PrivacyViolation[] {
  return columns.flatMap((column): readonly PrivacyViolation[] => {
    const rule = policy.columns.find((it) => it.column === column.name);
    const treatment = treatmentFor(policy, column.name, purpose);
    const about = {
      column: column.name,
      class: rule?.class,
      allowedPurposes: [...new Set(rule?.uses.flatMap((it) => it.purposes) ?? [])],
    };
    if (treatment) {
      const problem = misfit(column, treatment);
      return problem === undefined ? [] : [{ ...about, reason: "TREATMENT_DOES_NOT_FIT", message: problem }];
    }
    return rule
      ? [{ ...about, reason: "PURPOSE_NOT_ALLOWED", message: notAllowed(about, purpose) }]
      : [{ ...about, reason: "UNCLASSIFIED", message: unclassified(column.name) }];
  });
}

function notAllowed(about: Pick<PrivacyViolation, "column" | "class" | "allowedPurposes">, purpose: string): string {
  const kind = {
    identifier: "an identifier",
    quasi_identifier: "a quasi-identifier",
    sensitive: "sensitive",
    none: "open",
  };
  const named = about.allowedPurposes.filter((it) => it !== EVERY_PURPOSE);
  const allowed = named.length === 0 ? "no purpose" : `${named.join(", ")} alone`;
  return (
    `${about.column} is ${kind[about.class ?? "none"]} and may be carried for ${allowed}, not for ${purpose}. ` +
    `Leave it out, or let the policy permit it with a treatment.`
  );
}

const unclassified = (column: string): string =>
  `${column} has no rule, and the policy refuses columns without one. Add a rule with its class, or leave it out.`;

function misfit({ name, type }: Column, treatment: Treatment): string | undefined {
  if (treatedType(treatment, type) === undefined)
    return `${name} is of type ${type}, which the treatment ${treatment.kind} cannot treat. Choose another treatment.`;
  if (treatment.kind !== "laplace" && treatment.kind !== "gaussian") return undefined;
  const problem = noiseProblem(treatment, type === "int64");
  return problem === undefined ? undefined : `${name} is of type ${type}: ${problem}.`;
}
