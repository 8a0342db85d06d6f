import { twoSidedZ } from "@throughline/stats";
import type { EvaluatedMetric, EvaluatedSlice, Known } from "./evidence.ts";
import type { ModelVersion } from "./model.ts";

/** Confidence of an interval whose end must hold, where no rule for slices says another. */
export const CONFIDENCE = 0.95;

/** A version with what is known of it. */
export interface VersionFacts {
  readonly version: ModelVersion;
  readonly known: Known;
}

/** A value of a metric, with where it is from. */
export interface Seen {
  readonly value: number;
  readonly interval?: NonNullable<EvaluatedMetric["interval"]>;
  /** In words. */
  readonly source: string;
}

/**
 * The value of a metric over all rows: from the newest evaluation, else the newest measurement, else what the author gave
 * at registration, unless only what was measured counts.
 */
export function seenMetric({ version, known }: VersionFacts, metric: string, measuredOnly: boolean): Seen | undefined {
  const all = allRows({ known });
  const evaluated = all && seenInSlice(all, metric);
  if (evaluated && known.evaluation)
    return { ...evaluated, source: `evaluation ${known.evaluation.digest.slice(0, 19)} of ${all.rowCount} rows` };
  const measured = known.measurements.get(metric);
  if (measured) {
    const report = measured.reportDigest === "" ? "" : `, report ${measured.reportDigest.slice(0, 19)}`;
    return { value: measured.value, source: `measured by ${measured.actor}: ${measured.source}${report}` };
  }
  const declared = Object.hasOwn(version.metrics, metric) ? version.metrics[metric] : undefined;
  if (measuredOnly || declared === undefined || Number.isNaN(declared)) return undefined;
  return { value: declared, source: `given by ${version.actor} at registration` };
}

/** What an evaluation says of all rows. */
export const allRows = ({ known }: Pick<VersionFacts, "known">): EvaluatedSlice | undefined =>
  known.evaluation?.slices.find((it) => Object.keys(it.key).length === 0);

/** The value of a metric in a slice, undefined if it is not there or not defined. */
export function seenInSlice(slice: EvaluatedSlice, metric: string): Omit<Seen, "source"> | undefined {
  const found = slice.metrics.find((it) => it.name === metric);
  if (!found || Number.isNaN(found.value)) return undefined;
  return { value: found.value, ...(found.interval && { interval: found.interval }) };
}

/** The half of an interval that lies above or below its estimate, as it would be at another confidence. */
export function halfWidth({ value, interval }: Omit<Seen, "source">, side: "low" | "high", confidence: number): number {
  if (!interval) return 0;
  const half = side === "low" ? value - interval.low : interval.high - value;
  const scale = confidence === interval.level ? 1 : twoSidedZ(confidence) / twoSidedZ(interval.level);
  return Math.max(0, half) * scale;
}

/** A number as people read it: six digits at most. */
export const shown = (value: number): string => String(Number(value.toPrecision(6)));

/** An estimate with its interval, if it has one. */
export const shownSeen = ({ value, interval }: Omit<Seen, "source">): string =>
  interval ? `${shown(value)} [${shown(interval.low)}, ${shown(interval.high)}]` : shown(value);
