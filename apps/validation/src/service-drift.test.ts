import { create } from "@bufbuild/protobuf";
import { timestampFromMs, timestampMs } from "@bufbuild/protobuf/wkt";
import { Code } from "@connectrpc/connect";
import { DriftVerdict } from "@throughline/contracts/throughline/validation/v1/drift_pb";
import { Distance, DistanceLimitSchema } from "@throughline/contracts/throughline/validation/v1/schema_pb";
import type { FeatureValue } from "@throughline/kernel";
import { afterAll, describe, expect, test } from "vitest";
import { FLIGHTS, flights, openServiceForTests, parent } from "./testing-service.ts";

const service = await openServiceForTests();
afterAll(() => service[Symbol.asyncDispose]());
const { client, upload, statisticsOf } = service;

describe("schemas", () => {
  test("are inferred from statistics, which have no anomaly under them, and find those of other data", async () => {
    const before = await statisticsOf(await upload(FLIGHTS, flights(4, 0)));
    const { schema } = await client.inferSchema({ statistics: before.name });
    const anomalies = async (statistics: string) =>
      (await client.validateStatistics({ statistics, schema: schema?.name ?? "" })).anomalies.map((it) => [
        it.column,
        it.type,
      ]);
    expect(await anomalies(before.name)).toEqual([]);
    const other = flights(5, 0).map(([delay, ...rest], i) => [
      i === 7 ? 99 : (delay ?? null),
      ...rest.slice(0, 1),
      i < 300 ? "ZZ" : "AA",
      ...rest.slice(2),
    ]);
    expect(await anomalies((await statisticsOf(await upload(FLIGHTS, other as FeatureValue[][]))).name)).toEqual([
      ["delay", "FLOAT_TYPE_BIG_FLOAT"],
      ["carrier", "ENUM_TYPE_UNEXPECTED_STRING_VALUES"],
    ]);
  });

  test("that somebody edited are kept under the digest of their columns, and give the same columns back", async () => {
    const before = await statisticsOf(await upload(FLIGHTS, flights(4, 0)));
    const { schema } = await client.inferSchema({ statistics: before.name });
    const columns = (schema?.columns ?? []).map((it) => ({ ...it, minPresentShare: 0.5 }));
    const first = await client.createSchema({ parent, schema: { columns }, requestId: "edit" });
    expect(first.schema?.columns).toEqual(columns);
    expect((await client.createSchema({ parent, schema: { columns } })).schema).toEqual(first.schema);
    expect((await client.getSchema({ name: first.schema?.name ?? "" })).schema).toEqual(first.schema);
    const reused = client.createSchema({ parent, schema: { columns: [] }, requestId: "edit" });
    await expect(reused).rejects.toThrow("already used");
  });
});

describe("drift reports", () => {
  test("name the columns that drifted, with anomalies, and are read by name and listed", async () => {
    const baseline = await statisticsOf(await upload(FLIGHTS, flights(6, 0)));
    const current = await statisticsOf(await upload(FLIGHTS, flights(7, 1)));
    const request = { parent, baseline: baseline.name, current: current.name, requestId: "drift" };
    const { report } = await client.compareStatistics(request);
    const drifted = report?.columns.filter((it) => it.verdict === DriftVerdict.DRIFTED).map((it) => it.column);
    expect(drifted).toEqual(["delay"]);
    expect(report?.columns[0]?.column).toBe("delay");
    expect(report?.anomalies.map((it) => [it.column, it.type])).toEqual([
      ["delay", "COMPARATOR_KOLMOGOROV_SMIRNOV_HIGH"],
    ]);
    expect(report?.anomalies[0]?.description).toMatch(
      /^The Kolmogorov-Smirnov distance to the baseline is [\d.]+; at most 0[.]1 is expected[.] [\d,]+ values, adjusted p-value/,
    );
    expect((await client.compareStatistics(request)).report).toEqual(report);
    expect((await client.getDriftReport({ name: report?.name ?? "" })).report).toEqual(report);
    const unknown = client.getDriftReport({ name: `${parent}/driftReports/none` });
    await expect(unknown).rejects.toMatchObject({ code: Code.NotFound });
    const namedBy = async (asOfMs?: number) => {
      const asOf = asOfMs === undefined ? {} : { asOf: timestampFromMs(asOfMs) };
      return (await client.listDriftReports({ parent, ...asOf })).reports.filter((it) => it.name === report?.name);
    };
    expect(await namedBy()).toEqual([report]);
    const madeMs = report?.createTime ? timestampMs(report.createTime) : Number.NaN;
    expect([await namedBy(madeMs), await namedBy(madeMs - 1)]).toEqual([[report], []]);
  });

  test("use the limits of a schema, and leave out what it does not limit", async () => {
    const baseline = await statisticsOf(await upload(FLIGHTS, flights(6, 0)));
    const current = await statisticsOf(await upload(FLIGHTS, flights(7, 1)));
    const { schema } = await client.inferSchema({ statistics: baseline.name });
    const columns = (schema?.columns ?? []).flatMap(({ driftLimit, ...it }) =>
      it.name === "delay"
        ? [{ ...it, driftLimit: create(DistanceLimitSchema, { distance: Distance.WASSERSTEIN, limit: 3 }) }]
        : [it],
    );
    const edited = (await client.createSchema({ parent, schema: { columns } })).schema?.name ?? "";
    const { report } = await client.compareStatistics({
      parent,
      baseline: baseline.name,
      current: current.name,
      schema: edited,
    });
    expect(report?.columns.map((it) => [it.column, it.verdict])).toEqual([["delay", DriftVerdict.STABLE]]);
    const unknown = client.compareStatistics({
      parent,
      baseline: baseline.name,
      current: current.name,
      columns: ["nope"],
    });
    await expect(unknown).rejects.toThrow("columns[0]");
  });
});
