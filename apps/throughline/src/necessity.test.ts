import { fromBinary, type MessageInitShape, toBinary } from "@bufbuild/protobuf";
import { ConnectError } from "@connectrpc/connect";
import { wait } from "@throughline/client";
import { ModelProtoSchema } from "@throughline/contracts/onnx/onnx_pb";
import { CreateTrainingSetResultSchema } from "@throughline/contracts/throughline/features/v1/feature_store_service_pb";
import {
  ImportanceLoss,
  LinearLoss,
  NecessityFindingKind,
  type NecessityReport,
} from "@throughline/contracts/throughline/features/v1/necessity_pb";
import {
  type CreateNecessityReportRequestSchema,
  CreateNecessityReportResultSchema,
} from "@throughline/contracts/throughline/features/v1/necessity_service_pb";
import type { TrainingSet } from "@throughline/contracts/throughline/features/v1/training_set_pb";
import { ArtifactKind } from "@throughline/contracts/throughline/lineage/v1/artifact_pb";
import { LineageDirection } from "@throughline/contracts/throughline/lineage/v1/lineage_service_pb";
import { ModelFormat } from "@throughline/contracts/throughline/registry/v1/model_pb";
import { ValueType } from "@throughline/contracts/throughline/type/v1/value_pb";
import type { Row } from "@throughline/tables";
import { afterAll, beforeAll, expect, test } from "vitest";
import { linearModel } from "./testing-linear-model.ts";
import { uploadTable } from "./testing-parquet.ts";
import { type PlatformForTests, platformForTests } from "./testing-platform.ts";
import { createShop, pushSales, SHOP, timestamp, uploadBytes } from "./testing-shop.ts";

/** Which features a model needs, asked of a whole platform: each test goes on after the last. */
let platform: PlatformForTests;
let trainingSet: TrainingSet;
let model = "";
let report: NecessityReport;

const START_S = 1_750_000_000n;
const ROWS = 400;
const FEATURES = ["sales__amount", "strong", "copy", "noise", "flat"];
/** The model reads `strong` alone, and is off by what it does not know. */
const rows: readonly Row[] = Array.from({ length: ROWS }, (_, i) => {
  const [strong, noise] = [Math.sin(i * 1.7) * 5, Math.cos(i * i)];
  return [
    ...[`shop-${i % 3}`, timestamp(START_S + 2_000_000n + BigInt(i)), strong, strong, noise],
    ...[i === 7 ? 1 : 0, 2 * strong + Math.sin(i * 31.7)],
  ];
});

beforeAll(async () => {
  platform = await platformForTests();
  const { connection, dir } = platform;
  const { features, parent } = connection;
  await createShop(connection);
  await pushSales(
    connection,
    Array.from({ length: 30 }, (_, i) => ({ shop: `shop-${i % 3}`, amount: BigInt(i), timeS: START_S + BigInt(i) })),
  );
  const { featureView } = await features.applyFeatureView({
    parent,
    featureViewId: SHOP.view,
    featureView: {
      entity: `${parent}/entities/${SHOP.entity}`,
      source: `${parent}/sources/${SHOP.source}`,
      features: [{ name: "amount", kind: { case: "column", value: "amount" } }],
      costNote: "8 EUR a month",
    },
  });
  const requestFeatures = FEATURES.slice(1).map((name) => ({ name, type: ValueType.FLOAT64 }));
  const { featureService } = await features.applyFeatureService({
    parent,
    featureServiceId: SHOP.service,
    featureService: { views: [{ view: featureView?.name ?? "" }], requestFeatures, features: FEATURES },
  });
  const float = (name: string) => ({ name, type: "float64" as const });
  const spineDigest = await uploadTable(connection, dir, {
    columns: [
      { name: "shop", type: "string" },
      { name: "cutoff", type: "timestamp" },
      ...[...FEATURES.slice(1), "target"].map(float),
    ],
    rows,
  });
  const { operation } = await features.createTrainingSet({
    parent,
    featureService: featureService?.name ?? "",
    spineDigest,
    cutoffColumn: "cutoff",
    labelColumns: ["target"],
  });
  trainingSet = (await wait(connection, operation, CreateTrainingSetResultSchema)).trainingSet as TrainingSet;
});
afterAll(() => platform?.stop());

type Asked = Extract<MessageInitShape<typeof CreateNecessityReportRequestSchema>, { readonly $typeName?: never }>;

const reportOn = async (said: Asked) => {
  const { necessity, parent } = platform.connection;
  const rowsOf = { case: "trainingSet" as const, value: trainingSet.name };
  const { operation } = await necessity.createNecessityReport({ parent, rows: rowsOf, seed: 5n, ...said });
  const { necessityReport } = await wait(platform.connection, operation, CreateNecessityReportResultSchema);
  return (await necessity.getNecessityReport({ name: necessityReport?.name ?? "" })).necessityReport as NecessityReport;
};

const found = ({ findings }: NecessityReport, kind: NecessityFindingKind) =>
  findings.filter((it) => it.kind === kind).map((it) => it.features);

test("a registered model tells how important each feature is, and what it does not read is unused", async () => {
  const { connection } = platform;
  const { registry, parent } = connection;
  const { digest } = await uploadBytes(connection, linearModel([0, 2, 0, 0, 0]), ArtifactKind.MODEL);
  const made = await registry.createModel({ parent, modelId: "target" });
  const version = { digest, format: ModelFormat.ONNX, trainingSetDigest: trainingSet.digest };
  model = (await registry.createModelVersion({ parent: made.model?.name ?? "", version })).version?.name ?? "";
  report = await reportOn({ importance: { modelVersion: model, rowCount: 300, repeatCount: 3 } });
  expect(report).toMatchObject({
    trainingSet: trainingSet.name,
    label: "target",
    rowCount: 400n,
    sampledRowCount: 400n,
    releaseCount: 0n,
    importance: { modelVersion: model, modelDigest: digest, outputTensor: "score", rowCount: 300n, repeatCount: 3 },
  });
  expect(report.importance?.loss).toBe(ImportanceLoss.SQUARED_ERROR);
  // What the label has besides is a sine, whose square is a half on average.
  expect(report.importance?.baseLoss).toBeCloseTo(0.5, 1);
  const importances = new Map(report.figures.map((it) => [it.feature, it.importance]));
  expect([...importances.keys()]).toEqual(FEATURES);
  expect(importances.get("strong")?.low).toBeGreaterThan(50);
  for (const it of ["sales__amount", "copy", "noise", "flat"])
    expect(importances.get(it), it).toMatchObject({ value: 0, low: 0, high: 0 });
  const { DUPLICATE, LEAKING, NEARLY_CONSTANT, UNUSED, COSTLY } = NecessityFindingKind;
  expect(found(report, DUPLICATE)).toEqual([["strong", "copy"]]);
  expect(found(report, NEARLY_CONSTANT)).toEqual([["flat"]]);
  expect(found(report, LEAKING)).toEqual([["strong"], ["copy"]]);
  expect(found(report, UNUSED)).toEqual([["sales__amount"], ["copy"], ["noise"], ["flat"]]);
  // The note of the view says what its only feature costs, and it brings nothing.
  expect(report.figures[0]?.cost).toBe(8);
  expect(found(report, COSTLY)).toEqual([["sales__amount"]]);
  expect(report.figures.every((it) => it.dropCost === undefined)).toBe(true);
  expect(report.notes).toEqual(
    expect.arrayContaining([expect.stringContaining("not known: the platform does not train it")]),
  );
});

test("what to keep is ranked, with what a linear model loses without each feature and with the first ones alone", () => {
  expect(report.ranking.map((it) => it.feature).toSorted()).toEqual(FEATURES.toSorted());
  const [first, second] = report.ranking;
  expect(first).toMatchObject({ feature: "strong", redundancy: 0 });
  expect(first?.relevance).toBeGreaterThan(1);
  // The copy is as relevant, and says nothing new.
  const copy = report.ranking.find((it) => it.feature === "copy");
  expect(copy).not.toBe(second);
  expect(copy?.relevance).toBe(first?.relevance);
  expect(report.ranking.at(-1)?.linearRise).toMatchObject({ value: 0, low: 0, high: 0 });
  expect(report.linearReference).toMatchObject({
    loss: LinearLoss.SQUARED_ERROR,
    rowCount: 400n,
    foldCount: 5,
    enoughFeatureCount: 1,
  });
  expect(report.linearReference?.lossOfAll).toBeCloseTo(0.5, 1);
  expect(report.linearReference?.lossOfNone).toBeGreaterThan(40);
  // The copy stands in for what is left out.
  for (const it of report.figures) expect(Math.abs(it.linearDropCost?.value ?? 9), it.feature).toBeLessThan(0.1);
  expect(report.dropOne).toBeUndefined();
});

test("the same request gives the same report, over REST too, and it lies on the thread", async () => {
  const { connection, httpUrl } = platform;
  const { necessity, lineage, parent } = connection;
  expect(await reportOn({ importance: { modelVersion: model, rowCount: 300, repeatCount: 3 } })).toEqual(report);
  const listed = await necessity.listNecessityReports({ parent, featureService: report.featureService });
  expect(listed.necessityReports.map((it) => [it.name, it.figures.length])).toEqual([[report.name, 0]]);
  const answer = await fetch(`${httpUrl}/v1/${report.name}`);
  expect(await answer.json()).toMatchObject({
    necessityReport: { digest: report.digest, importance: { loss: "IMPORTANCE_LOSS_SQUARED_ERROR" } },
  });
  const posted = await fetch(`${httpUrl}/v1/${parent}/necessityReports`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ featureService: report.featureService, seed: "6" }),
  });
  const { operation } = (await posted.json()) as { operation: { name: string } };
  const again = await wait(connection, { name: operation.name } as never, CreateNecessityReportResultSchema);
  expect(again.necessityReport).toMatchObject({ trainingSet: trainingSet.name, seed: 6n });
  const upstream = await lineage.getLineage({
    project: parent,
    start: report.digest,
    direction: LineageDirection.UPSTREAM,
    depth: 10,
  });
  expect(upstream.artifacts.map((it) => it.digest)).toEqual(
    expect.arrayContaining([trainingSet.fileDigest, report.importance?.modelDigest]),
  );
});

/** A model of two raw columns, under the names of features: `weight` times the first, and the second. */
function columnModel(names: readonly [string, string], weight: number): Uint8Array<ArrayBuffer> {
  const { graph, ...model } = fromBinary(ModelProtoSchema, linearModel([weight]));
  const [input, product] = [graph?.input[0], graph?.node[0]];
  if (!graph || !input || !product) return expect.unreachable("it has a graph");
  graph.input = names.map((name) => ({ ...input, name }));
  const [first, second] = names;
  graph.node = [
    { ...product, input: [first, "weights"], output: ["product"] },
    { ...product, opType: "Add", input: ["product", second], output: ["score"] },
  ];
  return Uint8Array.from(toBinary(ModelProtoSchema, { ...model, graph }));
}

test("releases tell which features of the service nobody reads: models of raw columns name them", async () => {
  const { registry, releases, parent } = platform.connection;
  const released = async (modelVersion: string, inputTensor: string) => {
    const value = { inputTensor, outputTensor: "score" };
    const graph = { nodes: [{ name: "score", kind: { case: "model" as const, value } }], outputNode: "score" };
    const features = { featureService: trainingSet.featureService };
    const manifest = { models: { score: { modelVersion } }, graph, features };
    return (await releases.createRelease({ parent, manifest })).release?.name;
  };
  const { digest } = await uploadBytes(platform.connection, columnModel(["strong", "noise"], 2), ArtifactKind.MODEL);
  const version = { digest, format: ModelFormat.ONNX };
  const made = await registry.createModelVersion({ parent: model.replace(/\/versions\/.*/, ""), version });
  const columns = await released(made.version?.name ?? "", "");
  const some = await reportOn({ importance: { modelVersion: made.version?.name ?? "" } });
  const unread = ["sales__amount", "copy", "flat"];
  expect(some).toMatchObject({ releaseCount: 1n, unreadFeatures: unread });
  expect(some.figures[1]).toMatchObject({ readingReleaseCount: 1n, readingReleases: [columns] });
  expect(some.figures[1]?.importance?.low).toBeGreaterThan(50);
  // The model reads the noise, and is no better for it.
  expect(found(some, NecessityFindingKind.UNUSED)).toEqual([["sales__amount"], ["copy"], ["noise"], ["flat"]]);
  const whole = await released(model, "input");
  const all = await reportOn({});
  expect(all).toMatchObject({ releaseCount: 2n, unreadFeatures: [] });
  expect(all.figures.map((it) => it.readingReleases.includes(whole ?? ""))).toEqual(FEATURES.map(() => true));
  expect(found(all, NecessityFindingKind.UNUSED)).toEqual([]);
});

test("a gate reads the certificate that the feature store wrote: what it says of times and suspects decides", async () => {
  const { features, gates, registry, parent } = platform.connection;
  const setOf = async (delayS: bigint) => {
    const { operation } = await features.createTrainingSet({
      parent,
      featureService: trainingSet.featureService,
      spineDigest: trainingSet.spineDigest,
      cutoffColumn: "cutoff",
      labelColumns: ["target"],
      labelDelay: { seconds: delayS },
      timeSplit: { by: { case: "time", value: { seconds: START_S + 2_000_300n } } },
    });
    return (await wait(platform.connection, operation, CreateTrainingSetResultSchema)).trainingSet;
  };
  const addEvidence = async (digest = "") =>
    gates.addEvidence({ parent: model, evidence: { kind: { case: "certificate", value: { digest } } } });
  const promote = () => registry.transitionModelVersion({ name: model, stage: "Production" });
  const late = await setOf(60n);
  expect(late?.certificate?.suspects.map((it) => it.feature)).toEqual(["strong", "copy"]);
  await addEvidence(late?.certificateDigest);
  const accepted = ["strong", "copy"].map((feature) => ({ feature, reason: "measured before the cut-off" }));
  const gate = (acceptedSuspects: typeof accepted) => ({
    name: `${model.replace(/\/versions\/.*/, "")}/gates/leakage`,
    targets: ["stages/Production"],
    condition: { case: "certificate" as const, value: { acceptedSuspects, timeSplit: true, labelTimes: true } },
  });
  await gates.setGate({ gate: gate([]) });
  await expect(promote()).rejects.toThrow(
    /2 suspect features \(strong tells target with 0\.9\d* by pearson, .*; the time split did not hold \(59 of 300 rows to train on/,
  );
  await gates.setGate({ gate: gate(accepted) });
  await expect(promote()).rejects.toThrow("the time split did not hold");
  await addEvidence((await setOf(1n))?.certificateDigest);
  await promote();
  const { decisions } = await gates.listGateDecisions({ parent: model.replace(/\/versions\/.*/, "") });
  expect(decisions[0]?.report?.results[0]?.sentence).toMatch(
    /passed with 0 suspect features besides 2 accepted .*the time split held, no label was known at its cut-off/,
  );
});

test("what cannot be measured is refused before anything is done, with what to change", async () => {
  const { registry } = platform.connection;
  const narrow = await uploadBytes(platform.connection, linearModel([1, 2]), ArtifactKind.MODEL);
  const version = { digest: narrow.digest, format: ModelFormat.ONNX };
  const other = await registry.createModelVersion({ parent: model.replace(/\/versions\/.*/, ""), version });
  await expect(reportOn({ importance: { modelVersion: other.version?.name ?? "" } })).rejects.toThrow(
    "its input input is FP32[-1, 2], not FP32[-1, 5]",
  );
  await expect(reportOn({ importance: { modelVersion: model, outputColumn: 3 } })).rejects.toThrow("has 1 columns");
  const wrong = {
    label: "shop",
    costs: { price: 1 },
    importance: { modelVersion: model, groups: [{ features: ["x"] }] },
  };
  await expect(reportOn(wrong)).rejects.toThrow(/label: "shop" is no label.*costs\["price"\].*groups\[0\]/);
  const logLoss = { modelVersion: model, loss: ImportanceLoss.LOG_LOSS };
  await expect(reportOn({ importance: logLoss })).rejects.toThrow("a log loss needs a label of 0 and 1");
  expect(platform.bugs).toEqual([]);
});

test("what the caller's trainer found without a feature decides, and is kept", async () => {
  const estimate = (value: number, low: number, high: number) => ({ value, low, high });
  const dropCosts = { strong: estimate(40, 30, 50), noise: estimate(0.5, 0.25, 0.75), flat: estimate(0, -1, 1) };
  const dropOne = {
    trainer: "a forest",
    seeds: [1n, 2n],
    rowCount: 100n,
    loss: ImportanceLoss.SQUARED_ERROR,
    baseLoss: 0.5,
  };
  const importance = { modelVersion: model, rowCount: 300, repeatCount: 3 };
  const found = await reportOn({ dropCosts, dropOne, importance });
  expect(found.dropOne).toMatchObject(dropOne);
  const costs = new Map(found.figures.map((it) => [it.feature, it.dropCost]));
  expect(costs.get("strong")).toMatchObject(dropCosts.strong);
  expect(costs.get("copy")).toBeUndefined();
  const unused = found.findings.filter((it) => it.kind === NecessityFindingKind.UNUSED);
  // Shuffling says that the noise is not needed, training without it says otherwise.
  expect(unused.map((it) => it.features)).toEqual([["sales__amount"], ["copy"], ["flat"]]);
  expect(unused[2]?.evidence).toMatchObject({ dropCost: 0, dropCostLow: -1, dropCostHigh: 1 });
  expect(found.notes).toContain("What models lose that are trained without a feature is what the request says.");
  await expect(reportOn({ dropOne })).rejects.toThrow("drop_one: it comes with `drop_costs` alone");
  const refused = reportOn({ dropCosts: { none: estimate(0, 0, 0), flat: estimate(2, 0, 1) } });
  const error = ConnectError.from(await refused.catch((it: unknown) => it));
  expect(error.message).toContain('drop_costs["none"]: it is no feature of the service');
  expect(error.message).toContain('drop_costs["flat"]: `low`, `value` and `high` have to be finite and ascend');
});
