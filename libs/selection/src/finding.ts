/**
 * What a feature is suspected of, the gravest first.
 *
 * - `LEAKING`: tells more about the label than can be known before it happens.
 * - `DUPLICATE`: says row by row what another says.
 * - `NEARLY_CONSTANT`: says the same in almost all rows.
 * - `UNUSED`: nobody reads it, or no model gets worse without it.
 * - `COSTLY`: costs far more than its share of what all features achieve.
 * - `REDUNDANT`: hangs together with another so closely that one will do.
 */
export const KINDS = ["LEAKING", "DUPLICATE", "NEARLY_CONSTANT", "UNUSED", "COSTLY", "REDUNDANT"] as const;

export type FindingKind = (typeof KINDS)[number];

/**
 * What to do. `INVESTIGATE`: look before it serves on. `REMOVE`: take the features out. `KEEP_FIRST`: take out all but the first named.
 * `TRY_WITHOUT`: train without it and compare, since the figures cannot tell what the other features would make up for.
 */
export type Recommendation = "INVESTIGATE" | "REMOVE" | "KEEP_FIRST" | "TRY_WITHOUT";

/** One suspicion with its evidence. */
export interface Finding {
  readonly kind: FindingKind;
  /** The feature, or the group of features that it is about. */
  readonly features: readonly string[];
  /** The figures that led to it, by name, with the thresholds that they were held against. All of them are finite. */
  readonly evidence: Readonly<Record<string, number>>;
  readonly recommendation: Recommendation;
  /** What was found and why to do what. */
  readonly message: string;
}

/** A share as people read it. */
export const percent = (share: number): string => `${(100 * share).toFixed(1)}%`;

/** A figure as people read it. */
export const short = (value: number): string => `${Number(value.toPrecision(3))}`;
