import { association } from "./association.ts";
import { correlationInterval } from "./correlation.ts";
import { type Finding, short } from "./finding.ts";
import type { Evidence } from "./necessity.ts";

/** With fewer rows a strong association is no surprise. */
const ROWS_MIN = 30;

/**
 * Features that tell the label too well. Of numbers with a numeric label the lower bound of the correlation counts, so that few rows
 * alone raise no alarm; of all others the strength of information, with what the missing values tell.
 */
export function leaking({ sampled, sampledLabel, figures, thresholds }: Evidence): readonly Finding[] {
  if (!sampledLabel) return [];
  const threshold = thresholds.leakingStrength;
  return sampled.flatMap((column, i): readonly Finding[] => {
    const told = figures[i]?.information;
    if (!told || told.rows < ROWS_MIN) return [];
    const { measure, strength, rows } = association(column, sampledLabel);
    const low = measure === "correlation" ? correlationInterval(strength, rows).low : 0;
    if (low < threshold && told.strength < threshold) return [];
    const byMissing = told.nats > 0 ? told.natsOfMissing / told.nats : 0;
    const where =
      byMissing > 0.5
        ? "mostly by whether it is there at all: it may be written only after the label is known"
        : "more than what is known beforehand usually does";
    return [
      {
        kind: "LEAKING",
        features: [column.name],
        evidence: {
          association: strength,
          associationLow: low,
          informationNats: told.nats,
          informationStrength: told.strength,
          shareToldByMissing: byMissing,
          rows: told.rows,
          threshold,
        },
        recommendation: "INVESTIGATE",
        message:
          `${column.name} tells the label with a strength of ${short(Math.max(told.strength, strength))} of 1, ${where}. ` +
          `Check when its values become known, and whether it is made from the label.`,
      },
    ];
  });
}
