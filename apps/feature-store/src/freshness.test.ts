import { FileFormat } from "@throughline/contracts/throughline/features/v1/feature_store_service_pb";
import {
  FreshnessAlertKind,
  FreshnessState,
} from "@throughline/contracts/throughline/features/v1/freshness_service_pb";
import { ValueType } from "@throughline/contracts/throughline/type/v1/value_pb";
import { valueToProto } from "@throughline/rpc";
import { type LogEvent, openTelemetry } from "@throughline/telemetry";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { revertResult } from "./testing-operations.ts";
import { type TestPlatform, testPlatform } from "./testing-platform.ts";

const PARENT = "projects/p";
const SOURCE = `${PARENT}/sources/s`;
const column = (name: string, type: ValueType) => ({ name, type });
const COLUMNS = [column("id", ValueType.INT64), column("at", ValueType.TIMESTAMP)];
const HOUR = 3_600_000_000_000n;

let platform: TestPlatform;
const log: LogEvent[] = [];
const telemetry = openTelemetry({ serviceName: "test" });
beforeAll(async () => {
  platform = await testPlatform(undefined, {
    meter: telemetry.meter,
    log: { info: (it) => void log.push(it), error: () => {} },
  });
  const { features } = platform;
  await features.createEntity({ parent: PARENT, entityId: "e", entity: { keys: COLUMNS.slice(0, 1) } });
  const knowledgeTime = { case: "knowledgeDelay" as const, value: {} };
  const source = { columns: COLUMNS, eventTimeColumn: "at", knowledgeTime };
  for (const sourceId of ["s", "empty"]) await features.createSource({ parent: PARENT, sourceId, source });
  const view = (of: string, seconds: bigint) => ({
    entity: `${PARENT}/entities/e`,
    source: `${PARENT}/sources/${of}`,
    freshnessTarget: { seconds },
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

describe("an alert", () => {
  const alerts = async (view = "") => (await platform.freshness.listFreshnessAlerts({ parent: PARENT, view })).alerts;
  const told = async (view = "") => (await alerts(view)).map((it) => [it.number, it.view.split("/").at(-1), it.kind]);
  const { STALE, RECOVERED } = FreshnessAlertKind;

  test("is kept when a view grows older than its target, and when it recovers, each once", async () => {
    const strict = `${PARENT}/featureViews/a_strict`;
    const newestKind = async () => (await alerts(strict))[0]?.kind;
    const { operation } = await platform.dataVersions.revertSource({ source: SOURCE, dataVersion: "1" });
    await platform.ended(operation);
    await push(5n);
    await vi.waitFor(async () => expect(await newestKind()).toBe(STALE), { timeout: 60_000 });
    const [alert] = await alerts(strict);
    expect(alert).toMatchObject({ view: strict, actor: "feature-store", version: 1n, target: { seconds: 1_800n } });
    expect(Number(alert?.eventAge?.seconds)).toBeGreaterThanOrEqual(5 * 3_600);
    await push(0n);
    await vi.waitFor(async () => expect(await newestKind()).toBe(RECOVERED), { timeout: 60_000 });
    await push(0n);
    const all = await alerts();
    expect(all.map((it) => it.number)).toEqual(all.map((_, i) => BigInt(all.length - i)));
    const kinds = (await alerts(strict)).map((it) => it.kind);
    expect(kinds.every((kind, i) => kind !== kinds[i + 1])).toBe(true);
  });

  test("comes to those who watch, and is counted and logged once, also after the service opened again", async () => {
    const last = (await alerts())[0]?.number ?? 0n;
    const leaving = new AbortController();
    const watched = platform.freshness.watchFreshnessAlerts(
      { parent: PARENT, after: last },
      { signal: leaving.signal },
    );
    const seen = watched[Symbol.asyncIterator]();
    const next = seen.next();
    // The target of the patient view becomes one that the newest row missed long ago.
    const view = {
      entity: `${PARENT}/entities/e`,
      source: SOURCE,
      freshnessTarget: { nanos: 1_000 },
      features: [{ name: "at", kind: { case: "column" as const, value: "at" } }],
    };
    await platform.features.applyFeatureView({ parent: PARENT, featureViewId: "b_patient", featureView: view });
    await push(0n);
    expect((await next).value?.alert).toMatchObject({ number: last + 1n, kind: STALE });
    leaving.abort();
    await seen.next().catch(() => {});
    expect(log.filter((it) => it["alert"] === Number(last + 1n))).toMatchObject([
      { event: "freshness stale", view: "b_patient" },
    ]);
    expect(await telemetry.prometheus()).toMatch(
      /throughline_feature_freshness_alerts_total\{[^}]*view="b_patient",kind="stale"[^}]*\} 1/,
    );
    const all = await told();
    await platform.restart();
    // It looks when it opens; the call is answered behind that look.
    await platform.freshness.getFreshness({ parent: PARENT });
    expect(await told()).toEqual(all);
  });
});
