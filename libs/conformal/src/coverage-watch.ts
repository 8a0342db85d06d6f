import { logBeta } from "@throughline/stats";
import { type CoverageRange, coverageRange } from "./quantile.ts";

/** What was seen of answers with a known actual value. */
export interface Coverage {
  readonly rowCount: number;
  readonly coveredCount: number;
}

/**
 * Where the live coverage lies, whenever one looks: the confidence sequence of a Bernoulli mean by the Beta(1, 1) mixture (Robbins
 * 1970, doi:10.1214/aoms/1177696786; Ville's inequality). It holds the true coverage at all times at once with probability `level`.
 */
export function liveCoverage({ rowCount, coveredCount }: Coverage, level: number): CoverageRange {
  if (rowCount === 0) return { low: 0, high: 1 };
  const missed = rowCount - coveredCount;
  const mixture = logBeta(coveredCount + 1, missed + 1);
  const limit = Math.log(1 / (1 - level));
  // The log of what the mixture won against p, which rises from the observed share to either side.
  const isOut = (p: number): boolean =>
    mixture - times(coveredCount, Math.log(p)) - times(missed, Math.log1p(-p)) >= limit;
  const share = coveredCount / rowCount;
  return { low: boundary(isOut, 0, share), high: boundary(isOut, 1, share) };
}

/** 0 times anything is 0, also where a logarithm is infinite. */
const times = (count: number, log: number): number => (count === 0 ? 0 : count * log);

/** Between a point that is out, or the end of the range, and one that is not. */
function boundary(isOut: (p: number) => boolean, end: number, share: number): number {
  if (!isOut(end)) return end;
  let [out, inside] = [end, share];
  for (let i = 0; i < 60; i++) {
    const middle = (out + inside) / 2;
    if (isOut(middle)) out = middle;
    else inside = middle;
  }
  return out;
}

/** What live coverage says about a calibration. */
export interface CoverageVerdict extends CoverageRange {
  /** The share that was covered; NaN without rows. */
  readonly share: number;
  /**
   * `UNDER` or `OVER` if the live coverage lies outside of what the calibration can have had: its Beta law at `level`. False alarms over all
   * time are at most 2 (1 - level).
   */
  readonly alarm: "NONE" | "UNDER" | "OVER";
}

/** Compares live coverage with what `calibrationRows` rows at alpha promise. */
export function coverageVerdict(
  seen: Coverage,
  promised: { readonly calibrationRows: number; readonly alpha: number },
  level: number,
): CoverageVerdict {
  const live = liveCoverage(seen, level);
  const law = coverageRange(promised.calibrationRows, promised.alpha, level);
  const alarm = live.high < law.low ? "UNDER" : live.low > law.high ? "OVER" : "NONE";
  return { ...live, share: seen.coveredCount / seen.rowCount, alarm };
}
