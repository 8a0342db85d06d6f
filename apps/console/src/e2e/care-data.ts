import type { MessageInitShape } from "@bufbuild/protobuf";
import { timestampFromMs } from "@bufbuild/protobuf/wkt";
import {
  AggregateFunction,
  type FeatureServiceSchema,
} from "@throughline/contracts/throughline/features/v1/definition_pb";
import {
  CreateTrainingSetResultSchema,
  MaterializeResultSchema,
} from "@throughline/contracts/throughline/features/v1/feature_store_service_pb";
import { ColumnClass } from "@throughline/contracts/throughline/features/v1/privacy_pb";
import type { TrainingSet } from "@throughline/contracts/throughline/features/v1/training_set_pb";
import { ValueType } from "@throughline/contracts/throughline/type/v1/value_pb";
import type { Column, Row } from "@throughline/tables";
import type { Clients } from "./clients.ts";
import { parquet } from "./parquet.ts";

export const PROJECT = "care";
export const PARENT = `projects/${PROJECT}`;
export const SOURCE = `${PARENT}/sources/visits`;
const HOUR_MS = 3_600_000;
const CITIES = ["Oslo", "Bergen", "Tromsø"] as const;
const FINDINGS = ["flu", "cold", "sprain", "none"] as const;
const PATIENTS = 12;
/** The newest visits that stay are twice as old: the view is stale but for the time in which it has the poisoned ones. */
const TARGET_S = 8n * 3_600n;

/** A text as a value. */
export const string = (value: string) => ({ kind: { case: "stringValue" as const, value } });
const hoursAgo = (hours: number) => timestampFromMs(Date.now() - hours * HOUR_MS);
/** The key of a patient; there are twelve. */
export const patient = (i: number) => `patient-${String(i % PATIENTS).padStart(2, "0")}`;

/** Pushes visits, and returns the data version that they made. */
export async function push(
  { features }: Clients,
  count: number,
  at: { hoursAgo: (i: number) => number; cost: (i: number) => number },
) {
  const rows = Array.from({ length: count }, (_, i) => ({
    values: {
      patient: string(patient(i)),
      age: { kind: { case: "int64Value" as const, value: BigInt(20 + (i % PATIENTS) * 5) } },
      city: string(CITIES[i % 3] ?? ""),
      finding: string(FINDINGS[(i * 5) % 4] ?? ""),
      cost: { kind: { case: "float64Value" as const, value: at.cost(i) } },
      visited_at: { kind: { case: "timestampValue" as const, value: hoursAgo(at.hoursAgo(i)) } },
    },
  }));
  return (await features.pushRows({ source: SOURCE, rows })).segment?.dataVersion ?? 0n;
}

/** Defines two views over one source with a policy, and fills it by two pushes. */
export async function define(clients: Clients): Promise<void> {
  const { features, dataVersions } = clients;
  const keys = [{ name: "patient", type: ValueType.STRING }];
  await features.createEntity({ parent: PARENT, entityId: "patient", entity: { keys } });
  await features.createSource({
    parent: PARENT,
    sourceId: "visits",
    source: {
      description: "Who was seen where, and what was found",
      columns: [
        ...keys,
        { name: "age", type: ValueType.INT64 },
        { name: "city", type: ValueType.STRING },
        { name: "finding", type: ValueType.STRING },
        { name: "cost", type: ValueType.FLOAT64 },
        { name: "visited_at", type: ValueType.TIMESTAMP },
      ],
      eventTimeColumn: "visited_at",
      knowledgeTime: { case: "knowledgeDelay", value: { seconds: 600n } },
    },
  });
  await setPolicy(clients);
  await push(clients, 60, { hoursAgo: (i) => 100 - i, cost: (i) => ((i * 7) % 23) * 10 });
  const good = await push(clients, 24, { hoursAgo: (i) => 39 - i, cost: (i) => 100 + i });
  await dataVersions.tagDataVersion({ parent: PARENT, tag: "good", dataVersion: 1n, reason: "the first load" });
  await dataVersions.tagDataVersion({ parent: PARENT, tag: "good", dataVersion: good, reason: "looked at by hand" });
  await defineViews(clients);
}

const column = (name: string) => ({ name, kind: { case: "column" as const, value: name } });

/** One view has a target of freshness, one has none; each has a service. */
async function defineViews(clients: Clients): Promise<void> {
  const { features } = clients;
  const visits = { function: AggregateFunction.COUNT, window: { seconds: 48n * 3_600n } };
  const view = { entity: `${PARENT}/entities/patient`, source: SOURCE };
  await features.applyFeatureView({
    parent: PARENT,
    featureViewId: "spending",
    featureView: {
      ...view,
      features: [column("cost"), { name: "visits", kind: { case: "aggregate", value: visits } }],
      freshnessTarget: { seconds: TARGET_S },
    },
  });
  await features.applyFeatureView({
    parent: PARENT,
    featureViewId: "person",
    featureView: { ...view, features: ["age", "city", "finding"].map(column) },
  });
  await defineService(clients, "caring", {
    views: [{ view: `${PARENT}/featureViews/spending` }],
    requestFeatures: [{ name: "weekday", type: ValueType.INT64 }],
  });
  await defineService(clients, "research", { views: [{ view: `${PARENT}/featureViews/person` }] });
}

async function defineService(
  { features, finished }: Clients,
  featureServiceId: string,
  featureService: MessageInitShape<typeof FeatureServiceSchema>,
): Promise<void> {
  const made = await features.applyFeatureService({ parent: PARENT, featureServiceId, featureService });
  const { operation } = await features.materialize({ featureService: made.featureService?.name ?? "" });
  await finished(operation, MaterializeResultSchema);
}

async function setPolicy({ privacy }: Clients): Promise<void> {
  const keep = { treatment: { kind: { case: "keep" as const, value: {} } } };
  const pseudonym = { kind: { case: "pseudonym" as const, value: { domain: "patient" } } };
  const ranges = { kind: { case: "range" as const, value: { edges: [30, 50] } } };
  await privacy.setPrivacyPolicy({
    policy: {
      name: `${SOURCE}/privacyPolicy`,
      columns: [
        { column: "patient", class: ColumnClass.IDENTIFIER, uses: [{ purposes: ["research"], treatment: pseudonym }] },
        { column: "age", class: ColumnClass.QUASI_IDENTIFIER, uses: [{ purposes: ["research"], treatment: ranges }] },
        { column: "city", class: ColumnClass.QUASI_IDENTIFIER, uses: [{ purposes: ["*"], ...keep }] },
        { column: "finding", class: ColumnClass.SENSITIVE, uses: [{ purposes: ["research"], ...keep }] },
      ],
    },
    reason: "agreed with the board",
  });
}

/** Joins a training set to a spine of its own, for a purpose. */
export async function joinSet(
  { features, finished, upload }: Clients,
  service: string,
  purpose: string,
): Promise<TrainingSet> {
  const columns: Column[] = [
    { name: "patient", type: "string" },
    { name: "weekday", type: "int64" },
    { name: "cutoff", type: "timestamp" },
    { name: "returns", type: "bool" },
  ];
  const now = BigInt(Date.now()) * 1_000_000n;
  const rows = Array.from({ length: 48 }, (_, i): Row => {
    const ns = now - BigInt(60 - i) * BigInt(HOUR_MS) * 1_000_000n;
    return [patient(i), BigInt(i % 7), { ns }, i % 4 === 0];
  });
  const { operation } = await features.createTrainingSet({
    parent: PARENT,
    featureService: `${PARENT}/featureServices/${service}`,
    purpose,
    spineDigest: await upload(PROJECT, await parquet(columns, rows)),
    cutoffColumn: "cutoff",
    labelColumns: ["returns"],
    certificateSeed: 7n,
    certificateRowCount: 20,
  });
  const { trainingSet } = await finished(operation, CreateTrainingSetResultSchema);
  if (!trainingSet) throw new Error("the operation has no training set");
  return trainingSet;
}
