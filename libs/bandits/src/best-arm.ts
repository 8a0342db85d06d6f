/** What is believed of an arm: an unnormalised density, and points between which it is smooth, from its first to its last. */
export interface Belief {
  readonly density: (x: number) => number;
  readonly points: readonly number[];
}

/**
 * The probability of each arm to be the best, for independent beliefs: the integral of its density times the distribution
 * functions of the others. Gauss-Legendre quadrature with 8 nodes between each two points of all beliefs; the distribution
 * functions come from the same nodes (spectral integration: Trefethen 2008, doi:10.1137/060659831). Normalised to 1. Error about 1e-10
 * if the points resolve the densities.
 */
export function bestArmProbabilities(beliefs: readonly Belief[]): readonly number[] {
  const grid = commonGrid(beliefs);
  const arms = beliefs.map(({ density, points }) => tabulated({ density, points, grid }));
  const best = arms.map(() => 0);
  const after = new Float64Array(arms.length + 1).fill(1);
  const nodes = (grid.length - 1) * NODES;
  for (let node = 0; node < nodes; node++) {
    for (let i = arms.length - 1; i >= 0; i--) after[i] = (after[i + 1] ?? 1) * (arms[i]?.below[node] ?? 0);
    let before = 1;
    for (let i = 0; i < arms.length; i++) {
      best[i] = (best[i] ?? 0) + (arms[i]?.mass[node] ?? 0) * before * (after[i + 1] ?? 1);
      before *= arms[i]?.below[node] ?? 0;
    }
  }
  const sum = best.reduce((a, b) => a + b, 0);
  return best.map((it) => it / sum);
}

/**
 * The points of all beliefs, but for those that are closer to the point before them than half of what their own belief needs: so the
 * grid of many like beliefs is hardly finer than that of one.
 */
function commonGrid(beliefs: readonly Belief[]): Float64Array {
  const all = beliefs.flatMap(({ points }) =>
    points.map((at, i) => ({
      at,
      apart: Math.min(at - (points[i - 1] ?? -Infinity), (points[i + 1] ?? Infinity) - at),
    })),
  );
  const kept: number[] = [];
  for (const { at, apart } of all.sort((a, b) => a.at - b.at)) {
    const last = kept.at(-1) ?? Number.NEGATIVE_INFINITY;
    if (at > last && at - last >= apart / 2) kept.push(at);
  }
  const end = Math.max(...beliefs.map(({ points }) => points.at(-1) ?? 0));
  if ((kept.at(-1) ?? 0) < end) kept.push(end);
  return Float64Array.from(kept);
}

/** A belief on the nodes of a grid: its mass at each, and its mass below each. */
interface Tabulated {
  readonly mass: Float64Array;
  readonly below: Float64Array;
}

interface Gridded extends Belief {
  readonly grid: Float64Array;
}

function tabulated({ density, points, grid }: Gridded): Tabulated {
  const mass = new Float64Array((grid.length - 1) * NODES);
  const below = new Float64Array(mass.length);
  const values = new Float64Array(NODES);
  const [first = 0, last = 0] = [points[0], points.at(-1)];
  let sum = 0;
  for (let panel = 0; panel + 1 < grid.length; panel++) {
    const [low = 0, high = 0] = [grid[panel], grid[panel + 1]];
    const [half, middle] = [(high - low) / 2, (high + low) / 2];
    if (high <= first || low >= last) {
      below.fill(sum, panel * NODES, (panel + 1) * NODES);
      continue;
    }
    for (let j = 0; j < NODES; j++) values[j] = half * density(middle + half * (POSITIONS[j] ?? 0));
    for (let j = 0; j < NODES; j++) {
      let inside = 0;
      for (let i = 0; i < NODES; i++) inside += (UP_TO[j * NODES + i] ?? 0) * (values[i] ?? 0);
      below[panel * NODES + j] = sum + inside;
    }
    for (let j = 0; j < NODES; j++) {
      mass[panel * NODES + j] = (WEIGHTS[j] ?? 0) * (values[j] ?? 0);
      sum += mass[panel * NODES + j] ?? 0;
    }
  }
  for (let i = 0; i < mass.length; i++) {
    mass[i] = (mass[i] ?? 0) / sum;
    below[i] = Math.max(0, (below[i] ?? 0) / sum);
  }
  return { mass, below };
}

const NODES = 8;

/** The Legendre polynomials P_0 to P_8 at x. */
function legendre(x: number): readonly number[] {
  const values = [1, x];
  for (let m = 1; m < NODES; m++) {
    values.push(((2 * m + 1) * x * (values[m] ?? 0) - m * (values[m - 1] ?? 0)) / (m + 1));
  }
  return values;
}

/** The zeros of P_8, by Newton's method. */
const POSITIONS = Array.from({ length: NODES }, (_, i) => {
  let x = -Math.cos((Math.PI * (i + 0.75)) / (NODES + 0.5));
  for (let step = 0; step < 20; step++) x -= (legendre(x)[NODES] ?? 0) / slope(x);
  return x;
});
const WEIGHTS = POSITIONS.map((x) => 2 / ((1 - x * x) * slope(x) ** 2));

function slope(x: number): number {
  const values = legendre(x);
  return (NODES * (x * (values[NODES] ?? 0) - (values[NODES - 1] ?? 0))) / (x * x - 1);
}

/** By rows: what the value at each node adds to the integral from -1 to the row's node. */
const UP_TO = Float64Array.from({ length: NODES * NODES }, (_, at) => {
  const [x, i] = [POSITIONS[Math.floor(at / NODES)] ?? 0, at % NODES];
  const [row, column] = [legendre(x), legendre(POSITIONS[i] ?? 0)];
  let sum = 1 + x;
  for (let m = 1; m < NODES; m++) sum += (column[m] ?? 0) * ((row[m + 1] ?? 0) - (row[m - 1] ?? 0));
  return ((WEIGHTS[i] ?? 0) / 2) * sum;
});
