import type { FeatureValue } from "@throughline/kernel";
import fc from "fast-check";
import type { JoinPlan, KeyPair, ViewInput } from "../join-plan.ts";
import type { Column, Row, ScalarType } from "../table.ts";

/**
 * Random timelines of entities: what happened when, when it became known, and at which cut-offs somebody asks. Times lie on
 * few steps, so that ties and the edges of TTL and window happen all the time; events come in late, out of order, twice,
 * without a time or without a key.
 */

/** One entity: its events, and the cut-offs of its spine rows. Times are in steps. */
export interface Timeline {
  readonly part: bigint | null;
  readonly events: readonly TimelineEvent[];
  readonly cutoffs: readonly Placed<number | null>[];
}

/** Something that happened; the delay until it was known can be negative, which a join must bear. */
export interface TimelineEvent {
  readonly event: number | null;
  readonly delay: number | null;
  readonly values: Row;
  /** Which of the files it is in; files are written one after the other. */
  readonly segment: number;
  readonly order: number;
}

interface Placed<T> {
  readonly value: T;
  /** Rows of all timelines are mixed by this number. */
  readonly order: number;
}

/** Timelines that are joined by one plan. */
export interface TimelineCase {
  readonly timelines: readonly Timeline[];
  readonly keyType: ScalarType;
  /** Length of a step, and the time of step 0, in nanoseconds. */
  readonly stepNs: bigint;
  readonly startNs: bigint;
  readonly ttlNs: bigint | undefined;
  readonly windowNs: bigint;
  /** True: the first file of events was written before there was the last of the columns. */
  readonly hasGrown: boolean;
}

/** How many files the events are in. */
export const SEGMENTS = 3;

const VALUE_COLUMNS: readonly Column[] = [
  { name: "amount", type: "int64" },
  { name: "score", type: "float64" },
  { name: "flag", type: "bool" },
  { name: "text", type: "string" },
];

const stepArb = (least: number, most: number) => fc.option(fc.integer({ min: least, max: most }), { freq: 15 });
const orderArb = fc.nat({ max: 999 });
const amountArb = fc.oneof(
  fc.bigInt({ min: -5n, max: 5n }),
  fc.constantFrom(2n ** 53n + 1n, -(2n ** 55n) - 3n, 2n ** 56n),
);
const valuesArb = fc.tuple(
  fc.option(amountArb),
  fc.option(fc.double()),
  fc.option(fc.boolean()),
  fc.option(fc.string({ maxLength: 4, unit: "grapheme" })),
);
const eventArb: fc.Arbitrary<TimelineEvent> = fc.record({
  event: stepArb(0, 12),
  delay: stepArb(-3, 6),
  values: valuesArb,
  segment: fc.nat({ max: SEGMENTS - 1 }),
  order: orderArb,
});
const cutoffArb = fc.record({ value: stepArb(-1, 16), order: orderArb });

/** Most entities have few spine rows; some have so many that an engine may join them in another way. */
const timelineArb: fc.Arbitrary<Timeline> = fc.record({
  part: fc.option(fc.constantFrom(1n, -2n), { freq: 12 }),
  events: fc.array(eventArb, { maxLength: 14, size: "max" }),
  cutoffs: fc.oneof(
    { weight: 7, arbitrary: fc.array(cutoffArb, { minLength: 1, maxLength: 6, size: "max" }) },
    { weight: 1, arbitrary: fc.array(cutoffArb, { minLength: 1, maxLength: 40, size: "max" }) },
  ),
});

/** A span of some steps, or a nanosecond more or less than that: the edge of what it reaches. */
const spanArb = (least: bigint) =>
  fc.record({
    steps: fc.bigInt({ min: 0n, max: 7n }),
    beside: fc.constantFrom(-1n, 0n, 0n, 1n),
    least: fc.constant(least),
  });

const DAY_NS = 86_400_000_000_000n;

/** `count` timelines under one plan. Every timeline is random; they share the spans of the plan and the type of the key. */
export const timelineCaseArb = (count: number): fc.Arbitrary<TimelineCase> =>
  fc
    .record({
      timelines: fc.array(timelineArb, { minLength: count, maxLength: count, size: "max" }),
      keyType: fc.constantFrom<ScalarType>("int64", "float64", "string", "bytes", "timestamp"),
      // The last makes times that reach over years, which an engine may have to compare in another way.
      stepNs: fc.constantFrom(1n, 1_000n, 3_600_000_000_000n, DAY_NS, 400n * DAY_NS),
      // The last is an hour before clocks went forward in Europe: nothing may depend on a time zone.
      startNs: fc.constantFrom(-2n * DAY_NS, 1_600_000_000_000_000_000n, 1_679_788_800_000_000_000n),
      ttl: fc.option(spanArb(0n), { nil: undefined, freq: 3 }),
      window: spanArb(1n),
      hasGrown: fc.boolean(),
    })
    .map(({ ttl, window, ...rest }) => {
      const length = (it: { readonly steps: bigint; readonly beside: bigint; readonly least: bigint }): bigint => {
        const ns = it.steps * rest.stepNs + it.beside;
        return ns < it.least ? it.least : ns;
      };
      return { ...rest, ttlNs: ttl && length(ttl), windowNs: length(window) };
    });

/** The key of a timeline, of the case's type: the number of the timeline. Of floats one is zero, and some are NaN. */
export function keyOf(number: number, type: ScalarType): FeatureValue {
  if (type === "int64") return BigInt(number) - 7n;
  if (type === "float64") return number % 23 === 11 ? Number.NaN : (number - 7) / 10;
  if (type === "timestamp") return { ns: BigInt(number) };
  return type === "bytes" ? Uint8Array.of(0, number & 255, number >> 8) : `ä'"${number}`;
}

/** A step of a case as a time. */
export const timeOf = (step: number | null, { startNs, stepNs }: TimelineCase): bigint | null =>
  step === null ? null : startNs + BigInt(step) * stepNs;

/** The columns of the event files, of which the first may lack the last. */
export const eventColumns = ({ keyType }: TimelineCase): readonly Column[] => [
  { name: "key", type: keyType },
  { name: "part", type: "int64" },
  { name: "event_time", type: "timestamp" },
  { name: "knowledge_time", type: "timestamp" },
  ...VALUE_COLUMNS,
];

/** The columns of the spine files. */
export const spineColumns = ({ keyType }: TimelineCase): readonly Column[] => [
  { name: "id", type: "int64" },
  { name: "who", type: keyType },
  { name: "part", type: "int64" },
  { name: "cutoff", type: "timestamp" },
];

const KEYS: readonly KeyPair[] = [
  { spineColumn: "who", viewColumn: "key" },
  { spineColumn: "part", viewColumn: "part" },
];
const TIMES = { eventTimeColumn: "event_time", knowledgeTimeColumn: "knowledge_time" };

/** The plan that joins the files of a case. */
export function planOf(
  it: TimelineCase,
  files: { readonly spine: readonly string[]; readonly events: readonly string[] },
): JoinPlan {
  const { ttlNs, windowNs } = it;
  const source = { segments: files.events, ...TIMES, ...(it.hasGrown && { fileColumns: eventColumns(it) }) };
  const views: ViewInput[] = [
    {
      ...source,
      kind: "latest",
      name: "both keys",
      keys: KEYS,
      ttlNs,
      columns: ["event_time", "knowledge_time", ...VALUE_COLUMNS.map((it) => it.name)].map((name) => ({
        name,
        as: name,
      })),
    },
    {
      ...source,
      kind: "latest",
      name: "of any age",
      keys: KEYS.slice(0, 1),
      ttlNs: undefined,
      columns: [{ name: "amount", as: "any_amount" }],
    },
    {
      ...source,
      kind: "latest",
      name: "of anybody",
      keys: [],
      ttlNs,
      columns: [{ name: "key", as: "last_key" }],
    },
    {
      ...source,
      kind: "aggregate",
      name: "window",
      keys: KEYS.slice(0, 1),
      windowNs,
      aggregations: [
        { function: "count", column: undefined, as: "rows" },
        { function: "count", column: "text", as: "texts" },
        { function: "sum", column: "amount", as: "sum_amount" },
        { function: "mean", column: "amount", as: "mean_amount" },
        { function: "mean", column: "flag", as: "share" },
        { function: "min", column: "amount", as: "min_amount" },
        { function: "max", column: "amount", as: "max_amount" },
      ],
    },
  ];
  return { spine: { segments: files.spine, cutoffColumn: "cutoff", columns: ["id", "who"] }, views };
}
