import { type Eigen, symmetricEigen } from "@throughline/stats";

/** The search distribution of CMA-ES between two generations: normal, with mean `mean` and covariance sigma^2 C. */
export interface CmaState {
  readonly strategy: Strategy;
  readonly mean: Float64Array;
  readonly sigma: number;
  readonly covariance: readonly Float64Array[];
  /** Of the covariance: `values` are the squares of the lengths of its axes. */
  readonly eigen: Eigen;
  readonly sigmaPath: Float64Array;
  readonly covariancePath: Float64Array;
  /** Generations since the beginning, or since the last restart. */
  readonly age: number;
}

/** The constants of table 1 of Hansen's tutorial (arXiv:1604.00772), for a dimension and a population. */
export interface Strategy {
  readonly dimension: number;
  readonly population: number;
  /** From the best of a generation to the worst; the negative ones push away. */
  readonly weights: readonly number[];
  readonly parents: number;
  readonly selectionMass: number;
  readonly sigmaRate: number;
  readonly sigmaDamping: number;
  readonly pathRate: number;
  readonly rankOneRate: number;
  readonly rankManyRate: number;
}

/** The usual number of points of a generation. */
export const usualPopulation = (dimension: number): number => 4 + Math.floor(3 * Math.log(dimension));

export function strategyOf(dimension: number, population: number): Strategy {
  const n = dimension;
  const parents = Math.floor(population / 2);
  const raw = Array.from({ length: population }, (_, i) => Math.log((population + 1) / 2) - Math.log(i + 1));
  const mass = massOf(raw.slice(0, parents));
  const negativeMass = massOf(raw.slice(parents));
  const sigmaRate = (mass + 2) / (n + mass + 5);
  const rankOneRate = 2 / ((n + 1.3) ** 2 + mass);
  const rankManyRate = Math.min(1 - rankOneRate, (2 * (0.25 + mass + 1 / mass - 2)) / ((n + 2) ** 2 + mass));
  const negativeSum = Math.min(
    1 + rankOneRate / rankManyRate,
    1 + (2 * negativeMass) / (mass + 2),
    (1 - rankOneRate - rankManyRate) / (n * rankManyRate),
  );
  const positive = sum(raw.filter((it) => it > 0));
  const negative = -sum(raw.filter((it) => it < 0));
  return {
    dimension,
    population,
    weights: raw.map((it) => (it >= 0 ? it / positive : (it * negativeSum) / negative)),
    parents,
    selectionMass: mass,
    sigmaRate,
    sigmaDamping: 1 + 2 * Math.max(0, Math.sqrt((mass - 1) / (n + 1)) - 1) + sigmaRate,
    pathRate: (4 + mass / n) / (n + 4 + (2 * mass) / n),
    rankOneRate,
    rankManyRate,
  };
}

/** How many points of equal weight would say as much. */
const massOf = (weights: readonly number[]): number => sum(weights) ** 2 / sum(weights.map((it) => it * it));

const sum = (numbers: readonly number[]): number => numbers.reduce((total, it) => total + it, 0);

/** A round distribution. */
export function cmaStart(strategy: Strategy, mean: Float64Array, sigma: number): CmaState {
  const n = strategy.dimension;
  const covariance = Array.from({ length: n }, (_, i) => Float64Array.from({ length: n }, (_, j) => (i === j ? 1 : 0)));
  const zero = new Float64Array(n);
  const eigen = symmetricEigen(covariance);
  return { strategy, mean, sigma, covariance, eigen, sigmaPath: zero, covariancePath: zero, age: 0 };
}

/** The distribution after a generation. `steps` has (point - mean) / sigma of its points, from the best to the worst. */
export function cmaUpdate(state: CmaState, steps: readonly Float64Array[]): CmaState {
  const { strategy, eigen } = state;
  const { dimension: n, weights, parents, selectionMass, sigmaRate, pathRate } = strategy;
  const step = new Float64Array(n);
  for (const [i, it] of steps.slice(0, parents).entries())
    for (let j = 0; j < n; j++) step[j] = (step[j] ?? 0) + (weights[i] ?? 0) * (it[j] ?? 0);
  const mean = state.mean.map((it, j) => it + state.sigma * (step[j] ?? 0));

  const white = whitened(eigen, step);
  const sigmaGain = Math.sqrt(sigmaRate * (2 - sigmaRate) * selectionMass);
  const sigmaPath = state.sigmaPath.map((it, j) => (1 - sigmaRate) * it + sigmaGain * (white[j] ?? 0));
  const expected = Math.sqrt(n) * (1 - 1 / (4 * n) + 1 / (21 * n * n));
  const length = Math.hypot(...sigmaPath);
  const sigma = state.sigma * Math.exp(Math.min(1, (sigmaRate / strategy.sigmaDamping) * (length / expected - 1)));

  const warm = Math.sqrt(1 - (1 - sigmaRate) ** (2 * (state.age + 1)));
  // A long path means that sigma is too small yet: the covariance must not grow with it.
  const calm = length / warm < (1.4 + 2 / (n + 1)) * expected;
  const pathGain = calm ? Math.sqrt(pathRate * (2 - pathRate) * selectionMass) : 0;
  const covariancePath = state.covariancePath.map((it, j) => (1 - pathRate) * it + pathGain * (step[j] ?? 0));
  const covariance = nextCovariance(state, { steps, path: covariancePath, calm });
  return {
    strategy,
    mean,
    sigma,
    covariance,
    // In each generation: the tutorial lets it wait for 1 / (c1 + cmu) / n / 10 of them, which is less than one where spaces end.
    eigen: symmetricEigen(covariance),
    sigmaPath,
    covariancePath,
    age: state.age + 1,
  };
}

interface Learnt {
  readonly steps: readonly Float64Array[];
  readonly path: Float64Array;
  readonly calm: boolean;
}

function nextCovariance({ strategy, covariance, eigen }: CmaState, { steps, path, calm }: Learnt): Float64Array[] {
  const { dimension: n, weights, pathRate, rankOneRate, rankManyRate } = strategy;
  // A point that is pushed away from must not push farther than its length in the metric of the distribution.
  const scales = weights.map((it, i) =>
    it >= 0 ? it : (it * n) / (Math.hypot(...whitened(eigen, steps[i] ?? new Float64Array(n))) ** 2 + 1e-300),
  );
  const lost = calm ? 0 : rankOneRate * pathRate * (2 - pathRate);
  const kept = 1 + lost - rankOneRate - rankManyRate * sum(weights);
  return covariance.map((row, i) => {
    const many = new Float64Array(n);
    for (const [k, step] of steps.entries()) {
      const scaled = (scales[k] ?? 0) * (step[i] ?? 0);
      for (let j = 0; j < n; j++) many[j] = (many[j] as number) + scaled * (step[j] as number);
    }
    return row.map(
      (it, j) => kept * it + rankOneRate * (path[i] ?? 0) * (path[j] ?? 0) + rankManyRate * (many[j] ?? 0),
    );
  });
}

/** C^(-1/2) times a vector. */
function whitened({ values, vectors }: Eigen, vector: Float64Array): Float64Array {
  const along = values.map((value, k) => {
    let dot = 0;
    for (const [i, row] of vectors.entries()) dot += (row[k] ?? 0) * (vector[i] ?? 0);
    return dot / Math.sqrt(Math.max(value, 1e-300));
  });
  return combined(vectors, along);
}

/** C^(1/2) times a vector of the axes' own coordinates. */
export const stretched = ({ values, vectors }: Eigen, drawn: Float64Array): Float64Array =>
  combined(
    vectors,
    drawn.map((it, k) => it * Math.sqrt(Math.max(values[k] ?? 0, 0))),
  );

function combined(vectors: readonly Float64Array[], along: Float64Array): Float64Array {
  return Float64Array.from(vectors, (row) => {
    let total = 0;
    for (let k = 0; k < along.length; k++) total += (row[k] ?? 0) * (along[k] ?? 0);
    return total;
  });
}

/** True if nothing is left to find: the distribution has become a point, or so thin that rounding takes over. */
export function isDone({ sigma, eigen, age }: CmaState): boolean {
  const longest = Math.sqrt(Math.max(...eigen.values));
  const shortest = Math.sqrt(Math.max(Math.min(...eigen.values), 0));
  return age > 0 && (sigma * longest < 1e-12 || longest > 1e7 * shortest || !Number.isFinite(sigma));
}
