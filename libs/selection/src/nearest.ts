/** psi(n) for whole n from 1 to `most`, by the harmonic numbers; at 0 there is NaN. */
export function digammas(most: number): Float64Array {
  const found = new Float64Array(most + 1);
  found[0] = Number.NaN;
  let harmonic = 0;
  for (let n = 1; n <= most; n++) {
    found[n] = harmonic - EULER_GAMMA;
    harmonic += 1 / n;
  }
  return found;
}

const EULER_GAMMA = 0.577_215_664_901_532_9;

/**
 * The mutual information of two columns of numbers, in nats, from the distances to the `neighbours`-th nearest neighbours (Kraskov,
 * Stögbauer and Grassberger 2004, doi:10.1103/PhysRevE.69.066138, their first estimator). Not below 0. Both columns should have
 * about the same width, and ties make it wrong: see `information`, which takes care of both.
 */
export function nearestInformation(x: Float64Array, y: Float64Array, neighbours: number): number {
  const n = x.length;
  const k = Math.min(neighbours, n - 1);
  if (k < 1) return 0;
  const psi = digammas(n + 1);
  const radii = jointRadii(x, y, k);
  const [sortedX, sortedY] = [x.toSorted(), y.toSorted()];
  let sum = 0;
  for (let i = 0; i < n; i++) {
    const radius = radii[i] ?? 0;
    // The counts have the point itself, which stands for the + 1 of the formula.
    sum += psi[countWithin(sortedX, x[i] ?? 0, radius)] ?? Number.NaN;
    sum += psi[countWithin(sortedY, y[i] ?? 0, radius)] ?? Number.NaN;
  }
  return Math.max(0, (psi[n] ?? 0) + (psi[k] ?? 0) - sum / n);
}

/** For each point the largest number below the distance (the larger of both coordinates') to its k-th nearest neighbour. */
function jointRadii(x: Float64Array, y: Float64Array, k: number): Float64Array {
  const order = Uint32Array.from({ length: x.length }, (_, i) => i).sort((a, b) => (x[a] ?? 0) - (x[b] ?? 0));
  const [xs, ys] = [Float64Array.from(order, (it) => x[it] ?? 0), Float64Array.from(order, (it) => y[it] ?? 0)];
  const radii = new Float64Array(x.length);
  for (let place = 0; place < xs.length; place++) radii[order[place] ?? 0] = below(kthDistance(xs, ys, { place, k }));
  return radii;
}

/** Walks away from the place in both directions of x until x alone is farther than k points are. */
function kthDistance(xs: Float64Array, ys: Float64Array, { place, k }: { place: number; k: number }): number {
  const nearest = new Float64Array(k).fill(Number.POSITIVE_INFINITY);
  const [x, y] = [xs[place] ?? 0, ys[place] ?? 0];
  let [left, right] = [place - 1, place + 1];
  for (;;) {
    const toLeft = left >= 0 ? x - (xs[left] ?? 0) : Number.POSITIVE_INFINITY;
    const toRight = right < xs.length ? (xs[right] ?? 0) - x : Number.POSITIVE_INFINITY;
    const farthest = nearest[k - 1] ?? 0;
    if (Math.min(toLeft, toRight) >= farthest) return farthest;
    const other = toLeft <= toRight ? left-- : right++;
    insert(nearest, Math.max(Math.min(toLeft, toRight), Math.abs((ys[other] ?? 0) - y)));
  }
}

/** Puts a distance into a short sorted list, whose last falls out. */
function insert(nearest: Float64Array, distance: number): void {
  let i = nearest.length - 1;
  if (distance >= (nearest[i] ?? 0)) return;
  for (; i > 0 && (nearest[i - 1] ?? 0) > distance; i--) nearest[i] = nearest[i - 1] ?? 0;
  nearest[i] = distance;
}

/**
 * The mutual information of a column of numbers and one of categories, in nats (Ross 2014, doi:10.1371/journal.pone.0087357): how far
 * the nearest neighbours of the same category are, against how many points of all lie as near. Not below 0. Categories that come
 * once are left out.
 */
export function nearestGroupInformation(values: Float64Array, codes: Int32Array, neighbours: number): number {
  const groups = new Map<number, number[]>();
  for (const [i, code] of codes.entries()) {
    const found = groups.get(code);
    if (found) found.push(i);
    else groups.set(code, [i]);
  }
  const large = [...groups.values()].filter((it) => it.length > 1);
  const used = large.flat();
  if (used.length === 0) return 0;
  const psi = digammas(used.length);
  const all = Float64Array.from(used, (it) => values[it] ?? 0).sort();
  let sum = 0;
  for (const group of large) {
    const sorted = Float64Array.from(group, (it) => values[it] ?? 0).sort();
    const k = Math.min(neighbours, sorted.length - 1);
    sum += sorted.length * ((psi[k] ?? 0) - (psi[sorted.length] ?? 0));
    for (let place = 0; place < sorted.length; place++)
      sum -= psi[countWithin(all, sorted[place] ?? 0, below(kthInLine(sorted, place, k)))] ?? Number.NaN;
  }
  return Math.max(0, (psi[used.length] ?? 0) + sum / used.length);
}

function kthInLine(sorted: Float64Array, place: number, k: number): number {
  const value = sorted[place] ?? 0;
  let [left, right, distance] = [place - 1, place + 1, 0];
  for (let found = 0; found < k; found++) {
    const toLeft = left >= 0 ? value - (sorted[left] ?? 0) : Number.POSITIVE_INFINITY;
    const toRight = right < sorted.length ? (sorted[right] ?? 0) - value : Number.POSITIVE_INFINITY;
    distance = Math.min(toLeft, toRight);
    if (toLeft <= toRight) left -= 1;
    else right += 1;
  }
  return distance;
}

/** How many sorted values are at most that far from a value. */
function countWithin(sorted: Float64Array, value: number, radius: number): number {
  return (
    firstWhere(sorted, (it) => it > value && it - value > radius) -
    firstWhere(sorted, (it) => it >= value || value - it <= radius)
  );
}

/** The first place from which on a condition holds, that once true stays true. */
function firstWhere(sorted: Float64Array, holds: (value: number) => boolean): number {
  let [low, high] = [0, sorted.length];
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (holds(sorted[middle] ?? 0)) high = middle;
    else low = middle + 1;
  }
  return low;
}

const NUMBER = new Float64Array(1);
const BITS = new BigInt64Array(NUMBER.buffer);

/** The next smaller float64 of a number that is not negative; 0 stays. */
function below(value: number): number {
  if (!(value > 0) || value === Number.POSITIVE_INFINITY) return value;
  NUMBER[0] = value;
  BITS[0] = (BITS[0] ?? 0n) - 1n;
  return NUMBER[0] ?? 0;
}
