import { FileFormat } from "@throughline/contracts/throughline/features/v1/feature_store_service_pb";
import { FreshnessState } from "@throughline/contracts/throughline/features/v1/freshness_service_pb";
import { ValueType } from "@throughline/contracts/throughline/type/v1/value_pb";
import { valueToProto } from "@throughline/rpc";
import { openTelemetry } from "@throughline/telemetry";
import { afterAll, beforeAll, expect, test } from "vitest";
import { revertResult, type TestPlatform, testPlatform } from "./testing-platform.ts";

const PARENT = "projects/p";
const SOURCE = `${PARENT}/sources/s`;
const column = (name: string, type: ValueType) => ({ name, type });
const COLUMNS = [column("id", ValueType.INT64), column("at", ValueType.TIMESTAMP)];
const HOUR = 3_600_000_000_000n;

let platform: TestPlatform;
const telemetry = openTelemetry({ serviceName: "test" });
beforeAll(async () => {
  platform = await testPlatform(undefined, { meter: telemetry.meter });
  const { features } = platform;
  await features.createEntity({ parent: PARENT, entityId: "e", entity: { keys: COLUMNS.slice(0, 1) } });
  const knowledgeTime = { case: "knowledgeDelay" as const, value: {} };
  const source = { columns: COLUMNS, eventTimeColumn: "at", knowledgeTime };
  for (const sourceId of ["s", "empty"]) await features.createSource({ parent: PARENT, sourceId, source });
  const view = (of: string, seconds: bigint) => ({
    ...{ entity: `${PARENT}/entities/e`, source: `${PARENT}/sources/${of}`, freshnessTarget: { seconds } },
    features: [{ name: "at", kind: { case: "column" as const, value: "at" } }],
  });
  for (const [id, of, seconds] of [
    ["a_strict", "s", 1_800n],
    ["b_patient", "s", 86_400n],
    ["c_empty", "empty", 60n],
  ] as const)
    await features.applyFeatureView({ parent: PARENT, featureViewId: id, featureView: view(of, seconds) });
  const views = ["a_strict", "b_patient"].map((it) => ({ view: `${PARENT}/featureViews/${it}` }));
  await features.applyFeatureService({ parent: PARENT, featureServiceId: "f", featureService: { views } });
});
afterAll(async () => {
  await platform.close();
  await telemetry.close();
});

const ago = (hours: bigint) => ({ ns: BigInt(Date.now()) * 1_000_000n - hours * HOUR });
const push = async (hours: bigint) => {
  const rows = [{ values: { id: valueToProto(1n), at: valueToProto(ago(hours)) } }];
  return (await platform.features.pushRows({ source: SOURCE, rows })).segment?.dataVersion ?? 0n;
};
const freshness = async () => (await platform.freshness.getFreshness({ parent: PARENT })).freshness;
const states = async () => (await freshness()).map((it) => it.state);

test("freshness is the age of the newest event beside the view's target", async () => {
  expect(await states()).toEqual(Array(3).fill(FreshnessState.EMPTY));
  await push(5n);
  const newest = await push(1n);
  const found = await freshness();
  expect(found.map((it) => it.state)).toEqual([FreshnessState.STALE, FreshnessState.FRESH, FreshnessState.EMPTY]);
  expect(found[0]?.target?.seconds).toBe(1_800n);
  const age = Number(found[0]?.eventAge?.seconds);
  expect(age).toBeGreaterThanOrEqual(3_600);
  expect(age).toBeLessThan(3_600 + 600);
  const name = `${PARENT}/dataVersions/${newest}`;
  const { operation } = await platform.dataVersions.revertDataVersion({ name });
  expect(revertResult(await platform.ended(operation))?.removedRowCount).toBe(1n);
  expect(Number((await freshness())[0]?.eventAge?.seconds)).toBeGreaterThanOrEqual(5 * 3_600);
});

test("freshness counts the segments that are not online", async () => {
  const digest = await platform.upload(
    [
      { name: "id", type: "int64" },
      { name: "at", type: "timestamp" },
    ],
    [[2n, ago(0n)]],
  );
  const { operation } = await platform.features.loadSource({ source: SOURCE, digest, format: FileFormat.PARQUET });
  await platform.ended(operation);
  expect((await freshness()).map((it) => it.segmentsBehind)).toEqual([1n, 1n, 0n]);
  const featureService = `${PARENT}/featureServices/f`;
  await platform.ended((await platform.features.materialize({ featureService })).operation);
  expect((await freshness()).map((it) => it.segmentsBehind)).toEqual([0n, 0n, 0n]);
});

test("freshness is measured for whoever reads the metrics", async () => {
  const text = await telemetry.prometheus();
  expect(text).toMatch(/throughline_feature_event_age_seconds\{[^}]*view="a_strict"[^}]*\} \d/);
  expect(text).toMatch(/throughline_feature_freshness_target_seconds\{[^}]*view="b_patient"[^}]*\} 86400/);
  expect(text).toMatch(/throughline_feature_segments_behind\{[^}]*view="a_strict"[^}]*\} 0/);
});
