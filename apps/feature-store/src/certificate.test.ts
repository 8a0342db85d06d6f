import type { MessageInitShape } from "@bufbuild/protobuf";
import type { CreateTrainingSetRequestSchema } from "@throughline/contracts/throughline/features/v1/feature_store_service_pb";
import { FileFormat } from "@throughline/contracts/throughline/features/v1/feature_store_service_pb";
import {
  type LeakageCertificate,
  SuspicionMeasure,
} from "@throughline/contracts/throughline/features/v1/training_set_pb";
import { ValueType } from "@throughline/contracts/throughline/type/v1/value_pb";
import { digestOfBytes } from "@throughline/kernel";
import type { Column, Row } from "@throughline/tables";
import { afterAll, beforeAll, expect, test } from "vitest";
import { trainingSetResult } from "./testing-operations.ts";
import { type TestPlatform, testPlatform } from "./testing-platform.ts";

const PARENT = "projects/p";
const column = (name: string, type: ValueType) => ({ name, type });
const { INT64, STRING, TIMESTAMP } = ValueType;
const START_NS = 1_700_000_000_000_000_000n;
const HOUR_NS = 3_600_000_000_000n;
const at = (hour: number) => ({ ns: START_NS + BigInt(Math.round(hour * 3_600_000)) * 1_000_000n });

/** Of two planes one reports every hour, the other stopped after the tenth; a third one never did. */
const EVENTS: readonly Row[] = [
  ...Array.from({ length: 200 }, (_, i): Row => [1n, at(i), at(i), BigInt((i * 7919) % 13), null]),
  ...Array.from({ length: 10 }, (_, i): Row => [2n, at(i), at(i), BigInt(i), "spare"]),
];
const SPINE_COLUMNS: readonly Column[] = [
  { name: "plane", type: "int64" },
  { name: "at", type: "timestamp" },
  { name: "verdict", type: "string" },
  { name: "landed", type: "timestamp" },
  { name: "part", type: "string" },
  { name: "desk", type: "string" },
  { name: "note", type: "string" },
];

/** The desk is made from the verdict; the note is there only if the verdict is `late`; no number tells anything. */
const SPINE: readonly Row[] = Array.from({ length: 150 }, (_, i): Row => {
  const verdict = (i * i) % 7 < 3 ? "late" : "on time";
  const desk = verdict === "late" ? ["a", "b"][i % 2] : ["c", "d"][i % 2];
  return [
    BigInt((i % 3) + 1),
    at(i + 0.5),
    verdict,
    at(i + (i === 20 ? 0.25 : 2.5)),
    i < 100 ? "train" : "test",
    desk ?? "",
    verdict === "late" ? "seen" : null,
  ];
});

let platform: TestPlatform;
let spineDigest = "";
/** Of a set whose request says nothing of times. */
let plain: LeakageCertificate | undefined;

beforeAll(async () => {
  platform = await testPlatform();
  const { features } = platform;
  await features.createEntity({ parent: PARENT, entityId: "plane", entity: { keys: [column("plane", INT64)] } });
  const source = {
    columns: [
      column("plane", INT64),
      column("happened", TIMESTAMP),
      column("known", TIMESTAMP),
      column("load", INT64),
      column("state", STRING),
    ],
    eventTimeColumn: "happened",
    knowledgeTime: { case: "knowledgeTimeColumn" as const, value: "known" },
  };
  await features.createSource({ parent: PARENT, sourceId: "reports", source });
  const columns = ["plane", "happened", "known", "load", "state"].map((name) => ({
    name,
    type:
      name === "state"
        ? ("string" as const)
        : name === "plane" || name === "load"
          ? ("int64" as const)
          : ("timestamp" as const),
  }));
  const digest = await platform.upload(columns, EVENTS);
  const load = { source: `${PARENT}/sources/reports`, digest, format: FileFormat.PARQUET };
  await platform.ended((await features.loadSource(load)).operation);
  const featureView = {
    entity: `${PARENT}/entities/plane`,
    source: `${PARENT}/sources/reports`,
    features: [{ name: "load", kind: { case: "column" as const, value: "load" } }],
    ttl: { seconds: 4n * 3600n },
  };
  await features.applyFeatureView({ parent: PARENT, featureViewId: "reports", featureView });
  const featureService = {
    views: [{ view: `${PARENT}/featureViews/reports` }],
    requestFeatures: [column("desk", STRING), column("note", STRING)],
  };
  await features.applyFeatureService({ parent: PARENT, featureServiceId: "all", featureService });
  spineDigest = await platform.upload(SPINE_COLUMNS, SPINE);
  plain = (await made({}))?.certificate;
});
afterAll(() => platform.close());

const made = async (said: MessageInitShape<typeof CreateTrainingSetRequestSchema>) => {
  const request = {
    parent: PARENT,
    featureService: `${PARENT}/featureServices/all`,
    spineDigest,
    cutoffColumn: "at",
    labelColumns: ["verdict"],
    certificateSeed: 3n,
  };
  const { operation } = await platform.features.createTrainingSet({ ...request, ...said });
  return trainingSetResult(await platform.ended(operation));
};

test("features of any type are suspected of labels of any type, with what a missing value tells", () => {
  const certificate = plain;
  expect(certificate).toMatchObject({ passed: true, comparedRowCount: 150n });
  expect(certificate?.suspects).toMatchObject([
    { feature: "desk", label: "verdict", measure: SuspicionMeasure.CRAMERS_V, correlation: 0, rowCount: 150n },
    { feature: "note", label: "verdict", measure: SuspicionMeasure.INFORMATION, shareToldByMissing: 1 },
  ]);
  for (const it of certificate?.suspects ?? []) expect(it.strength).toBeGreaterThan(0.95);
});

test("rows that a view had no value for are counted by whether there was none or it was too old", () => {
  // Plane 1 reports to the end; plane 2's last report of hour 9 is too old after 13 hours; plane 3 never reported.
  const old = SPINE.filter(([plane, cut]) => plane === 2n && (cut as { ns: bigint }).ns > START_NS + 13n * HOUR_NS);
  const never = SPINE.filter(([plane]) => plane === 3n);
  expect(plain?.absences).toMatchObject([
    {
      view: `${PARENT}/featureViews/reports`,
      viewVersion: 1n,
      unknownRowCount: BigInt(never.length),
      expiredRowCount: BigInt(old.length),
    },
  ]);
});

test("label times and the split are checked where they are declared, and nothing is said of them otherwise", async () => {
  expect([plain?.labelTimes, plain?.timeSplit]).toEqual([undefined, undefined]);
  expect(plain?.firstCutoffTime?.seconds).toBe((START_NS + HOUR_NS / 2n) / 1_000_000_000n);
  const split = { by: { case: "column" as const, value: "part" } };
  const set = await made({ labelTimeColumn: "landed", timeSplit: split });
  expect(set?.certificate).toMatchObject({
    passed: true,
    labelTimes: {
      column: "landed",
      rowCount: 150n,
      unknownRowCount: 0n,
      knownAtCutoffRowCount: 1n,
      leastWait: { seconds: -900n },
      mostWait: { seconds: 7_200n },
    },
    // The last plane to train on landed after the first one to test on had left.
    timeSplit: {
      held: false,
      usesLabelTimes: true,
      trainRowCount: 100n,
      testRowCount: 50n,
      lateTrainRowCount: 1n,
      earlyTestRowCount: 1n,
      testEntityCount: 3n,
      sharedEntityCount: 3n,
    },
  });
  const text = await bytesOf(set?.certificateDigest ?? "");
  expect(digestOfBytes(text)).toBe(set?.certificateDigest);
  expect(JSON.parse(text)).toMatchObject({
    passed: true,
    training_set_digest: set?.digest,
    label_times: { column: "landed", known_at_cutoff_row_count: 1, least_wait: "-900000000000" },
    time_split: { split: { column: "part" }, held: false, late_train_row_count: 1 },
    suspects: [{ feature: "desk", measure: "CRAMERS_V" }, { feature: "note" }],
  });
  const { trainingSet } = await platform.features.getTrainingSet({ name: set?.name ?? "" });
  expect(trainingSet).toEqual(set);
});

test("a split at a time holds if labels are known at once, and not with a delay of reporting", async () => {
  const split = { by: { case: "time" as const, value: { seconds: START_NS / 1_000_000_000n + 100n * 3600n } } };
  const atOnce = await made({ timeSplit: split });
  expect(atOnce?.certificate?.timeSplit).toMatchObject({ held: true, usesLabelTimes: false });
  const delayed = await made({ timeSplit: split, labelDelay: { seconds: 3n * 3600n } });
  expect(delayed?.certificate?.timeSplit).toMatchObject({ held: false, lateTrainRowCount: 2n, earlyTestRowCount: 2n });
  expect(delayed?.certificate?.labelTimes).toMatchObject({ column: "", knownAtCutoffRowCount: 0n });
});

test("what the spine lacks for it is told at once", async () => {
  const split = { by: { case: "column" as const, value: "plane" } };
  await expect(made({ labelTimeColumn: "verdict", timeSplit: split })).rejects.toThrow(
    /label_time_column: column "verdict" is string.*time_split.column: column "plane" is int64/,
  );
});

async function bytesOf(digest: string): Promise<string> {
  const pieces: Uint8Array[] = [];
  for await (const it of platform.blobs.get(digest as `sha256:${string}`)) pieces.push(it);
  return Buffer.concat(pieces).toString("utf8");
}
