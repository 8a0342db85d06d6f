import { anyUnpack } from "@bufbuild/protobuf/wkt";
import { FileFormat } from "@throughline/contracts/throughline/features/v1/feature_store_service_pb";
import type { Forgetting } from "@throughline/contracts/throughline/features/v1/privacy_pb";
import { ForgetEntityResultSchema } from "@throughline/contracts/throughline/features/v1/privacy_service_pb";
import { ValueType } from "@throughline/contracts/throughline/type/v1/value_pb";
import type { Digest, FeatureValue } from "@throughline/kernel";
import { fromNs, valueFromProto, valueToProto } from "@throughline/rpc";
import { trainingSetResult } from "./testing-operations.ts";
import type { TestPlatform } from "./testing-platform.ts";

const PARENT = "projects/p";
export const SOURCE = `${PARENT}/sources/visits`;
export const PEOPLE_SERVICE = `${PARENT}/featureServices/people`;
export const SHOPS_SERVICE = `${PARENT}/featureServices/shops`;
const column = (name: string, type: ValueType) => ({ name, type });
const COLUMNS = [
  column("person", ValueType.STRING),
  column("shop", ValueType.INT64),
  column("at", ValueType.TIMESTAMP),
  column("n", ValueType.INT64),
];
const END = 1_000_000n;

/** One row: who was in which shop, when, and a number. */
export type Visit = readonly [person: string, shop: number, at: number, n: number];

/** Defines people and shops, whose features are computed from the same rows. */
export async function definePeople({ definitions }: TestPlatform): Promise<void> {
  const knowledgeTime = { case: "knowledgeDelay" as const, value: {} };
  const n = { name: "n", kind: { case: "column" as const, value: "n" } };
  const aggregate = { function: 2, column: "n", window: { seconds: 1_000n } };
  const sum = { name: "sum", kind: { case: "aggregate" as const, value: aggregate } };
  const least = { name: "least", kind: { case: "aggregate" as const, value: { ...aggregate, function: 6 } } };
  const features = [n, sum, least];
  const entity = (id: string) => `${PARENT}/entities/${id}`;
  const views = (id: string) => [{ view: `${PARENT}/featureViews/${id}` }];
  await definitions.applyDefinitions({
    parent: PARENT,
    definitions: {
      entities: [
        { name: entity("person"), keys: COLUMNS.slice(0, 1) },
        { name: entity("shop"), keys: COLUMNS.slice(1, 2) },
      ],
      sources: [{ name: SOURCE, columns: COLUMNS, eventTimeColumn: "at", knowledgeTime }],
      featureViews: ["person", "shop"].map((id) => ({
        name: `${PARENT}/featureViews/${id}`,
        entity: entity(id),
        source: SOURCE,
        features,
      })),
      featureServices: [
        { name: PEOPLE_SERVICE, views: views("person") },
        { name: SHOPS_SERVICE, views: views("shop") },
      ],
    },
  });
}

const valuesOf = ([person, shop, at, n]: Visit) => ({
  values: {
    person: valueToProto(person),
    shop: valueToProto(BigInt(shop)),
    at: valueToProto({ ns: BigInt(at) }),
    n: valueToProto(BigInt(n)),
  },
});

export async function pushVisits({ features }: TestPlatform, visits: readonly Visit[]): Promise<bigint> {
  const { segment } = await features.pushRows({ source: SOURCE, rows: visits.map(valuesOf) });
  return segment?.dataVersion ?? 0n;
}

/** Uploads visits as a file; returns its digest. */
export const uploadVisits = (platform: TestPlatform, visits: readonly Visit[]): Promise<Digest> =>
  platform.upload(
    [
      { name: "person", type: "string" },
      { name: "shop", type: "int64" },
      { name: "at", type: "timestamp" },
      { name: "n", type: "int64" },
    ],
    visits.map(([person, shop, at, n]) => [person, BigInt(shop), { ns: BigInt(at) }, BigInt(n)]),
  );

export async function loadVisits(platform: TestPlatform, digest: Digest): Promise<void> {
  const request = { source: SOURCE, digest, format: FileFormat.PARQUET };
  await platform.ended((await platform.features.loadSource(request)).operation);
}

/** Latest value, sum and least value of a person or a shop. */
export async function onlineOf(
  { features }: TestPlatform,
  of: { readonly person: string } | { readonly shop: number },
): Promise<readonly (FeatureValue | undefined)[]> {
  const [featureService, values] =
    "person" in of
      ? [PEOPLE_SERVICE, { person: valueToProto(of.person) }]
      : [SHOPS_SERVICE, { shop: valueToProto(BigInt(of.shop)) }];
  const { vectors } = await features.getOnlineFeatures({ featureService, rows: [{ values }], asOf: fromNs(END) });
  return vectors[0]?.values.map((it) => valueFromProto(it.value)) ?? [];
}

/** The rows of a data version, and how many of them were forgotten since. */
export async function visitsAt(
  { dataVersions }: TestPlatform,
  dataVersion: bigint | string = "",
): Promise<{ readonly visits: readonly Visit[]; readonly forgotten: number }> {
  const request = { source: SOURCE, dataVersion: String(dataVersion), pageSize: 1_000 };
  const { rows, forgottenRowCount } = await dataVersions.readSource(request);
  const visits = rows.map(({ values }): Visit => {
    const value = (name: string) => valueFromProto(values[name]);
    const at = value("at") as { readonly ns: bigint };
    return [value("person") as string, Number(value("shop")), Number(at.ns), Number(value("n"))];
  });
  return { visits, forgotten: Number(forgottenRowCount) };
}

/** The newest data version; 0 before the first. */
export async function newestVersion({ dataVersions }: TestPlatform): Promise<bigint> {
  const page = await dataVersions.listDataVersions({ parent: PARENT, pageSize: 1 });
  return page.dataVersions[0]?.number ?? 0n;
}

/** A training set of one row for each person. */
export async function trainingSetOf(platform: TestPlatform, people: readonly string[], dataVersion = 0n) {
  const columns = [
    { name: "person", type: "string" as const },
    { name: "cut", type: "timestamp" as const },
  ];
  const spineDigest = await platform.upload(
    columns,
    people.map((it) => [it, { ns: END }]),
  );
  const request = { parent: PARENT, featureService: PEOPLE_SERVICE, spineDigest, cutoffColumn: "cut", dataVersion };
  const { operation } = await platform.features.createTrainingSet(request);
  const made = trainingSetResult(await platform.ended(operation));
  if (!made) throw new Error("there is no training set");
  return made;
}

export async function forgetPerson(platform: TestPlatform, person: string): Promise<Forgetting> {
  const key = { values: { person: valueToProto(person) } };
  const request = { entity: `${PARENT}/entities/person`, key, reason: "asked for it" };
  const { response } = await platform.ended((await platform.privacy.forgetEntity(request)).operation);
  const made = response && anyUnpack(response, ForgetEntityResultSchema)?.forgetting;
  if (!made) throw new Error("there is no record");
  return made;
}

/** Digests of the Parquet files in the object storage that have a row of a person, but for those in `besides`. */
export async function filesWith(
  { blobs, tables }: TestPlatform,
  person: string,
  besides: ReadonlySet<string>,
): Promise<readonly string[]> {
  const found: string[] = [];
  for (const { digest } of await blobs.list({ limit: 1_000 })) {
    if (besides.has(digest)) continue;
    const path = await blobs.localFile(digest);
    const shape = await tables.inspect({ path, format: "parquet" }).catch(() => undefined);
    if (!shape?.columns.some((it) => it.name === "person")) continue;
    const sql = "SELECT count(*) AS c FROM file WHERE person = $person";
    const plan = { sql, parameters: { person }, inputs: { file: [path] }, rowsMax: 1 };
    if (Number((await tables.query(plan)).rows[0]?.[0]) > 0) found.push(digest);
  }
  return found;
}
