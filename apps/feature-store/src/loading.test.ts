import { FileFormat } from "@throughline/contracts/throughline/features/v1/feature_store_service_pb";
import { ValueType } from "@throughline/contracts/throughline/type/v1/value_pb";
import { digestOfBytes, type FeatureValue } from "@throughline/kernel";
import { fromNs, reasonOf, valueFromProto, valueToProto } from "@throughline/rpc";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { loadResult } from "./testing-operations.ts";
import { type TestPlatform, testPlatform } from "./testing-platform.ts";

const PARENT = "projects/p";
const SOURCE = `${PARENT}/sources/readings`;
const SERVICE = `${PARENT}/featureServices/sensors`;
const column = (name: string, type: ValueType) => ({ name, type });
const at = (seconds: number) => ({ ns: BigInt(seconds) * 1_000_000_000n });

let platform: TestPlatform;
beforeAll(async () => {
  platform = await testPlatform();
  const { features } = platform;
  const columns = [
    column("sensor", ValueType.INT64),
    column("taken", ValueType.TIMESTAMP),
    column("known", ValueType.TIMESTAMP),
    column("level", ValueType.INT64),
  ];
  const source = {
    columns,
    eventTimeColumn: "taken",
    knowledgeTime: { case: "knowledgeTimeColumn" as const, value: "known" },
  };
  await features.createEntity({ parent: PARENT, entityId: "sensor", entity: { keys: columns.slice(0, 1) } });
  await features.createSource({ parent: PARENT, sourceId: "readings", source });
  await features.applyFeatureView({
    parent: PARENT,
    featureViewId: "levels",
    featureView: {
      entity: `${PARENT}/entities/sensor`,
      source: SOURCE,
      features: [
        { name: "level", kind: { case: "column", value: "level" } },
        {
          name: "total",
          kind: { case: "aggregate", value: { function: 2, column: "level", window: { seconds: 1_000n } } },
        },
      ],
    },
  });
  const featureService = { views: [{ view: `${PARENT}/featureViews/levels` }] };
  await features.applyFeatureService({ parent: PARENT, featureServiceId: "sensors", featureService });
});
afterAll(() => platform.close());

const loadCsv = async (text: string) => {
  const digest = await platform.uploadBytes(Buffer.from(text, "utf8"));
  const { operation } = await platform.features.loadSource({ source: SOURCE, digest, format: FileFormat.CSV });
  return loadResult(await platform.ended(operation));
};
const row = (sensor: FeatureValue, taken: number | null, known: number | null, level: FeatureValue) => ({
  values: {
    sensor: valueToProto(sensor),
    ...(taken !== null && { taken: valueToProto(at(taken)) }),
    ...(known !== null && { known: valueToProto(at(known)) }),
    level: valueToProto(level),
  },
});
const push = (rows: ReturnType<typeof row>[], requestId = "") =>
  platform.features.pushRows({ source: SOURCE, rows, requestId });
const read = async (sensor: bigint, asOf: number) => {
  const rows = [{ values: { sensor: valueToProto(sensor) } }];
  const found = await platform.features.getOnlineFeatures({ featureService: SERVICE, rows, asOf: fromNs(at(asOf).ns) });
  return found.vectors[0]?.values.map((it) => valueFromProto(it.value));
};

describe("loading", () => {
  test("of a file that nobody uploaded is refused, before an operation starts", async () => {
    const digest = digestOfBytes("unknown");
    const load = platform.features.loadSource({ source: SOURCE, digest, format: FileFormat.PARQUET });
    expect(reasonOf(await load.catch((error: unknown) => error))).toBe("ARTIFACT_UNKNOWN");
  });

  test("of CSV gives the same segment as of pushed rows", async () => {
    const loaded = await loadCsv("level,known,sensor,taken\n7,1970-01-01T00:00:20Z,1,1970-01-01T00:00:10Z\n");
    const { segment } = await push([row(1n, 10, 20, 7n)]);
    expect(segment?.digest).toBe(loaded?.digest);
    expect(segment?.dataVersion).toBe((loaded?.dataVersion ?? 0n) + 1n);
  });

  test("of rows that are known before they happened is refused with their number and the first of them", async () => {
    const text = "sensor,taken,known,level\n1,1970-01-01T00:00:10Z,1970-01-01T00:00:10Z,1\n".concat(
      "1,1970-01-01T00:00:10Z,1970-01-01T00:00:09.999999999Z,1\n".repeat(2),
    );
    const before = (await platform.features.getSource({ name: SOURCE })).source?.segments.length;
    await expect(loadCsv(text)).rejects.toThrow(
      "KNOWLEDGE_BEFORE_EVENT: 2 row(s) are known before they happened, the first is row 2",
    );
    expect((await platform.features.getSource({ name: SOURCE })).source?.segments).toHaveLength(before ?? -1);
  });

  test("of rows without a time is refused, unless the source skips them", async () => {
    const refused = await push([row(1n, 1, 2, 1n), row(1n, null, 2, 1n), row(1n, 1, null, 1n)]).catch(
      (it: unknown) => it,
    );
    expect(reasonOf(refused)).toBe("ROW_WITHOUT_TIME");
    expect(String(refused)).toContain("2 row(s) have no time in taken or known, the first is row 2");
  });

  test("of rows whose values do not fit names each of them", async () => {
    const wrong = push([
      row("1", 1, 2, 1.5),
      { values: { ...row(1n, 1, 2, 1n).values, extra: valueToProto(true) } } as ReturnType<typeof row>,
    ]);
    await expect(wrong).rejects.toThrow(
      'rows[0].values["sensor"]: it is string, the column is int64; rows[0].values["level"]: it is float64, the column is int64; rows[1].values["extra"]: source readings has no such column',
    );
  });
});

describe("pushed rows", () => {
  test("are online when the call returns, and only as of the time when they were known", async () => {
    await push([row(5n, 100, 110, 3n), row(5n, 105, 120, 4n)]);
    expect([await read(5n, 109), await read(5n, 110), await read(5n, 120), await read(5n, 1_115)]).toEqual([
      [null, null],
      [3n, 3n],
      [4n, 7n],
      [4n, 4n],
    ]);
  });

  test("are counted once, however often the call is repeated with its request id", async () => {
    const rows = [row(6n, 100, 110, 3n)];
    const [first, ...others] = await Promise.all(Array.from({ length: 5 }, () => push(rows, "push-1")));
    expect(others).toEqual(Array(4).fill(first));
    await platform.restart();
    expect(await push(rows, "push-1")).toEqual(first);
    expect(await read(6n, 200)).toEqual([3n, 3n]);
  });

  test("are counted once when a materialisation runs beside them", async () => {
    await loadCsv("sensor,taken,known,level\n".concat("7,1970-01-01T00:00:10Z,1970-01-01T00:00:20Z,1\n".repeat(5_000)));
    const materialize = () =>
      platform.features.materialize({ featureService: SERVICE }).then((it) => platform.ended(it.operation));
    const pushes = Array.from({ length: 8 }, (_, i) => push([row(7n, 30 + i, 40 + i, 1n)]));
    await Promise.all([...pushes, materialize(), materialize()]);
    expect(await read(7n, 100)).toEqual([1n, 5_008n]);
  });

  test("get dense data versions when many come at once", async () => {
    const pushed = await Promise.all(Array.from({ length: 12 }, (_, i) => push([row(8n, i, i, 1n)])));
    const versions = pushed.map((it) => Number(it.segment?.dataVersion)).sort((a, b) => a - b);
    expect(versions).toEqual(versions.map((_, i) => (versions[0] ?? 0) + i));
    expect(await read(8n, 100)).toEqual([1n, 12n]);
  });
});
