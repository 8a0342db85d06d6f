import { AggregateFunction } from "@throughline/contracts/throughline/features/v1/definition_pb";
import {
  CreateTrainingSetResultSchema,
  MaterializeResultSchema,
} from "@throughline/contracts/throughline/features/v1/feature_store_service_pb";
import { ValueType } from "@throughline/contracts/throughline/type/v1/value_pb";
import type { Column, Row } from "@throughline/tables";
import type { Clients } from "./clients.ts";
import { parquet } from "./parquet.ts";

export const PROJECT = "shop";
export const PARENT = `projects/${PROJECT}`;
const START_S = 1_700_000_000n;
const HOUR_S = 3_600n;
export const SHOPS = ["north", "south", "west"] as const;

/** Hours after the first sale. */
export const timestamp = (hours: number) => ({ seconds: START_S + BigInt(hours) * HOUR_S });

/** Makes a source with sales, a view of them and a service, and brings what was sold online. */
export async function defineFeatures({ features, finished }: Clients): Promise<void> {
  const keys = [{ name: "shop", type: ValueType.STRING }];
  await features.createEntity({ parent: PARENT, entityId: "shop", entity: { keys } });
  await features.createSource({
    parent: PARENT,
    sourceId: "sales",
    source: {
      description: "What was sold where",
      columns: [...keys, { name: "amount", type: ValueType.FLOAT64 }, { name: "sold_at", type: ValueType.TIMESTAMP }],
      eventTimeColumn: "sold_at",
      knowledgeTime: { case: "knowledgeDelay", value: { seconds: 600n } },
    },
  });
  const rows = Array.from({ length: 90 }, (_, i) => ({
    values: {
      shop: { kind: { case: "stringValue" as const, value: SHOPS[i % 3] ?? "" } },
      amount: { kind: { case: "float64Value" as const, value: ((i * 7) % 23) / 10 } },
      sold_at: { kind: { case: "timestampValue" as const, value: timestamp(i) } },
    },
  }));
  await features.pushRows({ source: `${PARENT}/sources/sales`, rows });
  const count = { function: AggregateFunction.COUNT, window: { seconds: 24n * HOUR_S } };
  await features.applyFeatureView({
    parent: PARENT,
    featureViewId: "spending",
    featureView: {
      entity: `${PARENT}/entities/shop`,
      source: `${PARENT}/sources/sales`,
      features: [
        { name: "amount", kind: { case: "column", value: "amount" } },
        { name: "sales", kind: { case: "aggregate", value: count } },
      ],
    },
  });
  const { featureService } = await features.applyFeatureService({
    parent: PARENT,
    featureServiceId: "buying",
    featureService: {
      views: [{ view: `${PARENT}/featureViews/spending` }],
      requestFeatures: [{ name: "weekday", type: ValueType.INT64 }],
    },
  });
  const { operation } = await features.materialize({ featureService: featureService?.name ?? "" });
  await finished(operation, MaterializeResultSchema);
}

/** Makes a training set of whether somebody buys, in a file with times to train and to test on. */
export async function joinTrainingSet({ features, finished, upload }: Clients) {
  const columns: Column[] = [
    { name: "shop", type: "string" },
    { name: "weekday", type: "int64" },
    { name: "cutoff", type: "timestamp" },
    { name: "buys", type: "bool" },
  ];
  const rows = Array.from(
    { length: 60 },
    (_, i): Row => [
      SHOPS[i % 3] ?? "",
      BigInt(i % 7),
      { ns: (START_S + BigInt(i) * HOUR_S) * 1_000_000_000n },
      i % 4 === 0,
    ],
  );
  const { operation } = await features.createTrainingSet({
    parent: PARENT,
    featureService: `${PARENT}/featureServices/buying`,
    spineDigest: await upload(PROJECT, await parquet(columns, rows)),
    cutoffColumn: "cutoff",
    labelColumns: ["buys"],
    certificateSeed: 7n,
    certificateRowCount: 50,
    // Reported an hour after the fact: the last label to train on is known just when the first row to test on begins.
    labelDelay: { seconds: HOUR_S },
    timeSplit: { by: { case: "time", value: timestamp(40) } },
  });
  const { trainingSet } = await finished(operation, CreateTrainingSetResultSchema);
  if (!trainingSet) throw new Error("the operation has no training set");
  return trainingSet;
}

export type TrainingSetFacts = Awaited<ReturnType<typeof joinTrainingSet>>;
