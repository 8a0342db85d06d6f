import { closeness, suspicionOf } from "./closeness.ts";
import type { Evidence } from "./evidence.ts";
import { type Finding, short } from "./finding.ts";

/** Features that tell the label too well: see `suspicionOf`. */
export function leaking({ sampled, sampledLabel, figures, thresholds }: Evidence): readonly Finding[] {
  if (!sampledLabel) return [];
  const threshold = thresholds.leakingStrength;
  return sampled.flatMap((column, i): readonly Finding[] => {
    const told = figures[i]?.information;
    if (!told) return [];
    const found = closeness(column, sampledLabel, told);
    const suspicion = suspicionOf(found, threshold);
    if (!suspicion) return [];
    const where =
      suspicion.shareToldByMissing > 0.5
        ? "mostly by whether it is there at all: it may be written only after the label is known"
        : "more than what is known beforehand usually does";
    return [
      {
        kind: "LEAKING",
        features: [column.name],
        evidence: {
          association: found.association.strength,
          associationLow: found.associationLow,
          informationNats: told.nats,
          informationStrength: told.strength,
          shareToldByMissing: suspicion.shareToldByMissing,
          rows: told.rows,
          threshold,
        },
        recommendation: "INVESTIGATE",
        message:
          `${column.name} tells the label with a strength of ${short(Math.max(told.strength, found.association.strength))} of 1, ${where}. ` +
          `Check when its values become known, and whether it is made from the label.`,
      },
    ];
  });
}
