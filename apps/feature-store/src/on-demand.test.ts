import { ChangeAction } from "@throughline/contracts/throughline/features/v1/definition_service_pb";
import { FeatureStatus } from "@throughline/contracts/throughline/features/v1/online_pb";
import { ValueType } from "@throughline/contracts/throughline/type/v1/value_pb";
import { fromNs, reasonOf, valueToProto } from "@throughline/rpc";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { onDemandView, outputsOf, PARENT, SERVICE, SPINE, taxi } from "./testing-on-demand.ts";
import { trainingSetResult } from "./testing-operations.ts";
import { type TestPlatform, testPlatform } from "./testing-platform.ts";

let platform: TestPlatform;
beforeAll(async () => {
  platform = await testPlatform();
  await platform.definitions.applyDefinitions({ parent: PARENT, definitions: taxi() });
  const push = (id: bigint, km: number | null, passengers: bigint | null) => ({
    values: {
      id: valueToProto(id),
      at: valueToProto({ ns: 1_000n }),
      km: valueToProto(km),
      passengers: valueToProto(passengers),
    },
  });
  const rows = [push(1n, 8, 2n), push(2n, 0, 0n), push(3n, null, 2n ** 63n - 1n)];
  await platform.features.pushRows({ source: `${PARENT}/sources/taxi`, rows });
});
afterAll(() => platform.close());

const apply = (definitions: object, more: object = {}) =>
  platform.definitions.applyDefinitions({ parent: PARENT, definitions, ...more } as Parameters<
    TestPlatform["definitions"]["applyDefinitions"]
  >[0]);
const caught = (call: Promise<unknown>) => call.catch((it: unknown) => it);
const row = (id: bigint | null, fare: number | null, tip: bigint | null) => ({
  values: { id: valueToProto(id), fare: valueToProto(fare), tip: valueToProto(tip) },
});
const read = async (rows: readonly ReturnType<typeof row>[], ns = 10_000n) => {
  const asOf = fromNs(ns);
  const { features, vectors } = await platform.features.getOnlineFeatures({
    featureService: SERVICE,
    rows: [...rows],
    asOf,
  });
  return { features, vectors };
};
const S = FeatureStatus;

describe("on-demand views", () => {
  test("are shown in the plan, get a version for each change, and are pinned by services", async () => {
    const changed = taxi({ outputs: outputsOf({ perKm: "fare / trips__km + 0.5" }) });
    const { changes } = await apply(changed, { dryRun: true });
    expect(changes.map((it) => [it.name.slice(PARENT.length + 1), it.action, it.version, it.fields])).toEqual([
      ["entities/rider", ChangeAction.UNCHANGED, 0n, []],
      ["sources/taxi", ChangeAction.UNCHANGED, 1n, []],
      ["featureViews/trips", ChangeAction.UNCHANGED, 1n, []],
      ["onDemandViews/fares", ChangeAction.NEW_VERSION, 2n, ["outputs[0].expression"]],
      [
        "featureServices/pricing",
        ChangeAction.NEW_VERSION,
        2n,
        ["on_demand_views[0].version", "on_demand_views[0].digest"],
      ],
    ]);
    // A view that it reads has another version, and so has it.
    const older = taxi({}, { ttl: { seconds: 60n } });
    const planned = (await apply(older, { dryRun: true })).changes.map((it) => [it.action, it.version]);
    expect(planned.slice(2)).toEqual(Array(3).fill([ChangeAction.NEW_VERSION, 2n]));
    // What is said of it belongs to no version.
    const said = await apply({ onDemandViews: [onDemandView({ description: "what a trip costs" })] }, { dryRun: true });
    expect(said.changes.map((it) => [it.action, it.version])).toEqual([[ChangeAction.UPDATE, 1n]]);
    const { featureService } = await platform.features.getFeatureService({ name: SERVICE });
    expect(featureService?.features).toEqual([
      "trips__km",
      "fares__per_km",
      "fares__heads",
      "fares__name",
      "fares__known",
    ]);
    expect(featureService?.onDemandViews[0]).toMatchObject({
      version: 1n,
      features: ["per_km", "heads", "name", "known"],
    });
    // What only the on-demand view reads is pinned, too, and is no feature.
    expect(featureService?.views[0]?.features).toEqual(["km", "passengers"]);
    expect(featureService?.requestFeatures.map((it) => it.name)).toEqual(["fare", "tip"]);
    const again = await apply({ featureServices: [featureService] });
    expect(again.changes.map((it) => it.action)).toEqual([ChangeAction.UNCHANGED]);
    const { onDemandViews } = await platform.definitions.listOnDemandViews({ parent: PARENT });
    const { onDemandView: got } = await platform.definitions.getOnDemandView({ name: `${PARENT}/onDemandViews/fares` });
    expect(onDemandViews).toEqual([got]);
    expect(got).toMatchObject({ version: 1n, views: [{ features: ["km", "passengers"], version: 1n }] });
  });

  test("are refused with the view, the output and the column of what is wrong", async () => {
    const wrong = async (of: object) => {
      const error = await caught(apply({ onDemandViews: [onDemandView(of)] }, { dryRun: true }));
      expect(reasonOf(error)).toBe("INVALID_FIELD");
      return String(error);
    };
    const output = (expression: string, type = ValueType.FLOAT64) => ({ outputs: [{ name: "o", expression, type }] });
    const at = "definitions.on_demand_views[0]";
    expect(await wrong(output("fare + tip"))).toContain(`${at}.outputs[0].expression: output o of fares: Column 6 of`);
    expect(await wrong(output("fare > 1.0"))).toContain("the expression gives bool where double is needed");
    expect(await wrong(output("trips__miles"))).toContain("there is no trips__miles; there is");
    expect(await wrong({ ...output("fare"), views: [] })).toContain(`no output reads "tip"`);
    expect(await wrong({ views: [{ view: `${PARENT}/featureViews/no` }] })).toContain("there is no feature view no");
    const same = [{ name: "trips__km", type: ValueType.FLOAT64 }];
    expect(await wrong({ requestColumns: same })).toContain(`request_columns[0].name: "trips__km" is there twice`);
    const when = [{ name: "when", type: ValueType.TIMESTAMP }];
    expect(await wrong({ requestColumns: when })).toContain(`"when" is timestamp, which expressions cannot read`);
    expect(await wrong({ name: `${PARENT}/onDemandViews/trips` })).toContain("trips is a feature view");
    expect(await wrong({ outputs: [...outputsOf(), ...outputsOf()] })).toContain(`"per_km" is there twice`);
    const long = `fare${" + fare".repeat(240)}`;
    const many = Array.from({ length: 12 }, (_, i) => ({ name: `o${i}`, expression: long, type: ValueType.FLOAT64 }));
    const whole = { views: [], requestColumns: [{ name: "fare", type: ValueType.FLOAT64 }], outputs: many };
    expect(await wrong(whole)).toContain("parts together, and at most 5000 are possible");
    expect(await wrong(output("f".repeat(2_001)))).toContain("outputs[0].expression");
    const tooMany = Array.from({ length: 201 }, (_, i) => ({
      name: `o${i}`,
      expression: "tip",
      type: ValueType.INT64,
    }));
    expect(await wrong({ outputs: tooMany })).toContain("outputs");
  });

  test("fit the versions and the columns of the services that select them", async () => {
    const refused = async (service: object) => {
      const error = await caught(
        apply({ featureServices: [{ ...taxi().featureServices[0], ...service }] }, { dryRun: true }),
      );
      return String(error);
    };
    expect(await refused({ requestFeatures: [{ name: "fare", type: ValueType.INT64 }] })).toContain(
      `fares reads "fare" as float64; with the request comes int64`,
    );
    // Such a column would be taken for what the on-demand view reads of the view.
    expect(await refused({ requestFeatures: [{ name: "trips__passengers", type: ValueType.INT64 }] })).toContain(
      `"trips__passengers" is there twice`,
    );
    const onDemandViews = [{ view: `${PARENT}/onDemandViews/no` }];
    expect(await refused({ onDemandViews })).toContain("there is no on-demand view no");
    const newer = {
      ...taxi({}, { ttl: { seconds: 60n } }),
      onDemandViews: [],
      featureServices: [taxi().featureServices[0]],
    };
    expect(String(await caught(apply(newer, { dryRun: true })))).toContain("fares reads version 1 of trips");
    const views = { featureViews: [{ ...taxi().featureViews[0], name: `${PARENT}/featureViews/fares` }] };
    expect(String(await caught(apply(views, { dryRun: true })))).toContain("fares is an on-demand view");
  });

  test("have a value and a status for every row, whatever is missing or has no result", async () => {
    const rows = [row(1n, 20, 1n), row(2n, 20, 1n), row(3n, 1, 1n), row(9n, 1, null), row(null, null, 5n)];
    const { features, vectors } = await read(rows);
    expect(features).toEqual(["trips__km", "fares__per_km", "fares__heads", "fares__name", "fares__known"]);
    const given = vectors.map((it) => it.values.slice(1).map(({ value, status }) => [value?.kind.value, status]));
    expect(given).toEqual([
      [
        [2.5, S.PRESENT],
        [3n, S.PRESENT],
        ["2 heads", S.PRESENT],
        [true, S.PRESENT],
      ],
      // A float divided by zero is a value, and so is a whole number that is added to zero.
      [
        [Number.POSITIVE_INFINITY, S.PRESENT],
        [1n, S.PRESENT],
        ["0 heads", S.PRESENT],
        [true, S.PRESENT],
      ],
      // A null of the source is there; and 2^63 - 1 + 1 is not.
      [
        [undefined, S.PRESENT],
        [undefined, S.PRESENT],
        ["9223372036854775807 heads", S.PRESENT],
        [false, S.PRESENT],
      ],
      [
        [undefined, S.MISSING],
        [undefined, S.MISSING],
        [undefined, S.MISSING],
        [false, S.PRESENT],
      ],
      [
        [undefined, S.MISSING],
        [undefined, S.MISSING],
        [undefined, S.MISSING],
        [false, S.PRESENT],
      ],
    ]);
    const stale = (await read([row(1n, 20, 1n)], 4_000_000_000_000n)).vectors[0]?.values.map((it) => it.status);
    expect(stale).toEqual([S.STALE, S.STALE, S.STALE, S.STALE, S.PRESENT]);
  });

  test("answer by column, and by reference without a feature service", async () => {
    const list = (...values: Parameters<typeof valueToProto>[0][]) => ({ values: values.map(valueToProto) });
    const fields = { id: list(1n, 9n), fare: list(20, 1), tip: list(1n, 1n) };
    const asOf = fromNs(10_000n);
    const byService = await platform.online.readColumns({ parent: PARENT, featureService: SERVICE, fields, asOf });
    const views = [{ view: `${PARENT}/featureViews/fares`, features: ["per_km"] }];
    const byReference = await platform.online.readColumns({ parent: PARENT, views, fields, asOf });
    for (const { columns, views: found } of [byService, byReference]) {
      const column = columns.find((it) => it.name === "per_km");
      expect(column).toMatchObject({ float64Values: [2.5, 0], statuses: [S.PRESENT, S.MISSING], nullRows: [1] });
      expect(found[column?.viewIndex ?? -1]).toMatchObject({ view: `${PARENT}/onDemandViews/fares`, version: 1n });
    }
    expect(byReference.columns.map((it) => it.name)).toEqual(["id", "fare", "tip", "per_km"]);
    const unfit = { ...fields, fare: list("a", "b") };
    const error = await caught(platform.online.readColumns({ parent: PARENT, featureService: SERVICE, fields: unfit }));
    expect(reasonOf(error)).toBe("INVALID_FIELD");
  });

  test("are refused at their place among the views that are named", async () => {
    const trips = { view: `${PARENT}/featureViews/trips` };
    const fares = { view: `${PARENT}/featureViews/fares` };
    const refused = async (...views: object[]) => {
      const asked = { parent: PARENT, views, fields: {} };
      const error = await caught(platform.online.readColumns(asked));
      expect(reasonOf(error)).toBe("INVALID_FIELD");
      return String(error);
    };
    const [noOutput, noFeature] = [
      { ...fares, features: ["per_mile"] },
      { ...trips, features: ["miles"] },
    ];
    expect(await refused(trips, noOutput)).toContain(
      `views[1].features[0]: version 1 of fares has no feature "per_mile"`,
    );
    expect(await refused(fares, noFeature)).toContain(
      `views[1].features[0]: version 1 of trips has no feature "miles"`,
    );
    const [one, other] = [
      { ...fares, features: ["per_km"] },
      { ...fares, features: ["heads"] },
    ];
    expect(await refused(one, trips, other)).toContain("views[2].view: fares is there twice");
    const otherKey = { ...fares, keyFields: { id: "rider" } };
    expect(await refused(trips, otherKey)).toContain("views[1].key_fields: fares is an on-demand view, without keys");
  });

  test("are features of training sets, with the same digests, and inputs on the thread", async () => {
    const spine = [
      [1n, 20, 1n, { ns: 10_000n }],
      [9n, 1, 1n, { ns: 10_000n }],
    ] as const;
    const spineDigest = await platform.upload(SPINE, spine);
    const { operation } = await platform.features.createTrainingSet({
      parent: PARENT,
      featureService: SERVICE,
      spineDigest,
      cutoffColumn: "cutoff",
    });
    const made = trainingSetResult(await platform.ended(operation));
    expect(made?.columns.map((it) => it.name)).toEqual([
      ...SPINE.map((it) => it.name),
      ...["trips__km", "fares__per_km", "fares__heads", "fares__name", "fares__known"],
    ]);
    expect(made?.certificate?.passed).toBe(true);
    const roles = platform.lineage.flatMap((it) => it.events.map((event) => event.role));
    expect(roles).toContain("on_demand_view.fares.1");
    expect(roles).toContain("feature_view.trips.1");
  });

  test("are read for so many rows as take some tenths of a second", async () => {
    const long = `fare${" + fare".repeat(240)}`;
    const outputs = Array.from({ length: 9 }, (_, i) => ({ name: `o${i}`, expression: long, type: ValueType.FLOAT64 }));
    const requestColumns = [{ name: "fare", type: ValueType.FLOAT64 }];
    const heavy = { name: `${PARENT}/onDemandViews/heavy`, outputs, requestColumns };
    const featureService = `${PARENT}/featureServices/heavy`;
    await apply({
      onDemandViews: [heavy],
      featureServices: [{ name: featureService, onDemandViews: [{ view: heavy.name }] }],
    });
    const rows = (count: number) => Array.from({ length: count }, () => ({ values: { fare: valueToProto(1) } }));
    const error = await caught(platform.features.getOnlineFeatures({ featureService, rows: rows(1_000) }));
    expect(String(error)).toContain("a row takes 4329 steps of on-demand views: ask for 924 rows at the most");
    const { vectors } = await platform.features.getOnlineFeatures({ featureService, rows: rows(900) });
    expect(vectors[899]?.values[8]?.value?.kind.value).toBe(241);
  });
});
