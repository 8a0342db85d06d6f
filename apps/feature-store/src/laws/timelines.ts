import { create } from "@bufbuild/protobuf";
import { DurationSchema } from "@bufbuild/protobuf/wkt";
import { AggregateFunction } from "@throughline/contracts/throughline/features/v1/definition_pb";
import { FileFormat } from "@throughline/contracts/throughline/features/v1/feature_store_service_pb";
import { ValueType } from "@throughline/contracts/throughline/type/v1/value_pb";
import type { Digest } from "@throughline/kernel";
import type { Column, Row } from "@throughline/tables";
import fc from "fast-check";
import { trainingSetResult } from "../testing-operations.ts";
import type { TestPlatform } from "../testing-platform.ts";

/**
 * Random timelines as a project gets to know them: in three loads, late, out of order, twice and with gaps; times lie on few
 * steps, so that ties and the edges of TTL and window happen all the time. One cut-off each.
 */
export interface TimelinesForTests {
  /** Rows of the three loads. */
  readonly loads: readonly (readonly Row[])[];
  readonly spine: readonly Row[];
  /** Spans of the plan, in nanoseconds. */
  readonly ttlNs: bigint;
  readonly windowNs: bigint;
}

const STEP_NS = 1_000_000_000n;
const START_NS = 1_679_788_800_000_000_000n;
const LOADS = 3;

const time = (step: number) => ({ ns: START_NS + BigInt(step) * STEP_NS });

const eventArb = fc.record({
  // What has no time is left out by the source.
  step: fc.option(fc.integer({ min: 0, max: 12 }), { freq: 20 }),
  delay: fc.integer({ min: 0, max: 6 }),
  load: fc.nat({ max: LOADS - 1 }),
  amount: fc.option(fc.oneof(fc.bigInt({ min: -5n, max: 5n }), fc.constantFrom(2n ** 53n + 1n, -(2n ** 55n) - 3n))),
  score: fc.option(fc.double({ noNaN: true, noDefaultInfinity: true })),
  flag: fc.option(fc.boolean()),
  text: fc.option(fc.string({ maxLength: 4, unit: "grapheme" })),
});
const timelineArb = fc.record({
  events: fc.array(eventArb, { maxLength: 8, size: "max" }),
  cutoff: fc.integer({ min: -1, max: 16 }),
});
const spanArb = fc
  .record({ steps: fc.bigInt({ min: 1n, max: 7n }), beside: fc.constantFrom(-1n, 0n, 0n, 1n) })
  .map(({ steps, beside }) => steps * STEP_NS + beside);

/** The same seed gives the same timelines. */
export function timelinesForTests(count: number, seed: number): TimelinesForTests {
  const timelines = fc.sample(timelineArb, { numRuns: count, seed });
  const [ttlNs = STEP_NS, windowNs = STEP_NS] = fc.sample(spanArb, { numRuns: 2, seed });
  const events = timelines.flatMap((it, i) => it.events.map((event) => ({ ...event, who: `entity ${i}` })));
  const loads = Array.from({ length: LOADS }, (_, load) =>
    events
      .filter((it) => it.load === load)
      .map(({ who, step, delay, amount, score, flag, text }): Row => {
        const known = step === null ? null : time(step + delay);
        return [who, step === null ? null : time(step), known, amount, score, flag, text];
      }),
  );
  // Every 23rd row asks for nobody.
  const spine = timelines.map((it, i): Row => [BigInt(i), i % 23 === 22 ? null : `entity ${i}`, time(it.cutoff)]);
  return { loads, spine, ttlNs, windowNs };
}

const EVENT_COLUMNS: readonly Column[] = [
  { name: "who", type: "string" },
  { name: "at", type: "timestamp" },
  { name: "known", type: "timestamp" },
  { name: "amount", type: "int64" },
  { name: "score", type: "float64" },
  { name: "flag", type: "bool" },
  { name: "text", type: "string" },
];
const SPINE_COLUMNS: readonly Column[] = [
  { name: "id", type: "int64" },
  { name: "who", type: "string" },
  { name: "cutoff", type: "timestamp" },
];
const TYPES = {
  string: ValueType.STRING,
  timestamp: ValueType.TIMESTAMP,
  int64: ValueType.INT64,
  float64: ValueType.FLOAT64,
  bool: ValueType.BOOL,
} as const;

const span = (ns: bigint) =>
  create(DurationSchema, { seconds: ns / 1_000_000_000n, nanos: Number(ns % 1_000_000_000n) });

const columnFeature = (name: string) => ({ name, kind: { case: "column" as const, value: name } });

/** Defines and loads the timelines in a project, and joins them, every row certified. */
export async function joinTimelines(platform: TestPlatform, project: string, timelines: TimelinesForTests) {
  const { features } = platform;
  const parent = `projects/${project}`;
  await defineTimelines(platform, parent, timelines);
  for (const rows of timelines.loads) {
    const digest = await platform.upload(EVENT_COLUMNS, rows);
    const load = { source: `${parent}/sources/events`, digest, format: FileFormat.PARQUET };
    await platform.ended((await features.loadSource(load)).operation);
  }
  return trainTimelines(platform, project, await platform.upload(SPINE_COLUMNS, timelines.spine));
}

/** Joins what was loaded to a spine of rows id, who and cutoff. */
export async function trainTimelines(platform: TestPlatform, project: string, spineDigest: Digest) {
  const parent = `projects/${project}`;
  const { operation } = await platform.features.createTrainingSet({
    parent,
    featureService: `${parent}/featureServices/all`,
    spineDigest,
    cutoffColumn: "cutoff",
    certificateSeed: 7n,
    certificateRowCount: 10_000,
  });
  const made = trainingSetResult(await platform.ended(operation));
  if (!made) throw new Error("there is no training set");
  return made;
}

/** A spine of rows for `trainTimelines`. */
export const spineForTests = (platform: TestPlatform, rows: readonly Row[]): Promise<Digest> =>
  platform.upload(SPINE_COLUMNS, rows);

async function defineTimelines(
  { features, definitions }: TestPlatform,
  parent: string,
  { ttlNs, windowNs }: TimelinesForTests,
) {
  const key = { name: "who", type: ValueType.STRING };
  await features.createEntity({ parent, entityId: "who", entity: { keys: [key] } });
  const columns = EVENT_COLUMNS.map(({ name, type }) => ({ name, type: TYPES[type as keyof typeof TYPES] }));
  const knowledgeTime = { case: "knowledgeTimeColumn" as const, value: "known" };
  const source = { columns, eventTimeColumn: "at", knowledgeTime, skipRowsWithoutTime: true };
  await features.createSource({ parent, sourceId: "events", source });
  const aggregate = (name: string, fn: AggregateFunction, column: string) => ({
    name,
    kind: { case: "aggregate" as const, value: { function: fn, column, window: span(windowNs) } },
  });
  const { COUNT, SUM, MEAN, VARIANCE, MIN, LAST } = AggregateFunction;
  const views = {
    latest: { ttl: span(ttlNs), features: ["amount", "score", "flag", "text", "at"].map(columnFeature) },
    any: { features: [columnFeature("text")] },
    sums: {
      features: [aggregate("rows", COUNT, ""), aggregate("sum", SUM, "amount"), aggregate("mean", MEAN, "flag")],
    },
    states: {
      features: [
        aggregate("variance", VARIANCE, "score"),
        aggregate("least", MIN, "score"),
        aggregate("last", LAST, "text"),
      ],
    },
  };
  const at = { entity: `${parent}/entities/who`, source: `${parent}/sources/events` };
  for (const [featureViewId, view] of Object.entries(views))
    await features.applyFeatureView({ parent, featureViewId, featureView: { ...at, ...view } });
  const onDemandView = { name: `${parent}/onDemandViews/computed`, views: readOnDemand(parent), outputs: COMPUTED };
  await definitions.applyDefinitions({ parent, definitions: { onDemandViews: [onDemandView] } });
  const featureService = {
    views: Object.keys(views).map((it) => ({ view: `${parent}/featureViews/${it}` })),
    onDemandViews: [{ view: onDemandView.name }],
  };
  await features.applyFeatureService({ parent, featureServiceId: "all", featureService });
}

const readOnDemand = (parent: string) =>
  ["latest", "sums", "states"].map((it) => ({ view: `${parent}/featureViews/${it}` }));

/** Of each type, with what has no result. */
const COMPUTED = [
  { name: "share", type: ValueType.FLOAT64, expression: "latest__score / states__variance" },
  { name: "left", type: ValueType.INT64, expression: "sums__sum % latest__amount + sums__rows" },
  { name: "texts", type: ValueType.STRING, expression: "latest__text + states__last" },
  { name: "known", type: ValueType.BOOL, expression: "present(latest__score) && latest__flag" },
];
