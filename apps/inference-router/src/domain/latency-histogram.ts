/**
 * Counts of durations in buckets of growing width: exact below 64 us, then 32 buckets for each doubling, so that a quantile
 * is off by at most 1.6 % of itself. Durations above 2^36 us count as that. Histograms add up.
 */
export interface LatencyHistogram {
  /** In microseconds, not negative. */
  add(latencyUs: number): void;
  merge(entries: readonly (readonly [bucket: number, count: number])[]): void;
  entries(): readonly (readonly [bucket: number, count: number])[];
  /** The duration in microseconds that the given share of all is not above. NaN if there is none. */
  quantileUs(share: number): number;
  /** The sum of all, to 1.6 %. */
  sumUs(): number;
}

const EXACT = 64;
const PER_DOUBLING = 32;
const EXPONENT_MAX = 36;

export function latencyHistogram(): LatencyHistogram {
  const counts = new Float64Array(bucketOf(2 ** EXPONENT_MAX) + 1);
  let total = 0;
  const addTo = (bucket: number, count: number): void => {
    counts[bucket] = (counts[bucket] ?? 0) + count;
    total += count;
  };
  return {
    add: (latencyUs) => addTo(bucketOf(latencyUs), 1),
    merge(entries) {
      for (const [bucket, count] of entries) if (bucket in counts) addTo(bucket, count);
    },
    entries: () => [...counts].flatMap((count, bucket) => (count > 0 ? [[bucket, count] as const] : [])),
    sumUs: () => counts.reduce((sum, count, bucket) => (count > 0 ? sum + count * middleOf(bucket) : sum), 0),
    quantileUs(share) {
      if (total === 0) return Number.NaN;
      const rank = Math.max(1, Math.ceil(share * total));
      let seen = 0;
      const bucket = counts.findIndex((count) => {
        seen += count;
        return seen >= rank;
      });
      return middleOf(bucket);
    },
  };
}

function bucketOf(latencyUs: number): number {
  const value = Math.min(Math.max(0, Math.floor(latencyUs)), 2 ** EXPONENT_MAX);
  if (value < EXACT) return value;
  const exponent = Math.floor(Math.log2(value));
  const within = Math.floor((value / 2 ** exponent - 1) * PER_DOUBLING);
  return EXACT + (exponent - Math.log2(EXACT)) * PER_DOUBLING + within;
}

/** The middle of a bucket. */
function middleOf(bucket: number): number {
  if (bucket < EXACT) return bucket;
  const exponent = Math.log2(EXACT) + Math.floor((bucket - EXACT) / PER_DOUBLING);
  const within = (bucket - EXACT) % PER_DOUBLING;
  return 2 ** exponent * (1 + (within + 0.5) / PER_DOUBLING);
}
