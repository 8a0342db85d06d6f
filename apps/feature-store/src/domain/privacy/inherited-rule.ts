import { type ColumnRule, combinedRule, type RuleSource } from "@throughline/privacy";

/** What an output of an on-demand view keeps of what is done to its inputs: its values are of none that a treatment was made for. */
const KEPT: ReadonlySet<string> = new Set(["keep", "drop", "blank"]);

/**
 * The rule of a column that is computed of others, from the rules of those: the strictest class, and as little as any of them permits. Where
 * an input is treated in another way than left out or blanked, or two are treated differently, the column is blanked: a computed value
 * could tell what the treatment hides. Undefined, or a rule without the purpose: it is refused, as one of its inputs is.
 */
export function inheritedRule(column: string, sources: readonly RuleSource[], purpose: string): ColumnRule | undefined {
  const rule = combinedRule(column, sources, purpose);
  if (rule && "message" in rule) return { column, class: rule.class ?? "identifier", uses: [blanked(purpose)] };
  const use = rule?.uses.find((it) => it.purposes.includes(purpose));
  return rule && use && !KEPT.has(use.treatment.kind) ? { ...rule, uses: [blanked(purpose)] } : rule;
}

const blanked = (purpose: string): ColumnRule["uses"][number] => ({
  purposes: [purpose],
  treatment: { kind: "blank" },
});
