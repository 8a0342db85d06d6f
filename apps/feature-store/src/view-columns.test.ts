import { FileFormat } from "@throughline/contracts/throughline/features/v1/feature_store_service_pb";
import { FeatureStatus, type FeatureValue } from "@throughline/contracts/throughline/features/v1/online_pb";
import { ValueType } from "@throughline/contracts/throughline/type/v1/value_pb";
import { fromNs, valueToProto } from "@throughline/rpc";
import type { Column } from "@throughline/tables";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type TestPlatform, testPlatform } from "./testing-platform.ts";

const PARENT = "projects/p";
const COLUMNS: readonly Column[] = [
  { name: "id", type: "int64" },
  { name: "at", type: "timestamp" },
  { name: "price", type: "float64" },
  { name: "stock", type: "float64" },
];

let platform: TestPlatform;
beforeAll(async () => {
  platform = await testPlatform();
  const { INT64, TIMESTAMP, FLOAT64 } = ValueType;
  const types = { int64: INT64, timestamp: TIMESTAMP, float64: FLOAT64 };
  const columns = COLUMNS.map(({ name, type }) => ({ name, type: types[type as keyof typeof types] }));
  const { features } = platform;
  await features.createEntity({ parent: PARENT, entityId: "item", entity: { keys: columns.slice(0, 1) } });
  const knowledgeTime = { case: "knowledgeDelay" as const, value: {} };
  const source = { columns, eventTimeColumn: "at", knowledgeTime };
  await features.createSource({ parent: PARENT, sourceId: "prices", source });
});
afterAll(() => platform.close());

const define = (...names: readonly string[]) =>
  platform.features.applyFeatureView({
    parent: PARENT,
    featureViewId: "prices",
    featureView: {
      entity: `${PARENT}/entities/item`,
      source: `${PARENT}/sources/prices`,
      features: names.map((name) => ({ name, kind: { case: "column", value: name } })),
    },
  });

const push = (id: bigint, price: number) =>
  platform.features.pushRows({
    source: `${PARENT}/sources/prices`,
    rows: [
      {
        values: {
          id: valueToProto(id),
          at: valueToProto({ ns: 1_700_000_000_000_000_000n + id }),
          price: valueToProto(price),
          stock: valueToProto(price * 2),
        },
      },
    ],
  });

async function prices(
  view: { readonly version?: bigint; readonly features?: string[] } = {},
  ...ids: readonly bigint[]
) {
  const { columns, views } = await platform.online.readColumns({
    parent: PARENT,
    views: [{ view: `${PARENT}/featureViews/prices`, features: ["price"], ...view }],
    fields: { id: { values: ids.map(valueToProto) } },
  });
  const [, price] = columns;
  const isNull = new Set(price?.nullRows);
  return {
    values: price?.float64Values.map((it, row) => (isNull.has(row) ? null : it)),
    statuses: price?.statuses.map((it) => FeatureStatus[it]),
    eventTimesNs: views[0]?.eventTimesNs,
  };
}

test("a view that no feature service names is read with what was pushed before, later, and after a restart", async () => {
  await define("price");
  await push(1n, 1.5);
  expect(await prices({}, 1n, 2n)).toEqual({
    values: [1.5, null],
    statuses: ["PRESENT", "MISSING"],
    eventTimesNs: [1_700_000_000_000_000_001n, 0n],
  });
  await push(2n, 2.5);
  expect((await prices({}, 1n, 2n)).values).toEqual([1.5, 2.5]);
  await platform.restart();
  // Nobody has read the view since: the push goes nowhere, and the first read brings it.
  await push(3n, 3.5);
  expect((await prices({}, 1n, 2n, 3n)).values).toEqual([1.5, 2.5, 3.5]);
});

test("what was loaded is online once the views are materialized", async () => {
  const digest = await platform.upload(COLUMNS, [[4n, { ns: 1_700_000_000_000_000_004n }, 4.5, 9]]);
  const load = { source: `${PARENT}/sources/prices`, digest, format: FileFormat.PARQUET };
  await platform.ended((await platform.features.loadSource(load)).operation);
  expect((await prices({}, 4n)).statuses).toEqual(["MISSING"]);
  await platform.ended((await platform.online.materializeViews({ parent: PARENT })).operation);
  expect((await prices({}, 4n)).values).toEqual([4.5]);
});

test("versions are read side by side", async () => {
  await define("price", "stock");
  await platform.ended((await platform.online.materializeViews({ parent: PARENT })).operation);
  expect((await prices({ version: 1n }, 1n, 4n)).values).toEqual([1.5, 4.5]);
  expect((await prices({ version: 2n, features: ["stock"] }, 1n, 4n)).values).toEqual([3, 9]);
});

test("what was known at an instant is read", async () => {
  const { columns } = await platform.online.readColumns({
    parent: PARENT,
    views: [{ view: `${PARENT}/featureViews/prices`, version: 1n }],
    fields: { id: { values: [1n, 2n].map(valueToProto) } },
    asOf: fromNs(1_700_000_000_000_000_001n),
  });
  expect(columns[1]?.statuses).toEqual([FeatureStatus.PRESENT, FeatureStatus.MISSING]);
});

test("what cannot be read is refused with its place", async () => {
  const view = `${PARENT}/featureViews/prices`;
  const cases = [
    [{}, /views/],
    [{ views: [{ view: "projects/q/featureViews/prices" }] }, /views\[0\]\.view: .*another project/],
    [{ views: [{ view: `${PARENT}/featureViews/none` }] }, /featureViews\/none does not exist/],
    [{ views: [{ view, features: ["none"] }] }, /views\[0\]\.features\[0\]/],
    [{ views: [{ view }, { view, version: 1n }] }, /views\[1\]\.view: .*twice/],
    [{ views: [{ view }], featureService: `${PARENT}/featureServices/f` }, /not both/],
    [{ views: [{ view }] }, /fields\["id"\]/],
  ] as const;
  for (const [request, message] of cases) {
    await expect(platform.online.readColumns({ parent: PARENT, ...request } as never)).rejects.toThrow(message);
  }
});

test("values carry their age and the version of their view where they are asked to", async () => {
  const parent = PARENT;
  const { featureView } = await define("price", "stock");
  const { version } = featureView ?? expect.unreachable();
  await push(70n, 7);
  const selection = { view: `${PARENT}/featureViews/prices`, version, features: ["price"] };
  const requestFeatures = [{ name: "hour", type: ValueType.FLOAT64 }];
  const featureService = { views: [selection], requestFeatures };
  await platform.features.applyFeatureService({ parent, featureServiceId: "detailed", featureService });
  const [hour, keys] = [valueToProto(1), [70n, 71n].map(valueToProto)];
  const request = {
    featureService: `${PARENT}/featureServices/detailed`,
    rows: keys.map((id) => ({ values: { id, hour } as never })),
    asOf: fromNs(1_700_000_090_000_000_070n),
  };
  const { vectors } = await platform.features.getOnlineFeatures({ ...request, withDetails: true });
  const [[price, given], [missing]] = vectors.map((it) => it.values) as [FeatureValue[], FeatureValue[]];
  expect(price).toMatchObject({ status: FeatureStatus.PRESENT, age: { seconds: 90n, nanos: 0 }, viewVersion: version });
  expect(given).toMatchObject({ status: FeatureStatus.PRESENT });
  expect([given?.age, given?.viewVersion]).toEqual([undefined, undefined]);
  expect(missing).toMatchObject({ status: FeatureStatus.MISSING, viewVersion: version });
  expect(missing?.age).toBeUndefined();
  const bare = await platform.features.getOnlineFeatures(request);
  expect(bare.vectors.map((it) => it.rowDigest)).toEqual(vectors.map((it) => it.rowDigest));
  expect(bare.vectors.flatMap((it) => it.values).every((it) => !it.age && it.viewVersion === undefined)).toBe(true);
});
