import type { Slice } from "@throughline/contracts/throughline/validation/v1/evaluation_pb";

/** One row of a dot-and-whisker drawing. */
export interface Whisker {
  readonly label: string;
  readonly value: number;
  readonly low: number | undefined;
  readonly high: number | undefined;
  readonly level: number | undefined;
  readonly count: bigint;
}

/** The slices' estimates of one metric with their intervals, in the order of the evaluation. Undefined ones are left out. */
export const whiskersOf = (slices: readonly Slice[], metric: string): readonly Whisker[] =>
  slices.flatMap((slice) => {
    const found = slice.metrics.find((it) => it.name === metric);
    if (!found || !Number.isFinite(found.value)) return [];
    const { interval } = found;
    return [
      {
        label: sliceLabel(slice.key),
        value: found.value,
        low: interval?.low,
        high: interval?.high,
        level: interval?.level,
        count: slice.rowCount,
      },
    ];
  });

/** `carrier = UA`, or `all rows`. */
export function sliceLabel(key: Readonly<Record<string, string>>): string {
  const parts = Object.entries(key).map(([column, value]) => `${column} = ${value}`);
  return parts.length === 0 ? "all rows" : parts.join(", ");
}

/** A scale over all whiskers, and what they are held against, with a little room at both ends, and round ticks on it. */
export function scaleOf(
  whiskers: readonly Whisker[],
  reference?: number,
): {
  readonly low: number;
  readonly high: number;
  readonly ticks: readonly number[];
} {
  const values = whiskers.flatMap((it) => [it.value, it.low ?? it.value, it.high ?? it.value]);
  const ends = reference === undefined ? values : [...values, reference];
  const least = Math.min(...ends);
  const most = Math.max(...ends);
  const room = (most - least || Math.abs(most) || 1) * 0.06;
  const low = least - room;
  const high = most + room;
  const step = roundStep((high - low) / 5);
  const first = Math.ceil(low / step);
  const ticks = Array.from({ length: Math.floor(high / step) - first + 1 }, (_, i) =>
    Number(((first + i) * step).toPrecision(12)),
  );
  return { low, high, ticks };
}

/** The next of 1, 2, 5 times a power of ten. */
function roundStep(step: number): number {
  const power = 10 ** Math.floor(Math.log10(step));
  return ([1, 2, 5].find((it) => it * power >= step) ?? 10) * power;
}
