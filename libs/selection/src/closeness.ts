import { type Association, association } from "./association.ts";
import { type DataColumn, rowCount, sampledRows, takeRows } from "./column.ts";
import { correlationInterval } from "./correlation.ts";
import { type Information, information } from "./information.ts";

/** How close a feature is to a label. */
export interface Closeness {
  readonly association: Association;
  /** Of the correlation of two columns of numbers the lower bound, so that few rows alone raise no alarm; of all others the strength. */
  readonly associationLow: number;
  readonly information: Information;
}

/** Closer than is plausible, by the measure that says so most strongly. */
export interface Suspicion {
  readonly measure: Association["measure"] | "information";
  readonly strength: number;
  /** Rows that the measure saw. */
  readonly rows: number;
  /** How much of the information is told by whether the feature is there at all, in [0, 1]. */
  readonly shareToldByMissing: number;
}

/** With fewer rows a strong association is no surprise. */
const ROWS_MIN = 30;
const ROWS_COMPARED_MAX = 5_000;

/** The closeness of two columns of the same rows. */
export function closeness(feature: DataColumn, label: DataColumn, told: Information): Closeness {
  const found = association(feature, label);
  const { measure, strength, rows } = found;
  const isCorrelation = measure === "correlation";
  const associationLow = isCorrelation ? Math.max(0, correlationInterval(strength, rows).low) : strength;
  return { association: found, associationLow, information: told };
}

/** Why a feature is suspected of a label; undefined if it is not. Fewer than 30 rows prove nothing. */
export function suspicionOf({ association, associationLow, information }: Closeness, threshold: number) {
  const byMissing = information.nats > 0 ? information.natsOfMissing / information.nats : 0;
  const suspicions: readonly Suspicion[] = [
    { measure: association.measure, strength: associationLow, rows: association.rows, shareToldByMissing: byMissing },
    {
      measure: "information",
      strength: information.strength,
      rows: information.rows,
      shareToldByMissing: byMissing,
    },
  ];
  return suspicions
    .filter((it) => it.rows >= ROWS_MIN && it.strength >= threshold)
    .toSorted((a, b) => b.strength - a.strength)[0];
}

/** A feature that is suspected of a label. */
export interface SuspectPair extends Suspicion {
  readonly feature: string;
  readonly label: string;
}

/** What to compare: columns of the same rows. */
export interface Compared {
  readonly features: readonly DataColumn[];
  readonly labels: readonly DataColumn[];
  /** In (0, 1]. */
  readonly threshold: number;
  readonly seed: number;
}

/**
 * The features that are closer to a label than is plausible, label by label in the order of the features. It looks at 5,000 rows drawn
 * by the seed, or at all if there are no more.
 */
export function suspectPairs({ features, labels, threshold, seed }: Compared): readonly SuspectPair[] {
  const [first] = features;
  const rows = sampledRows(first ? rowCount(first) : 0, ROWS_COMPARED_MAX, seed);
  const sampled = features.map((it) => takeRows(it, rows));
  return labels.flatMap((it) => {
    const label = takeRows(it, rows);
    return sampled.flatMap((feature): readonly SuspectPair[] => {
      const told = information(feature, label, { seed });
      const found = suspicionOf(closeness(feature, label, told), threshold);
      return found ? [{ feature: feature.name, label: label.name, ...found }] : [];
    });
  });
}
