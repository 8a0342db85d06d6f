import type { MessageInitShape } from "@bufbuild/protobuf";
import { anyUnpack } from "@bufbuild/protobuf/wkt";
import { ConnectError } from "@connectrpc/connect";
import { NecessityFindingKind } from "@throughline/contracts/throughline/features/v1/necessity_pb";
import {
  type CreateNecessityReportRequestSchema,
  CreateNecessityReportResultSchema,
} from "@throughline/contracts/throughline/features/v1/necessity_service_pb";
import { ValueType } from "@throughline/contracts/throughline/type/v1/value_pb";
import { canonicalJson, digestOfBytes } from "@throughline/kernel";
import { reasonOf } from "@throughline/rpc";
import type { Column, Row } from "@throughline/tables";
import { afterAll, beforeAll, expect, test } from "vitest";
import { filesOf } from "./repositories.ts";
import { trainingSetResult } from "./testing-operations.ts";
import { type TestPlatform, testPlatform } from "./testing-platform.ts";

const PARENT = "projects/p";
const SERVICE = `${PARENT}/featureServices/all`;
const column = (name: string, type: ValueType) => ({ name, type });
const { FLOAT64, INT64, STRING, TIMESTAMP } = ValueType;
const ROWS = 300;
const COLUMNS: readonly Column[] = [
  { name: "id", type: "int64" },
  { name: "at", type: "timestamp" },
  { name: "price", type: "float64" },
  { name: "twice", type: "float64" },
  { name: "city", type: "string" },
  { name: "verdict", type: "string" },
];
const rows: readonly Row[] = Array.from({ length: ROWS }, (_, i): Row => {
  const price = i % 10 === 0 ? null : Math.sin(i * i);
  const verdict = Math.cos(i * 3.7) > 0 ? "yes" : "no";
  const city = verdict === "yes" ? ["Oslo", "Rome"][i % 2] : "Lima";
  return [
    BigInt(i % 7),
    { ns: 1_700_000_000_000_000_000n + BigInt(i) },
    price,
    price && 2 * price,
    city ?? "",
    verdict,
  ];
});

let platform: TestPlatform;
let trainingSet = "";

beforeAll(async () => {
  platform = await testPlatform();
  const { features } = platform;
  await features.createEntity({ parent: PARENT, entityId: "thing", entity: { keys: [column("id", INT64)] } });
  const source = {
    columns: [column("id", INT64), column("happened", TIMESTAMP), column("amount", INT64)],
    eventTimeColumn: "happened",
    knowledgeTime: { case: "knowledgeDelay" as const, value: { seconds: 60n } },
  };
  await features.createSource({ parent: PARENT, sourceId: "things", source });
  const featureView = {
    entity: `${PARENT}/entities/thing`,
    source: `${PARENT}/sources/things`,
    features: [{ name: "amount", kind: { case: "column" as const, value: "amount" } }],
    costNote: "dear",
  };
  await features.applyFeatureView({ parent: PARENT, featureViewId: "view", featureView });
  const requestFeatures = [column("price", FLOAT64), column("twice", FLOAT64), column("city", STRING)];
  const featureService = { views: [{ view: `${PARENT}/featureViews/view` }], requestFeatures };
  await features.applyFeatureService({ parent: PARENT, featureServiceId: "all", featureService });
});
afterAll(() => platform.close());

type Asked = Extract<MessageInitShape<typeof CreateNecessityReportRequestSchema>, { readonly $typeName?: never }>;

const reportOn = async (said: Asked) => {
  const request = { parent: PARENT, rows: { case: "featureService" as const, value: SERVICE }, ...said };
  const { operation } = await platform.necessity.createNecessityReport(request);
  const ended = await platform.ended(operation);
  const made = ended.response && anyUnpack(ended.response, CreateNecessityReportResultSchema);
  const name = made?.necessityReport?.name ?? "";
  return (await platform.necessity.getNecessityReport({ name })).necessityReport ?? expect.unreachable(name);
};

const failureOf = (failing: Promise<unknown>) =>
  failing.then(
    () => "it worked",
    (error: unknown) => reasonOf(ConnectError.from(error)),
  );

test("a feature service without rows has nothing to report on", async () => {
  expect(await failureOf(reportOn({}))).toBe("NO_TRAINING_SET");
});

test("the newest training set of the service is looked at, by a sample, and what is not known is said", async () => {
  const request = {
    parent: PARENT,
    featureService: SERVICE,
    cutoffColumn: "at",
    labelColumns: ["verdict"],
    spineDigest: await platform.upload(COLUMNS, rows),
  };
  const { operation } = await platform.features.createTrainingSet(request);
  trainingSet = trainingSetResult(await platform.ended(operation))?.name ?? "";
  const report = await reportOn({ sampleRowCount: 200, seed: 9n });
  expect(report).toMatchObject({
    trainingSet,
    label: "verdict",
    rowCount: 300n,
    sampledRowCount: 200n,
    comparedRowCount: 200n,
    seed: 9n,
    thresholds: { constantShare: 0.99, redundantStrength: 0.95, leakingStrength: 0.95, costFactor: 3 },
    figures: [
      { feature: "view__amount", missingRowCount: 200n, distinctCount: 0n },
      { feature: "price" },
      { feature: "twice" },
      { feature: "city", missingRowCount: 0n, distinctCount: 3n },
    ],
  });
  const found = report.findings.map((it) => [NecessityFindingKind[it.kind], it.features.toSorted()]);
  expect(found).toEqual([
    ["LEAKING", ["city"]],
    ["NEARLY_CONSTANT", ["view__amount"]],
    ["REDUNDANT", ["price", "twice"]],
  ]);
  expect(report.notes).toEqual([
    expect.stringContaining("200 of 300 rows were read"),
    expect.stringContaining("the request names none"),
    expect.stringContaining("the platform does not train it"),
    expect.stringContaining("set THROUGHLINE_REGISTRY"),
    expect.stringContaining("The cost notes of view begin with no number"),
    expect.stringContaining("It is not known what the features cost"),
  ]);
  expect([report.releaseCount, report.unreadFeatures, report.importance]).toEqual([0n, [], undefined]);
});

test("the same request gives the same report, by digest, after a restart too, and thresholds are the caller's", async () => {
  const first = await reportOn({ seed: 1n });
  await platform.restart();
  expect(await reportOn({ seed: 1n })).toEqual(first);
  expect((await reportOn({ seed: 2n })).digest).not.toBe(first.digest);
  const strict = await reportOn({
    seed: 1n,
    thresholds: { redundantStrength: 1, constantShare: 1, leakingStrength: 1 },
  });
  expect(strict.findings.map((it) => NecessityFindingKind[it.kind])).not.toContain("LEAKING");
  const bytes: Uint8Array[] = [];
  for await (const it of platform.blobs.get(first.digest as `sha256:${string}`)) bytes.push(it);
  const text = Buffer.concat(bytes).toString("utf8");
  expect(digestOfBytes(text)).toBe(first.digest);
  expect(canonicalJson(JSON.parse(text))).toBe(text);
  const { necessityReports } = await platform.necessity.listNecessityReports({
    parent: PARENT,
    featureService: SERVICE,
  });
  expect(necessityReports.length).toBe(4);
  const oldest = necessityReports.at(-1);
  const listed = await platform.necessity.listNecessityReports({ parent: PARENT, asOf: oldest?.createTime });
  expect(listed.necessityReports.map((it) => it.name)).toContain(oldest?.name);
  const before = await platform.necessity.listNecessityReports({ parent: PARENT, asOf: { seconds: 1n } });
  expect(before.necessityReports).toEqual([]);
});

test("it lies on the thread with what it was made of, and no sweep takes its file", async () => {
  const report = await reportOn({ seed: 1n });
  const record = platform.lineage.find((it) => it.execution.resource === report.name);
  expect(record).toMatchObject({
    execution: { kind: "REPORT" },
    artifacts: [{ kind: "FEATURE_VIEW" }, { kind: "NECESSITY_REPORT", digest: report.digest }],
    events: [
      { digest: report.trainingSetFileDigest, type: "INPUT", role: "training_set" },
      { type: "INPUT", role: "feature_view.view.1" },
      { digest: report.digest, type: "OUTPUT", role: "necessity_report" },
    ],
  });
  const { store, blobs, artifacts } = platform;
  const later = { now: () => Date.now() + 7 * 86_400_000 };
  const files = filesOf({ store, blobs, artifacts, clock: later, newId: () => "x", pageTokens: null as never });
  await files.sweep(0);
  expect(await blobs.stat(report.digest as `sha256:${string}`)).toBeDefined();
});

test("a model needs the registry, and requests are checked as a whole", async () => {
  const importance = { modelVersion: `${PARENT}/models/m/versions/1` };
  expect(await failureOf(reportOn({ importance }))).toBe("REGISTRY_UNREACHABLE");
  const ofSet = { rows: { case: "trainingSet" as const, value: trainingSet } };
  await expect(reportOn({ ...ofSet, label: "city", costs: { id: 2 } })).rejects.toThrow(
    /label: "city" is no label of the training set; its labels are verdict.*costs\["id"\]/,
  );
  const other = { rows: { case: "trainingSet" as const, value: "projects/q/trainingSets/0" } };
  await expect(reportOn(other)).rejects.toThrow("it is of another project");
  const missing = { rows: { case: "trainingSet" as const, value: `${PARENT}/trainingSets/0` } };
  expect(await failureOf(reportOn(missing))).toBe("NOT_FOUND");
});
