import type { Steps } from "@throughline/kernel";
import type { Random } from "@throughline/stats";
import { normalDraw, weightedDraw } from "./chance.ts";
import { fastNormalCdf } from "./fast-normal.ts";
import {
  type CategoricalParameter,
  type NumericParameter,
  type ParameterValue,
  type Params,
  stretchOf,
  unitOf,
  valueAt,
  valueIn,
} from "./parameter.ts";
import { chosen, isActive, type Space } from "./space.ts";

/**
 * A density over parameters, learnt from points: a mixture of one product of kernels for each point, and of the even
 * distribution. Where a point lacks a parameter, because its condition did not hold, its kernel is even.
 */
export interface Density {
  draw(random: Random): Params;
  /** The logarithm of the density. Comparable between densities of one space at the same parameters. */
  logOf(params: Params): number;
}

/** Points to learn a density from. Their weights need no sum; that of the even distribution is 1. */
export interface WeightedPoints {
  /** Places in [0, 1] in the order of the space; NaN where a parameter does not exist. */
  readonly units: readonly Float64Array[];
  readonly weights: readonly number[];
}

/** The kernels of one parameter: one for each point, and an even one at the end. */
interface Axis {
  draw(kernel: number, random: Random): ParameterValue;
  /** Adds the logarithm of each kernel's density at the value. */
  add(value: ParameterValue, sums: Float64Array): void;
}

export function* densityOf(space: Space, { units, weights }: WeightedPoints): Steps<Density> {
  const all = [...weights, 1];
  const total = all.reduce((sum, it) => sum + it, 0);
  const logWeights = all.map((it) => Math.log(it / total));
  const axes: Axis[] = [];
  for (const [i, parameter] of space.entries()) {
    const places = units.map((it) => it[i] ?? Number.NaN);
    axes.push(parameter.kind === "categorical" ? categoricalAxis(parameter, places) : numericAxis(parameter, places));
    yield;
  }
  return {
    draw(random) {
      const kernel = weightedDraw(all, random);
      return chosen(space, (parameter, i) => axes[i]?.draw(kernel, random) ?? valueAt(parameter, random()));
    },
    logOf(params) {
      const sums = Float64Array.from(logWeights);
      for (const [i, parameter] of space.entries()) {
        const value = valueIn(params, parameter.name);
        if (value !== undefined && isActive(parameter, params)) axes[i]?.add(value, sums);
      }
      return logSum(sums);
    },
  };
}

/** A kernel prefers the choice of its point, the less so the fewer points there are. */
function categoricalAxis(parameter: CategoricalParameter, places: readonly number[]): Axis {
  const { choices } = parameter;
  const share = 1 / (places.length + 1);
  const seen = 1 + choices.length * share;
  const own = places.map((it) => (Number.isNaN(it) ? -1 : choices.indexOf(String(valueAt(parameter, it)))));
  const [same, other, even] = [Math.log((share + 1) / seen), Math.log(share / seen), -Math.log(choices.length)];
  return {
    draw(kernel, random) {
      const choice = own[kernel] ?? -1;
      if (choice < 0) return valueAt(parameter, random());
      return random() * seen < 1 ? (choices[choice] ?? "") : valueAt(parameter, random());
    },
    add(value, sums) {
      const choice = choices.indexOf(String(value));
      for (let i = 0; i < sums.length; i++) {
        const it = own[i] ?? -1;
        sums[i] = (sums[i] ?? 0) + (it < 0 ? even : it === choice ? same : other);
      }
    },
  };
}

/** Normal kernels that are cut off at the ends of [0, 1]. A value that owns a stretch has the probability of the stretch. */
function numericAxis(parameter: NumericParameter, places: readonly number[]): Axis {
  const widths = widthsOf(places);
  // An even kernel is one of weight 0 about any place.
  const centres = Float64Array.from([...places, 0.5], (it) => (Number.isNaN(it) ? 0.5 : it));
  const isEven = [...places, Number.NaN].map(Number.isNaN);
  const scales = Float64Array.from(isEven, (even, i) => (even ? 0 : 1 / (widths[i] ?? 1)));
  const logInside = Float64Array.from(isEven, (even, i) =>
    even ? 0 : Math.log(massOf(centres[i] ?? 0.5, widths[i] ?? 1, [0, 1])),
  );
  const logHeights = Float64Array.from(isEven, (even, i) =>
    even ? 0 : -Math.log((widths[i] ?? 1) * Math.sqrt(2 * Math.PI)) - (logInside[i] ?? 0),
  );
  // Many draws share the few values that there are.
  const known = new Map<ParameterValue, Float64Array>();
  return {
    draw(kernel, random) {
      if (isEven[kernel]) return valueAt(parameter, random());
      // The centre lies within [0, 1] and no kernel is wider than that, so that one draw in three at least stays inside.
      for (;;) {
        const unit = (centres[kernel] ?? 0.5) + (widths[kernel] ?? 1) * normalDraw(random);
        if (unit >= 0 && unit <= 1) return valueAt(parameter, unit);
      }
    },
    add(value, sums) {
      if (parameter.step === undefined) {
        addDensities(unitOf(parameter, value), { centres, scales, logHeights }, sums);
        return;
      }
      let logs = known.get(value);
      if (logs === undefined) {
        const stretch = stretchOf(parameter, Number(value));
        const even = Math.log(stretch[1] - stretch[0]);
        logs = centres.map((centre, i) => {
          if (isEven[i]) return even;
          return Math.log(Math.max(massOf(centre, widths[i] ?? 1, stretch), 1e-300)) - (logInside[i] ?? 0);
        });
        known.set(value, logs);
      }
      for (let i = 0; i < sums.length; i++) sums[i] = (sums[i] ?? 0) + (logs[i] ?? 0);
    },
  };
}

interface Kernels {
  readonly centres: Float64Array;
  /** One over the width; 0 for an even kernel. */
  readonly scales: Float64Array;
  readonly logHeights: Float64Array;
}

/** The innermost loop of the sampler. */
function addDensities(unit: number, { centres, scales, logHeights }: Kernels, sums: Float64Array): void {
  for (let i = 0; i < sums.length; i++) {
    const far = (unit - (centres[i] ?? 0)) * (scales[i] ?? 0);
    sums[i] = (sums[i] ?? 0) + (logHeights[i] ?? 0) - 0.5 * far * far;
  }
}

const massOf = (centre: number, width: number, [from, to]: readonly [number, number]): number =>
  fastNormalCdf((to - centre) / width) - fastNormalCdf((from - centre) / width);

/**
 * Each kernel reaches to the farther of its neighbours, and at least as far as 100 points spread evenly would stand apart;
 * fewer points, farther. The ends of the range are no neighbours where there are others.
 */
function widthsOf(places: readonly number[]): readonly number[] {
  const sorted = places
    .map((place, i) => ({ place, i }))
    .filter(({ place }) => !Number.isNaN(place))
    .toSorted((a, b) => a.place - b.place);
  const widths = places.map(() => 1);
  const least = 1 / Math.min(100, sorted.length + 2);
  for (const [k, { place, i }] of sorted.entries()) {
    const [before, after] = [sorted[k - 1]?.place, sorted[k + 1]?.place];
    const reach =
      before === undefined && after === undefined
        ? Math.max(place, 1 - place)
        : Math.max(place - (before ?? place), (after ?? place) - place);
    widths[i] = Math.min(Math.max(reach, least), 1);
  }
  return widths;
}

/** log(sum of exp), without overflow. */
function logSum(logs: Float64Array): number {
  let most = Number.NEGATIVE_INFINITY;
  for (const it of logs) most = Math.max(most, it);
  let sum = 0;
  for (const it of logs) sum += Math.exp(it - most);
  return most + Math.log(sum);
}
