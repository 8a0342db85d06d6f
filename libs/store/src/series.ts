/** One measurement of a metric. */
export interface Point {
  /** Where in the training it was taken: an int64. */
  readonly step: bigint;
  /** When it was taken, in milliseconds since 1970-01-01 UTC: a safe integer. */
  readonly timeMs: number;
  /** Any float64, NaN and the infinities included; negative zero is kept as zero. */
  readonly value: number;
  /** Tells apart measurements of one step and time, in their order: an int64. 0 when there is only one. */
  readonly sequence: bigint;
}

/** A point and the series that it belongs to. */
export interface SeriesPoint extends Point {
  readonly key: string;
}

/** Which points of a series to read. */
export interface SeriesRange {
  /** Only points after this one, in the direction of reading: the last point of the page before. */
  readonly after?: Point;
  /** The lowest step to read. */
  readonly fromStep?: bigint;
  /** The first step not to read. */
  readonly beforeStep?: bigint;
  readonly descending?: boolean;
  /** Most points to return, 1 to STORE_LIMITS.pointsMax. */
  readonly limit: number;
}

/** What a series holds, without reading it. `min` and `max` leave NaN out and are absent if there is nothing else. */
export interface SeriesSummary {
  readonly key: string;
  readonly last: Point;
  readonly min?: number;
  readonly max?: number;
}

/** Which part of a curve to read, and how much of it. */
export interface SampleRange {
  /** Most points to return, 4 to STORE_LIMITS.pointsMax. */
  readonly points: number;
  /** The lowest step to read. */
  readonly fromStep?: bigint;
  /** The first step not to read. */
  readonly beforeStep?: bigint;
}

/** A curve made shorter. */
export interface Sample {
  /** In the order of the series. */
  readonly points: readonly Point[];
  /** True if these are all points of the range. */
  readonly complete: boolean;
}

/**
 * An append-only family of series of points. Laws, checked by `testSeries`:
 *
 * - Points of a series are ordered by step, then time, then sequence, then value (NaN last), whatever order they came in.
 * - A point that is already there (the same key, step, time, sequence and value) is not added again, so that repeating
 *   an append after an unknown outcome is safe.
 * - `append` of any number of points resolves when all are durable. If it fails, some may have been added: repeat it.
 * - `write` makes an append that is part of a batch, and applied with all of it or not at all.
 * - `sample` gives points of the series: the first and the last of the range, and the smallest and the largest (leaving
 *   NaN out) of each stretch of it, so also of all of it. It reads few points of a long series if they are told apart by
 *   sequences that grow by one: stretches are runs of sequences, and kept as the points come.
 * - Keys are compared byte for byte.
 */
export interface Series {
  readonly name: string;
  append(points: readonly SeriesPoint[]): Promise<void>;
  /** At most STORE_LIMITS.batchPointsMax points. */
  write(points: readonly SeriesPoint[]): AppendWrite;
  read(key: string, range: SeriesRange): Promise<readonly Point[]>;
  /** The summaries of the series among `keys` (at most STORE_LIMITS.documentsMax) that have points, by key. */
  summaries(keys: readonly string[]): Promise<ReadonlyMap<string, SeriesSummary>>;
  sample(key: string, range: SampleRange): Promise<Sample>;
  /**
   * Removes every series whose key starts with `prefix`, which is not empty, in as many commits as it takes. If it fails,
   * some may be gone: repeat it.
   */
  removeAll(prefix: string): Promise<void>;
  /** The keys that start with `prefix`, in byte order, after the key `after`. At most STORE_LIMITS.documentsMax. */
  keys(prefix: string, page: { readonly after?: string; readonly limit: number }): Promise<readonly string[]>;
}

/** Adds points to a series as part of a batch. */
export interface AppendWrite {
  readonly kind: "append";
  readonly series: string;
  readonly points: readonly SeriesPoint[];
}
