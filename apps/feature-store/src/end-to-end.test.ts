import { create } from "@bufbuild/protobuf";
import { AggregateFunction } from "@throughline/contracts/throughline/features/v1/definition_pb";
import { FileFormat } from "@throughline/contracts/throughline/features/v1/feature_store_service_pb";
import { FeatureStatus } from "@throughline/contracts/throughline/features/v1/online_pb";
import { type Value, ValueSchema, ValueType } from "@throughline/contracts/throughline/type/v1/value_pb";
import { type FeatureValue, merkleTree, rowDigest } from "@throughline/kernel";
import { fromNs, valueFromProto, valueToProto } from "@throughline/rpc";
import type { Column, Row } from "@throughline/tables";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { loadResult, materializeResult, trainingSetResult } from "./testing-operations.ts";
import { type TestPlatform, testPlatform } from "./testing-platform.ts";

const HOUR = 3_600_000_000_000n;
const START = 1_356_998_400_000_000_000n;
const PARENT = "projects/p";
const at = (hours: number) => ({ ns: START + BigInt(Math.round(hours * 60)) * (HOUR / 60n) });

/** A departure from an airport: it happened at `hour`, and was known `lag` hours later. */
interface Departure {
  readonly airport: string;
  readonly hour: number | null;
  readonly lag: number;
  readonly delay: bigint | null;
  readonly late: boolean;
  readonly wind: number | null;
}

/** Pseudo-random but always the same; the numbers are as in a linear congruential generator of Numerical Recipes. */
function departures(count: number, seed: number): Departure[] {
  let state = seed;
  const next = (n: number): number => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((state / 2 ** 32) * n);
  };
  return Array.from({ length: count }, () => {
    const delay = next(10) === 0 ? null : BigInt(next(90) - 20);
    return {
      airport: ["EWR", "JFK", "LGA"][next(3)] ?? "EWR",
      hour: next(20) === 0 ? null : next(400) / 4,
      lag: next(12) / 4,
      delay,
      late: delay !== null && delay > 15n,
      wind: next(8) === 0 ? null : next(100) / 7,
    };
  });
}

const COLUMNS: Column[] = [
  { name: "airport", type: "string" },
  { name: "left_at", type: "timestamp" },
  { name: "known_at", type: "timestamp" },
  { name: "delay", type: "int64" },
  { name: "late", type: "bool" },
  { name: "wind", type: "float64" },
];
const rowOf = (it: Departure): Row => [
  it.airport,
  it.hour === null ? null : at(it.hour),
  it.hour === null ? at(0) : at(it.hour + it.lag),
  it.delay,
  it.late,
  it.wind,
];
const asRow = (names: readonly string[], values: Row): { values: Record<string, Value> } => ({
  values: Object.fromEntries(names.map((name, i) => [name, valueToProto(values[i] ?? null)])),
});
const NAMES = COLUMNS.map((it) => it.name);

const first = departures(300, 1);
const second = departures(200, 2);
const pushed = departures(12, 3);

/** The rows that take part, in the order they were written. */
const rowsOf = (...loads: readonly Departure[][]) => loads.flat().filter((it) => it.hour !== null);

/** What the features must be, by plain loops. */
function expected(rows: readonly Departure[], airport: string | null, cutoff: number): FeatureValue[] {
  if (airport === null) return [null, null, null, null, null];
  const known = rows.filter((it) => it.airport === airport && (it.hour ?? 0) + it.lag <= cutoff);
  let best: Departure | undefined;
  for (const it of known) {
    const [event, bestEvent] = [it.hour ?? 0, best?.hour ?? -1];
    if (!best || event > bestEvent || (event === bestEvent && it.lag >= best.lag)) best = it;
  }
  if (best && cutoff - (best.hour ?? 0) > 2) best = undefined;
  const recent = known.filter((it) => (it.hour ?? 0) + it.lag > cutoff - 6);
  const delays = recent.flatMap((it) => (it.delay === null ? [] : [it.delay]));
  const sum = delays.reduce((total, it) => total + it, 0n);
  return [
    best?.wind ?? null,
    best?.delay ?? null,
    BigInt(recent.length),
    delays.length === 0 ? null : sum,
    recent.length === 0 ? null : Number(BigInt(recent.filter((it) => it.late).length)) / recent.length,
  ];
}

const spine = departures(150, 9).map((it, i) => ({
  id: BigInt(i),
  origin: i % 40 === 7 ? null : it.airport,
  cutoff: (it.hour ?? 50) + 0.25,
  distance: BigInt(100 + i),
  label: i % 3 === 0,
}));
const SPINE_COLUMNS: Column[] = [
  { name: "id", type: "int64" },
  { name: "origin", type: "string" },
  { name: "decided_at", type: "timestamp" },
  { name: "distance", type: "int64" },
  { name: "label", type: "bool" },
  { name: "echo", type: "int64" },
];
const spineRow = (it: (typeof spine)[number]): Row => [
  it.id,
  it.origin,
  at(it.cutoff),
  it.distance,
  it.label,
  it.label ? 1n : 0n,
];
/** The row digest of a spine row's features, in the service's order. */
const vectorOf = (rows: readonly Departure[], it: (typeof spine)[number]): FeatureValue[] => {
  const [wind, delay, count, sum, share] = expected(rows, it.origin, it.cutoff) as [
    FeatureValue,
    FeatureValue,
    FeatureValue,
    FeatureValue,
    FeatureValue,
  ];
  return [it.distance, wind, delay, count, sum, share];
};
const FEATURES = [
  "distance",
  "traffic__wind",
  "traffic__delay",
  "traffic__departures",
  "traffic__delay_sum",
  "traffic__late_share",
];

let platform: TestPlatform;
beforeAll(async () => {
  platform = await testPlatform();
});
afterAll(() => platform.close());

describe("from a file to a prediction's features", () => {
  let trainingSetName = "";
  let spineDigest = "";
  const trainingRequest = () => ({
    parent: PARENT,
    featureService: `${PARENT}/featureServices/delays`,
    spineDigest,
    cutoffColumn: "decided_at",
    labelColumns: ["label"],
    certificateSeed: 5n,
    certificateRowCount: 60,
  });

  test("an entity, a source, a view and a feature service are defined, and defining them again changes nothing", async () => {
    const { features } = platform;
    const column = (name: string, type: ValueType) => ({ name, type });
    const entity = { keys: [column("airport", ValueType.STRING)], description: "an airport" };
    await features.createEntity({ parent: PARENT, entityId: "airport", entity });
    const source = {
      columns: [
        column("airport", ValueType.STRING),
        column("left_at", ValueType.TIMESTAMP),
        column("known_at", ValueType.TIMESTAMP),
        column("delay", ValueType.INT64),
        column("late", ValueType.BOOL),
        column("wind", ValueType.FLOAT64),
      ],
      eventTimeColumn: "left_at",
      knowledgeTime: { case: "knowledgeTimeColumn" as const, value: "known_at" },
      skipRowsWithoutTime: true,
    };
    await features.createSource({ parent: PARENT, sourceId: "departures", source });
    const window = { seconds: 6n * 3600n };
    const aggregate = (name: string, fn: AggregateFunction, of = "") => ({
      name,
      kind: { case: "aggregate" as const, value: { function: fn, column: of, window } },
    });
    const featureView = {
      entity: `${PARENT}/entities/airport`,
      source: `${PARENT}/sources/departures`,
      ttl: { seconds: 2n * 3600n },
      features: [
        { name: "wind", kind: { case: "column" as const, value: "wind" } },
        { name: "delay", kind: { case: "column" as const, value: "delay" } },
        aggregate("departures", AggregateFunction.COUNT),
        aggregate("delay_sum", AggregateFunction.SUM, "delay"),
        aggregate("late_share", AggregateFunction.MEAN, "late"),
      ],
    };
    const view = await features.applyFeatureView({ parent: PARENT, featureViewId: "traffic", featureView });
    const again = await features.applyFeatureView({ parent: PARENT, featureViewId: "traffic", featureView });
    expect(again.featureView).toEqual(view.featureView);
    expect(view.featureView?.version).toBe(1n);
    const featureService = {
      views: [{ view: `${PARENT}/featureViews/traffic`, keyFields: { airport: "origin" } }],
      requestFeatures: [column("distance", ValueType.INT64)],
      features: FEATURES,
    };
    const applied = await features.applyFeatureService({ parent: PARENT, featureServiceId: "delays", featureService });
    expect(applied.featureService?.features).toEqual(FEATURES);
    expect(applied.featureService?.views[0]).toMatchObject({ version: 1n, digest: view.featureView?.digest });
  });

  test("a file is loaded as a segment, without the rows that lack a time", async () => {
    const digest = await platform.upload(
      [...COLUMNS, { name: "noise", type: "int64" }],
      first.map((it) => [...rowOf(it), 0n]),
    );
    const { operation } = await platform.features.loadSource({
      source: `${PARENT}/sources/departures`,
      digest,
      format: FileFormat.PARQUET,
    });
    const segment = loadResult(await platform.ended(operation));
    const kept = rowsOf(first);
    expect(segment).toMatchObject({
      dataVersion: 1n,
      loadedDigest: digest,
      rowCount: BigInt(kept.length),
      skippedRowCount: BigInt(first.length - kept.length),
    });
    const { rows } = await platform.tables.readRows({
      segments: [await platform.blobs.localFile(segment?.digest as `sha256:${string}`)],
      limit: 1_000,
    });
    expect(rows).toEqual(kept.map((it, i) => [...rowOf(it), at(it.hour ?? 0), at((it.hour ?? 0) + it.lag), BigInt(i)]));
  });

  test("a training set is what plain loops find, row by row and digest by digest", async () => {
    spineDigest = await platform.upload(SPINE_COLUMNS, spine.map(spineRow));
    const { operation } = await platform.features.createTrainingSet(trainingRequest());
    const made = trainingSetResult(await platform.ended(operation));
    const tree = merkleTree();
    for (const it of spine) tree.add(rowDigest(vectorOf(rowsOf(first), it)));
    expect(made?.digest).toBe(tree.root());
    expect(made?.name).toBe(`${PARENT}/trainingSets/${tree.root().slice(7, 23)}`);
    expect(made?.certificate).toMatchObject({
      passed: true,
      seed: 5n,
      sampledRowCount: 60n,
      mismatchCount: 0n,
      laterKnowledgeCount: 0n,
      suspects: [],
    });
    const file = await platform.blobs.localFile(made?.fileDigest as `sha256:${string}`);
    const { columns, rows } = await platform.tables.readRows({ segments: [file], limit: 1_000 });
    expect(columns.map((it) => it.name)).toEqual([...SPINE_COLUMNS.map((it) => it.name), ...FEATURES.slice(1)]);
    expect(rows).toEqual(spine.map((it) => [...spineRow(it), ...vectorOf(rowsOf(first), it).slice(1)]));
    trainingSetName = made?.name ?? "";
  });

  test("the same request gives the same training set, also after a later load of older rows", async () => {
    const digest = await platform.upload(COLUMNS, second.map(rowOf));
    const load = { source: `${PARENT}/sources/departures`, digest, format: FileFormat.PARQUET };
    const loaded = loadResult(await platform.ended((await platform.features.loadSource(load)).operation));
    expect(loaded?.dataVersion).toBe(2n);
    const request = { ...trainingRequest(), dataVersion: 1n };
    const again = trainingSetResult(
      await platform.ended((await platform.features.createTrainingSet(request)).operation),
    );
    const { trainingSet } = await platform.features.getTrainingSet({ name: trainingSetName });
    expect(again).toEqual(trainingSet);
    const newer = trainingSetResult(
      await platform.ended((await platform.features.createTrainingSet(trainingRequest())).operation),
    );
    expect(newer?.digest).not.toBe(trainingSet?.digest);
    const { trainingSets } = await platform.features.listTrainingSets({ parent: PARENT });
    expect(trainingSets.map((it) => it.name)).toEqual([newer?.name, trainingSetName]);
  });

  test("a label among the features is a suspect, and other labels beside the same features are another training set", async () => {
    const request = { ...trainingRequest(), dataVersion: 1n, labelColumns: ["distance"] };
    await expect(
      platform.features.createTrainingSet(request).then((it) => platform.ended(it.operation)),
    ).rejects.toThrow("a label must not be one");
    const echo = { ...trainingRequest(), dataVersion: 1n, labelColumns: ["id"] };
    const made = trainingSetResult(await platform.ended((await platform.features.createTrainingSet(echo)).operation));
    expect(made?.certificate?.suspects).toEqual([
      expect.objectContaining({ feature: "distance", label: "id", correlation: 1 }),
    ]);
    expect(made?.name).toBe(`${trainingSetName}-2`);
  });

  test("online values equal the training set's, digest by digest, and pushed rows are there when the call returns", async () => {
    const { operation } = await platform.features.materialize({ featureService: `${PARENT}/featureServices/delays` });
    const result = materializeResult(await platform.ended(operation));
    expect(result?.dataVersion).toBe(2n);
    expect(result?.entryCount).toBeGreaterThan(0n);
    await expectOnline(rowsOf(first, second));
    const rows = pushed.map((it) => asRow(NAMES, rowOf(it)));
    const { segment } = await platform.features.pushRows({ source: `${PARENT}/sources/departures`, rows });
    expect(segment).toMatchObject({ dataVersion: 3n, rowCount: BigInt(rowsOf(pushed).length) });
    await expectOnline(rowsOf(first, second, pushed));
    await platform.restart();
    await expectOnline(rowsOf(first, second, pushed));
  });

  async function expectOnline(rows: readonly Departure[]): Promise<void> {
    for (const it of spine.slice(0, 60)) {
      const fields = asRow(["origin", "distance"], [it.origin, it.distance]);
      const { vectors, features } = await platform.features.getOnlineFeatures({
        featureService: `${PARENT}/featureServices/delays`,
        rows: [fields],
        asOf: fromNs(at(it.cutoff).ns),
      });
      const vector = vectorOf(rows, it);
      expect(features).toEqual(FEATURES);
      expect(vectors[0]?.values.map((value) => valueFromProto(value.value))).toEqual(vector);
      expect(vectors[0]?.rowDigest).toBe(rowDigest(vector));
    }
  }

  test("the trace names exactly the source rows that the features come from", async () => {
    const it = spine.find((row) => expected(rowsOf(first, second, pushed), row.origin, row.cutoff)[0] !== null);
    const { views } = await platform.features.traceFeatures({
      featureService: `${PARENT}/featureServices/delays`,
      row: asRow(["origin"], [it?.origin ?? null]),
      asOf: fromNs(at(it?.cutoff ?? 0).ns),
      rowLimit: 500,
    });
    const known = rowsOf(first, second, pushed).filter(
      (row) => row.airport === it?.origin && (row.hour ?? 0) + row.lag <= (it?.cutoff ?? 0),
    );
    const recent = known.filter((row) => (row.hour ?? 0) + row.lag > (it?.cutoff ?? 0) - 6);
    expect(views[0]?.rowCount).toBe(BigInt(views[0]?.rows.length ?? -1));
    expect(views[0]?.rows.length).toBeGreaterThanOrEqual(recent.length);
    const delays = views[0]?.rows.map((row) => valueFromProto(row.values["delay"]));
    expect(delays).toEqual(expect.arrayContaining(recent.map((row) => row.delay)));
    const { source } = await platform.features.getSource({ name: `${PARENT}/sources/departures` });
    const digests = source?.segments.map((row) => row.digest);
    for (const row of views[0]?.rows ?? []) expect(digests).toContain(row.segmentDigest);
    expect(source?.rowCount).toBe(BigInt(rowsOf(first, second, pushed).length));
  });

  test("missing, stale and wrongly typed fields are told apart", async () => {
    const read = (row: { values: Record<string, Value> }, hours: number) =>
      platform.features.getOnlineFeatures({
        featureService: `${PARENT}/featureServices/delays`,
        rows: [row],
        asOf: fromNs(at(hours).ns),
      });
    const unknown = await read(asRow(["origin"], ["XXX"]), 50);
    expect(unknown.vectors[0]?.values.map((it) => it.status)).toEqual([
      FeatureStatus.MISSING,
      FeatureStatus.MISSING,
      FeatureStatus.MISSING,
      FeatureStatus.PRESENT,
      FeatureStatus.MISSING,
      FeatureStatus.MISSING,
    ]);
    const old = await read(asRow(["origin"], ["EWR"]), 1_000);
    expect(old.vectors[0]?.values[1]).toMatchObject({ status: FeatureStatus.STALE });
    // The years 1 and 9999 are beyond what 64 bits of nanoseconds can hold.
    for (const [seconds, status] of [
      [-62_135_596_800n, FeatureStatus.MISSING],
      [253_402_300_799n, FeatureStatus.STALE],
    ] as const) {
      const featureService = `${PARENT}/featureServices/delays`;
      const rows = [asRow(["origin"], ["EWR"])];
      const far = await platform.features.getOnlineFeatures({ featureService, rows, asOf: { seconds } });
      expect(far.vectors[0]?.values[1]?.status).toBe(status);
      const [row] = rows;
      const traced = await platform.features.traceFeatures({ featureService, ...(row && { row }), asOf: { seconds } });
      expect(traced.views[0]?.rowCount).toBe(0n);
    }
    const wrong = read({ values: { origin: create(ValueSchema, { kind: { case: "int64Value", value: 1n } }) } }, 50);
    await expect(wrong).rejects.toThrow('rows[0].values["origin"]: it is int64, needed is string');
  });

  test("the thread has every load and every training set", async () => {
    await expect.poll(() => platform.lineage.map((it) => it.execution.kind)).toHaveLength(6);
    const kinds = platform.lineage.map((it) => it.execution.kind);
    expect(kinds.filter((it) => it === "INGEST")).toHaveLength(3);
    const [made] = platform.lineage.filter((it) => it.execution.kind === "CREATE_TRAINING_SET");
    expect(made?.events.map((it) => `${it.type} ${it.role}`)).toEqual([
      "INPUT segment",
      "INPUT spine",
      "INPUT feature_view.traffic.1",
      "OUTPUT training_set",
      "OUTPUT rows",
      "OUTPUT certificate",
    ]);
  });
});
