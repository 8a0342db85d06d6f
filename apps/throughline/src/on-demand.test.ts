import { setTimeout as delay } from "node:timers/promises";
import type { MessageInitShape } from "@bufbuild/protobuf";
import { wait } from "@throughline/client";
import type { ApplyDefinitionsRequestSchema } from "@throughline/contracts/throughline/features/v1/definition_service_pb";
import {
  CreateTrainingSetResultSchema,
  MaterializeResultSchema,
} from "@throughline/contracts/throughline/features/v1/feature_store_service_pb";
import { SkewCauseKind, type SkewReport } from "@throughline/contracts/throughline/features/v1/skew_report_pb";
import { CreateSkewReportResultSchema } from "@throughline/contracts/throughline/features/v1/skew_service_pb";
import { LineageDirection } from "@throughline/contracts/throughline/lineage/v1/lineage_service_pb";
import { ColumnType, type Release } from "@throughline/contracts/throughline/registry/v1/release_pb";
import { ValueType } from "@throughline/contracts/throughline/type/v1/value_pb";
import { fromNs, valueFromProto } from "@throughline/rpc";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type PlatformForTests, platformForTests } from "./testing-platform.ts";
import { createShop, deploy, makeRelease, pushSales, registerModel, SHOP, values } from "./testing-shop.ts";

/** On-demand views from the definition to the prediction, what is trained on it, and the report of differences. */
let platform: PlatformForTests;
let release: Release;
let deployment = "";
let service = "";
const predictions: string[] = [];

const START_S = 1_750_000_000n;
const HOUR_S = 3_600n;
const timeOf = (seconds: bigint) => fromNs(seconds * 1_000_000_000n);
const asOfS = (i: number): bigint => START_S + BigInt(i) * HOUR_S + 1_800n;

type Definitions = NonNullable<MessageInitShape<typeof ApplyDefinitionsRequestSchema>["definitions"]>;

const definitions = (parent: string): Definitions => ({
  featureViews: [
    {
      name: `${parent}/featureViews/${SHOP.view}`,
      entity: `${parent}/entities/${SHOP.entity}`,
      source: `${parent}/sources/${SHOP.source}`,
      features: [{ name: "amount", kind: { case: "column", value: "amount" } }],
    },
  ],
  onDemandViews: [
    {
      name: `${parent}/onDemandViews/rates`,
      views: [{ view: `${parent}/featureViews/${SHOP.view}` }],
      requestColumns: [{ name: "hours", type: ValueType.FLOAT64 }],
      outputs: [
        { name: "per_hour", expression: "double(sales__amount) / hours", type: ValueType.FLOAT64 },
        { name: "known", expression: "present(sales__amount) ? 1.0 : 0.0", type: ValueType.FLOAT64 },
      ],
    },
  ],
  featureServices: [
    {
      name: `${parent}/featureServices/${SHOP.service}`,
      views: [{ view: `${parent}/featureViews/${SHOP.view}` }],
      onDemandViews: [{ view: `${parent}/onDemandViews/rates` }],
    },
  ],
});

beforeAll(async () => {
  platform = await platformForTests();
  const { connection } = platform;
  const { parent, features } = connection;
  await createShop(connection);
  await connection.definitions.applyDefinitions({ parent, definitions: definitions(parent) });
  service = `${parent}/featureServices/${SHOP.service}`;
  await pushSales(
    connection,
    Array.from({ length: 12 }, (_, i) => ({
      shop: `shop-${i % 3}`,
      amount: BigInt(i),
      timeS: START_S + BigInt(i) * HOUR_S,
    })),
  );
  await wait(connection, (await features.materialize({ featureService: service })).operation, MaterializeResultSchema);
  const { featureService } = await features.getFeatureService({ name: service });
  if (!featureService) throw new Error("no feature service");
  const version = await registerModel(connection, { id: "shops", fixture: "logistic3" });
  release = await makeRelease(connection, { version, fixture: "logistic3", service: featureService });
  deployment = await deploy(connection, "shops", release);
  await delay(3);
  for (let i = 0; i < 12; i++) {
    const entity = values({ shop: `shop-${i % 4}`, hours: i % 5 === 4 ? null : i % 3 });
    const answer = await connection.inference.predict({ deployment, entity, asOf: timeOf(asOfS(i)) });
    predictions.push(answer.prediction);
  }
});

afterAll(() => platform?.stop());

async function logged(i: number): Promise<readonly unknown[] | undefined> {
  const { prediction } = await platform.connection.inference.getPrediction({ name: predictions[i] ?? "" });
  return prediction?.vector?.values.map(({ value }) => valueFromProto(value));
}

async function report(): Promise<SkewReport | undefined> {
  const { connection } = platform;
  const { parent, skew } = connection;
  const window = { startTime: timeOf(START_S), endTime: timeOf(START_S + 100n * HOUR_S) };
  const { operation } = await skew.createSkewReport({ parent, deployment, ...window, exampleCount: 100 });
  return (await wait(connection, operation, CreateSkewReportResultSchema)).skewReport;
}

describe("features on demand", () => {
  test("are what a release reads and what is logged of a prediction", async () => {
    expect(release.manifest?.features?.features).toEqual(["sales__amount", "rates__per_hour", "rates__known"]);
    // Shop 3 has never sold anything; shop 1 sold 4 the last time before, and hours are 2.
    expect(await logged(7)).toEqual([null, null, 0]);
    expect(await logged(5)).toEqual([4n, 2, 1]);
    const { parent: project, lineage } = platform.connection;
    const asked = { project, start: release.digest, direction: LineageDirection.UPSTREAM, depth: 100 };
    const { events } = await lineage.getLineage(asked);
    expect(events.map((it) => it.role)).toContain("on_demand_view.rates.1");
  });

  test("have types that graphs know, and their inputs are fields that graphs bind", async () => {
    const { parent, releases } = platform.connection;
    const outputs = [{ name: "x", expression: "rates__per_hour + 1", type: ColumnType.DOUBLE }];
    const keys = [{ key: "hours", source: { case: "requestField" as const, value: "hours" } }];
    const nodes = [
      { name: "read", kind: { case: "enrich" as const, value: { featureService: service, keys } } },
      { name: "made", kind: { case: "transform" as const, value: { inputs: ["read"], outputs } } },
      { name: "score", kind: { case: "model" as const, value: { inputs: ["made"] } } },
    ];
    const models = { score: { modelVersion: release.manifest?.models["score"]?.modelVersion ?? "" } };
    const manifest = { models, graph: { nodes, outputNode: "score" } };
    const refused = await releases.createRelease({ parent, manifest }).catch((it: unknown) => String(it));
    expect(refused).toContain("(double, int)");
    expect(refused).not.toContain("reads no hours");
  });

  test("are given to callers of Feast's feature server, with the request's data among the entities", async () => {
    const ask = async (body: object) => {
      const headers = { "content-type": "application/json" };
      const sent = { method: "POST", headers, body: JSON.stringify(body) };
      return (await fetch(`${platform.httpUrl}/get-online-features`, sent)).json();
    };
    const entities = { shop: ["shop-0", "shop-9"], hours: [3, 4] };
    const byReference = (await ask({ features: ["rates:per_hour"], entities, full_feature_names: true })) as Answer;
    const at = byReference.metadata.feature_names.indexOf("rates__per_hour");
    expect(byReference.results[at]).toMatchObject({ values: [3, null], statuses: ["PRESENT", "NOT_FOUND"] });
    const byService = (await ask({ feature_service: SHOP.service, entities })) as Answer;
    expect(byService.metadata.feature_names).toEqual(["shop", "hours", "amount", "per_hour", "known"]);
    expect(byService.results[4]).toMatchObject({ values: [1, 0] });
  });

  test("are trained on as they were served, byte for byte", async () => {
    const { connection } = platform;
    const { parent, features } = connection;
    const window = { startTime: timeOf(START_S), endTime: timeOf(START_S + 100n * HOUR_S) };
    const predictionLog = { deployment, ...window, keepUnlabeled: true };
    const { operation } = await features.createTrainingSet({ parent, predictionLog });
    const { trainingSet } = await wait(connection, operation, CreateTrainingSetResultSchema);
    expect(trainingSet?.certificate).toMatchObject({ passed: true });
    expect(trainingSet?.columns.map((it) => it.name)).toEqual(
      expect.arrayContaining(["sales__amount", "rates__per_hour", "rates__known"]),
    );
  });

  test("do not differ from the join, until late data come, which are named as the cause", async () => {
    const same = await report();
    expect(same?.uncomparedFeatures).toEqual([]);
    expect(same?.features.map((it) => [it.feature, it.differingCount]).sort()).toEqual([
      ["rates__known", 0n],
      ["rates__per_hour", 0n],
      ["sales__amount", 0n],
    ]);
    await delay(3);
    // Shop 1 sold something between its rows, of which nobody knew when it was asked about.
    await pushSales(platform.connection, [{ shop: "shop-1", amount: 50n, timeS: START_S + 4n * HOUR_S + 900n }]);
    const late = await report();
    const byName = new Map(late?.features.map((it) => [it.feature, it]));
    expect(byName.get("rates__per_hour")?.differingCount).toBe(byName.get("sales__amount")?.differingCount);
    expect(byName.get("rates__per_hour")?.differingCount).toBeGreaterThan(0n);
    expect(byName.get("rates__known")?.differingCount).toBe(0n);
    for (const name of ["rates__per_hour", "sales__amount"])
      expect(byName.get(name)?.causes.map(({ kind }) => SkewCauseKind[kind])).toEqual(["LATE_DATA"]);
  });
});

interface Answer {
  readonly results: readonly { readonly values: readonly unknown[]; readonly statuses: readonly string[] }[];
  readonly metadata: { readonly feature_names: readonly string[] };
}
