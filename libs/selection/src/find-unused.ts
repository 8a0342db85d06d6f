import type { DropCost } from "./drop-one.ts";
import type { Evidence } from "./evidence.ts";
import { type Finding, short } from "./finding.ts";
import type { Importance } from "./permutation-importance.ts";

/**
 * Features that nobody reads, and those without which the model is not worse as far as the rows can tell. The drop-one cost decides where
 * there is one: the permutation importance of a feature is small also if others say the same.
 */
export function unused({ features, facts, importances = [], dropCosts = [] }: Evidence): readonly Finding[] {
  return features.flatMap(({ name }): readonly Finding[] => {
    const readBy = facts?.get(name)?.readBy;
    if (readBy?.length === 0) return [unread(name)];
    const dropped = dropCosts.find((it) => it.feature === name);
    const shuffled = importances.find((it) => it.columns.includes(name));
    if (dropped) return dropped.rise.low > 0 ? [] : [undropped(dropped, shuffled)];
    // A group that matters has at least one member that does; which one cannot be told.
    return shuffled && shuffled.rise.low <= 0 ? [unimportant(name, shuffled)] : [];
  });
}

const unread = (name: string): Finding => ({
  kind: "UNUSED",
  features: [name],
  evidence: { readers: 0 },
  recommendation: "REMOVE",
  message: `No model or service reads ${name}.`,
});

const undropped = ({ feature, rise }: DropCost, shuffled: Importance | undefined): Finding => ({
  kind: "UNUSED",
  features: [feature],
  evidence: {
    dropCost: rise.estimate,
    dropCostLow: rise.low,
    dropCostHigh: rise.high,
    ...(shuffled ? { importance: shuffled.rise.estimate } : {}),
  },
  // Where the interval reaches far above 0 there are too few rows to say that nothing is lost.
  recommendation: rise.estimate <= 0 ? "REMOVE" : "TRY_WITHOUT",
  message:
    `Without ${feature} the loss changes by ${short(rise.estimate)} ` +
    `(between ${short(rise.low)} and ${short(rise.high)}), so nothing shows that it is needed.`,
});

const unimportant = (name: string, { columns, rise, repeats }: Importance): Finding => ({
  kind: "UNUSED",
  features: [name],
  evidence: {
    importance: rise.estimate,
    importanceLow: rise.low,
    importanceHigh: rise.high,
    repeats: repeats.length,
    shuffledTogether: columns.length,
  },
  recommendation: "TRY_WITHOUT",
  message:
    `With ${columns.length > 1 ? columns.join(", ") : name} shuffled the loss changes by ${short(rise.estimate)} ` +
    `(between ${short(rise.low)} and ${short(rise.high)}). Train without it, as another feature may say the same.`,
});
