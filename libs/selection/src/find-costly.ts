import type { Evidence } from "./evidence.ts";
import { type Finding, percent } from "./finding.ts";

/** Features below this share of the cost are not worth a look. */
const COST_SHARE_MIN = 0.01;

/**
 * Features whose share of the declared cost is several times their share of the gain: of the drop-one costs if all features with a cost
 * have one, else of the importances (members of a group share it evenly). Losses below 0 count as 0.
 */
export function costly({ features, facts, importances, dropCosts, thresholds }: Evidence): readonly Finding[] {
  const priced = features.flatMap(({ name }) => {
    const cost = facts?.get(name)?.cost;
    return cost === undefined || !(cost >= 0) ? [] : [{ name, cost }];
  });
  const byDrop = dropCosts && priced.every(({ name }) => dropCosts.some((it) => it.feature === name));
  const gainOf = (name: string): number | undefined => {
    if (byDrop) return dropCosts.find((it) => it.feature === name)?.rise.estimate;
    const group = importances?.find((it) => it.columns.includes(name));
    return group && group.rise.estimate / group.columns.length;
  };
  const known = priced.flatMap(({ name, cost }) => {
    const gain = gainOf(name);
    return gain === undefined ? [] : [{ name, cost, gain: Math.max(0, gain) }];
  });
  const [costs, gains] = [known.reduce((sum, it) => sum + it.cost, 0), known.reduce((sum, it) => sum + it.gain, 0)];
  if (!(costs > 0)) return [];
  return known.flatMap(({ name, cost, gain }): readonly Finding[] => {
    const [costShare, gainShare] = [cost / costs, gains > 0 ? gain / gains : 0];
    if (costShare < COST_SHARE_MIN || costShare <= thresholds.costFactor * gainShare) return [];
    return [
      {
        kind: "COSTLY",
        features: [name],
        evidence: { cost, costShare, gain, gainShare, threshold: thresholds.costFactor },
        recommendation: "TRY_WITHOUT",
        message:
          `${name} takes ${percent(costShare)} of the declared cost and brings ${percent(gainShare)} of the gain. ` +
          `Make it cheaper, or do without.`,
      },
    ];
  });
}
