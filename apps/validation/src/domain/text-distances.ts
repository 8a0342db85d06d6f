import { chiSquareTest, jensenShannonOfCounts, lInfinity, populationStabilityIndex } from "@throughline/stats";
import type { Comparison } from "./number-distances.ts";
import type { ColumnStatistics } from "./statistics.ts";

/** Cells with fewer expected counts are put together for the test, whose p-value would be rough (Cochran 1954). */
const EXPECTED_MIN = 5;

/** Counts of the same values in two samples; everything that has no cell of its own is in the last one. */
interface Cells {
  readonly baseline: readonly number[];
  readonly current: readonly number[];
}

/** Compares two samples of text by their most frequent values. */
export function compareText(baseline: ColumnStatistics, current: ColumnStatistics): Comparison {
  const cells = cellsOf(baseline, current);
  const pooled = withEnoughExpected(cells);
  return {
    distances: [
      { distance: "JENSEN_SHANNON", value: jensenShannonOfCounts(cells.baseline, cells.current) },
      { distance: "L_INFINITY", value: lInfinity(counted(cells.baseline), counted(cells.current)) },
      { distance: "POPULATION_STABILITY", value: populationStabilityIndex(cells.baseline, cells.current) },
    ],
    pValue: chiSquareTest([pooled.baseline, pooled.current]).pValue,
  };
}

/**
 * A value has a cell if its count is known in both samples: it is listed there, or everything that is there is listed.
 * Counting an unlisted value as absent would make differences out of ranks.
 */
function cellsOf(baseline: ColumnStatistics, current: ColumnStatistics): Cells {
  const [first, second] = [listed(baseline), listed(current)];
  const values = [...new Set([...first.counts.keys(), ...second.counts.keys()])].filter(
    (it) => (first.counts.has(it) || first.isComplete) && (second.counts.has(it) || second.isComplete),
  );
  const cells = ({ counts }: Listed, total: number): readonly number[] => {
    const own = values.map((it) => counts.get(it) ?? 0);
    return [...own, Math.max(0, total - own.reduce((sum, it) => sum + it, 0))];
  };
  return { baseline: cells(first, baseline.presentCount), current: cells(second, current.presentCount) };
}

interface Listed {
  readonly counts: ReadonlyMap<string, number>;
  readonly isComplete: boolean;
}

function listed({ text, presentCount }: ColumnStatistics): Listed {
  const counts = new Map((text?.topValues ?? []).map((it) => [it.value, it.count]));
  return { counts, isComplete: counts.values().reduce((sum, it) => sum + it, 0) === presentCount };
}

/** Which cells are put together follows from the sums of both samples alone, so that the test stays honest. */
function withEnoughExpected({ baseline, current }: Cells): Cells {
  const sum = (counts: readonly number[]): number => counts.reduce((total, it) => total + it, 0);
  const [first, second] = [sum(baseline), sum(current)];
  const smallerShare = Math.min(first, second) / (first + second);
  const own = baseline.map((it, i) => (it + (current[i] as number)) * smallerShare >= EXPECTED_MIN);
  const pool = (counts: readonly number[]): readonly number[] => {
    const kept = counts.filter((_, i) => own[i]);
    return [...kept, sum(counts) - sum(kept)];
  };
  return { baseline: pool(baseline), current: pool(current) };
}

const counted = (counts: readonly number[]): ReadonlyMap<string, number> =>
  new Map(counts.map((it, i) => [String(i), it]));
