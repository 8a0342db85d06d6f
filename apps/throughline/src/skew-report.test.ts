import { setTimeout as delay } from "node:timers/promises";
import type { MessageInitShape } from "@bufbuild/protobuf";
import { wait } from "@throughline/client";
import { RevertResultSchema } from "@throughline/contracts/throughline/features/v1/data_version_service_pb";
import { AggregateFunction, type FeatureService } from "@throughline/contracts/throughline/features/v1/definition_pb";
import {
  FileFormat,
  LoadSourceResultSchema,
  MaterializeResultSchema,
} from "@throughline/contracts/throughline/features/v1/feature_store_service_pb";
import { SkewCauseKind, type SkewReport } from "@throughline/contracts/throughline/features/v1/skew_report_pb";
import {
  type CreateSkewReportRequestSchema,
  CreateSkewReportResultSchema,
} from "@throughline/contracts/throughline/features/v1/skew_service_pb";
import { LineageDirection } from "@throughline/contracts/throughline/lineage/v1/lineage_service_pb";
import type { FeatureValue } from "@throughline/kernel";
import { fromNs, valueFromProto } from "@throughline/rpc";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { uploadTable } from "./testing-parquet.ts";
import { type PlatformForTests, platformForTests } from "./testing-platform.ts";
import { createShop, deploy, makeRelease, registerModel, SHOP, timestamp, values } from "./testing-shop.ts";

/** What was served beside what the join gives, over gRPC and with the real router. Each test has days of its own. */
let platform: PlatformForTests;
let deployment = "";
let service: FeatureService;

const START_S = 1_700_000_000n;
const HOUR_S = 3_600n;
const DAY_S = 86_400n;
/** Days that one test uses. */
const SPAN_S = 20n * DAY_S;
const TTL_S = 6n * HOUR_S;
let days = 0n;
const nextDays = (): bigint => {
  days += 1n;
  return START_S + days * SPAN_S;
};
const timeOf = (seconds: bigint) => fromNs(seconds * 1_000_000_000n);

interface Sale {
  readonly shop: string;
  readonly amount: bigint;
  readonly timeS: bigint;
  readonly knownS: bigint;
}

interface Question {
  readonly shop: string;
  readonly asOfS: bigint;
}

/** The last sale within six hours, and sum and mean over a number of days: three features, as the model takes. */
async function applyFeatures(windowDays: bigint): Promise<FeatureService> {
  const { features, parent } = platform.connection;
  const window = { seconds: windowDays * DAY_S };
  const aggregate = (fn: AggregateFunction) => ({
    case: "aggregate" as const,
    value: { function: fn, column: "amount", window },
  });
  const { featureView } = await features.applyFeatureView({
    parent,
    featureViewId: SHOP.view,
    featureView: {
      entity: `${parent}/entities/${SHOP.entity}`,
      source: `${parent}/sources/${SHOP.source}`,
      ttl: { seconds: TTL_S },
      features: [
        { name: "amount", kind: { case: "column", value: "amount" } },
        { name: "total", kind: aggregate(AggregateFunction.SUM) },
        { name: "mean", kind: aggregate(AggregateFunction.MEAN) },
      ],
    },
  });
  const { featureService } = await features.applyFeatureService({
    parent,
    featureServiceId: SHOP.service,
    featureService: { views: [{ view: featureView?.name ?? "", version: featureView?.version ?? 0n }] },
  });
  if (!featureService) throw new Error("no service");
  return featureService;
}

const rowOf = ({ shop, amount, timeS, knownS }: Sale): Record<string, FeatureValue> => ({
  shop,
  amount,
  time: timestamp(timeS),
  known: timestamp(knownS),
});

/** Pushes sales, and gives the data version. The clock's next tick is waited for, so that what was served before is before. */
async function push(sales: readonly Sale[]): Promise<bigint> {
  const { features, parent } = platform.connection;
  await delay(3);
  const source = `${parent}/sources/${SHOP.source}`;
  const { segment } = await features.pushRows({ source, rows: sales.map((it) => ({ values: values(rowOf(it)) })) });
  return segment?.dataVersion ?? 0n;
}

const nameOf: Record<string, Question> = {};

async function ask(questions: readonly Question[]): Promise<void> {
  await delay(3);
  for (const it of questions) {
    const entity = values({ shop: it.shop });
    const answer = await platform.connection.inference.predict({ deployment, entity, asOf: timeOf(it.asOfS) });
    nameOf[answer.prediction] = it;
  }
}

type Asked = MessageInitShape<typeof CreateSkewReportRequestSchema>;

async function report(startS: bigint, more: Asked = {}): Promise<SkewReport> {
  const { connection } = platform;
  const window = { startTime: timeOf(startS), endTime: timeOf(startS + SPAN_S) };
  const asked = { parent: connection.parent, deployment, ...window, exampleCount: 100, ...more };
  const { operation } = await connection.skew.createSkewReport(asked);
  const { skewReport } = await wait(connection, operation, CreateSkewReportResultSchema);
  if (!skewReport) throw new Error("no report");
  return skewReport;
}

/** The features of a question by plain loops over sales. */
function expected(sales: readonly Sale[], { shop, asOfS }: Question, windowDays = 1n): readonly FeatureValue[] {
  const known = sales.filter((it) => it.shop === shop && it.knownS <= asOfS && it.timeS <= asOfS);
  const last = known.toSorted((a, b) => Number(a.timeS - b.timeS || a.knownS - b.knownS)).at(-1);
  const inWindow = known.filter((it) => it.knownS > asOfS - windowDays * DAY_S);
  const total = inWindow.reduce((sum, it) => sum + it.amount, 0n);
  const isFresh = last !== undefined && asOfS - last.timeS <= TTL_S;
  if (inWindow.length === 0) return [isFresh ? last.amount : null, null, null];
  return [isFresh ? last.amount : null, total, Number(total) / inWindow.length];
}

const NAMES = ["sales__amount", "sales__total", "sales__mean"];

/** What a report says, feature by feature, beside what plain loops say of the same questions. */
function expectExactly(
  found: SkewReport,
  questions: readonly Question[],
  sides: {
    readonly served: (it: Question) => readonly FeatureValue[];
    readonly joined: (it: Question) => readonly FeatureValue[];
  },
): void {
  NAMES.forEach((name, i) => {
    const rows = questions
      .map((it) => ({ question: it, served: sides.served(it)[i] ?? null, joined: sides.joined(it)[i] ?? null }))
      .filter((it) => it.served !== it.joined);
    const feature = found.features.find((it) => it.feature === name);
    expect(feature?.differingCount).toBe(BigInt(rows.length));
    expect(feature?.servedMissingCount).toBe(BigInt(rows.filter((it) => it.served === null).length));
    expect(feature?.joinedMissingCount).toBe(BigInt(rows.filter((it) => it.joined === null).length));
    const distances = rows.flatMap((it) =>
      it.served === null || it.joined === null ? [] : [Math.abs(Number(it.served) - Number(it.joined))],
    );
    expect(feature?.absoluteDifferenceMax).toEqual(distances.length === 0 ? undefined : Math.max(...distances));
    const told = feature?.examples.map((it) => ({
      question: nameOf[it.prediction],
      served: valueFromProto(it.served),
      joined: valueFromProto(it.joined),
    }));
    expect(new Set(told)).toEqual(new Set(rows));
  });
  const differing = questions.filter((it) => sides.served(it).some((value, i) => value !== sides.joined(it)[i]));
  expect(found.differingRowCount).toBe(BigInt(differing.length));
  expect(found.rowCount).toBe(BigInt(questions.length));
}

const causesOf = (found: SkewReport) =>
  new Set(found.features.flatMap((it) => it.causes.map(({ kind }) => SkewCauseKind[kind])));

beforeAll(async () => {
  platform = await platformForTests();
  const { connection } = platform;
  await createShop(connection);
  service = await applyFeatures(1n);
  const { operation } = await connection.features.materialize({ featureService: service.name });
  await wait(connection, operation, MaterializeResultSchema);
  const version = await registerModel(connection, { id: "shops", fixture: "logistic3" });
  const release = await makeRelease(connection, { version, fixture: "logistic3", service });
  deployment = await deploy(connection, "shops", release);
});

afterAll(() => platform?.stop());

/** Sales in the first days of a test. */
const salesOf = (startS: bigint): readonly Sale[] =>
  Array.from({ length: 24 }, (_, i) => {
    const timeS = startS + BigInt(i) * HOUR_S;
    return { shop: `shop-${i % 3}`, amount: BigInt((i * 5) % 7), timeS, knownS: timeS + 60n };
  });
const questionsOf = (startS: bigint): readonly Question[] =>
  Array.from({ length: 18 }, (_, i) => ({ shop: `shop-${i % 4}`, asOfS: startS + BigInt(i) * 2n * HOUR_S + 600n }));

describe("a skew report", () => {
  test("finds no difference when nothing changed since, whatever came late, twice or never", async () => {
    const sale = fc.record({
      shop: fc.constantFrom("a", "b"),
      amount: fc.bigInt({ min: -5n, max: 5n }),
      minute: fc.nat({ max: 2_880 }),
      late: fc.nat({ max: 600 }),
    });
    const question = fc.record({ shop: fc.constantFrom("a", "b", "c"), minute: fc.nat({ max: 4_320 }) });
    const property = fc.asyncProperty(
      fc.array(sale, { minLength: 1, maxLength: 20 }),
      fc.array(question, { minLength: 1, maxLength: 12 }),
      async (given, asked) => {
        const startS = nextDays();
        const at = (minute: number): bigint => startS + BigInt(minute) * 60n;
        const shopOf = (shop: string): string => `${shop}-${days}`;
        const sales = given.map(({ shop, amount, minute, late }) => ({
          shop: shopOf(shop),
          amount,
          timeS: at(minute),
          knownS: at(minute + late),
        }));
        await push(sales);
        const questions = asked.map((it) => ({ shop: shopOf(it.shop), asOfS: at(it.minute) }));
        await ask(questions);
        const found = await report(startS);
        expect(found.rowCount).toBe(BigInt(questions.length));
        expect(found.differingRowCount).toBe(0n);
        for (const it of found.features) expect(it).toMatchObject({ differingCount: 0n, causes: [], examples: [] });
      },
    );
    await fc.assert(property, { numRuns: 5 });
  });

  test("finds what a late backfill changes, row by row, and names the commit", async () => {
    const startS = nextDays();
    const sales = salesOf(startS);
    const questions = questionsOf(startS);
    await push(sales);
    await ask(questions);
    const timeS = startS + 10n * HOUR_S + 300n;
    const late = [{ shop: "shop-1", amount: 100n, timeS, knownS: timeS + 60n }];
    const version = await push(late);
    const found = await report(startS);
    expectExactly(found, questions, {
      served: (it) => expected(sales, it),
      joined: (it) => expected([...sales, ...late], it),
    });
    expect(causesOf(found)).toEqual(new Set(["LATE_DATA"]));
    for (const { causes, differingCount } of found.features) {
      expect(causes).toMatchObject([{ rowCount: differingCount, dataVersions: [version] }]);
      expect(causes[0]?.description).toContain(`data version ${version} (push of source sales`);
    }
    // Before the backfill there was no difference.
    expect((await report(startS, { dataVersion: version - 1n })).differingRowCount).toBe(0n);
  });

  test("finds what a revert took out, and tells it from what came in", async () => {
    const startS = nextDays();
    const sales = salesOf(startS);
    const questions = questionsOf(startS);
    await push(sales);
    const poison = [
      { ...sales[4], shop: "shop-2", amount: 9n, timeS: startS + 6n * HOUR_S, knownS: startS + 6n * HOUR_S },
    ];
    const poisoned = await push(poison);
    await ask(questions);
    const { connection } = platform;
    await delay(3);
    const name = `${connection.parent}/dataVersions/${poisoned}`;
    const { operation } = await connection.dataVersions.revertDataVersion({ name, reason: "poison" });
    const { dataVersion } = await wait(connection, operation, RevertResultSchema);
    const late = [{ shop: "shop-0", amount: 50n, timeS: startS + 7n * HOUR_S, knownS: startS + 7n * HOUR_S }];
    const came = await push(late);
    const found = await report(startS);
    expectExactly(found, questions, {
      served: (it) => expected([...sales, ...poison], it),
      joined: (it) => expected([...sales, ...late], it),
    });
    const versions = Object.fromEntries(
      found.features[0]?.causes.map(({ kind, dataVersions }) => [SkewCauseKind[kind], dataVersions]) ?? [],
    );
    expect(versions).toEqual({ TAKEN_BACK: [dataVersion?.number], LATE_DATA: [came] });
  });

  test("finds what was in the data and not yet online", async () => {
    const startS = nextDays();
    const sales = salesOf(startS);
    const questions = questionsOf(startS);
    const { connection, dir } = platform;
    const digest = await uploadTable(connection, dir, {
      columns: [
        { name: "shop", type: "string" },
        { name: "amount", type: "int64" },
        { name: "time", type: "timestamp" },
        { name: "known", type: "timestamp" },
      ],
      rows: sales.map((it) => Object.values(rowOf(it))),
    });
    const source = `${connection.parent}/sources/${SHOP.source}`;
    const loading = await connection.features.loadSource({ source, digest, format: FileFormat.PARQUET });
    const { segment } = await wait(connection, loading.operation, LoadSourceResultSchema);
    await ask(questions);
    const found = await report(startS);
    expectExactly(found, questions, { served: () => [null, null, null], joined: (it) => expected(sales, it) });
    expect(causesOf(found)).toEqual(new Set(["NOT_ONLINE"]));
    expect(found.features[0]?.causes[0]).toMatchObject({ dataVersions: [segment?.dataVersion] });
    const { operation } = await connection.features.materialize({ featureService: service.name });
    await wait(connection, operation, MaterializeResultSchema);
  });

  test("finds what another version of the view gives, and says in which fields it differs", async () => {
    const startS = nextDays();
    const sales = salesOf(startS);
    const questions = questionsOf(startS);
    await push(sales);
    await ask(questions);
    const wider = await applyFeatures(2n);
    expect((await report(startS)).notes).toEqual(["View sales is joined at version 1; its current version is 2."]);
    const found = await report(startS, { featureServiceVersion: wider.version });
    expectExactly(found, questions, {
      served: (it) => expected(sales, it),
      joined: (it) => expected(sales, it, 2n),
    });
    expect(causesOf(found)).toEqual(new Set(["VIEW_CHANGED"]));
    const total = found.features.find((it) => it.feature === "sales__total");
    expect(total).toMatchObject({ viewVersion: 2n, servedViewVersion: 1n });
    expect(total?.causes[0]?.description).toContain("features[1].window, features[2].window");
    expect(total?.distances?.jensenShannon).toBeGreaterThan(0);
    expect(found.features.find((it) => it.feature === "sales__amount")?.distances?.jensenShannon).toBe(0);
  });

  test("is the same for the same predictions and data, listed, on the thread, and reachable over REST", async () => {
    const startS = nextDays();
    await push(salesOf(startS));
    await ask(questionsOf(startS));
    const found = await report(startS);
    expect(await report(startS)).toEqual(found);
    const { connection, httpUrl } = platform;
    const { skewReports } = await connection.skew.listSkewReports({ parent: connection.parent, pageSize: 1 });
    expect(skewReports.map((it) => it.name)).toEqual([found.name]);
    const before = await connection.skew.listSkewReports({
      parent: connection.parent,
      asOf: { seconds: 1n, nanos: 0 },
    });
    expect(before.skewReports).toEqual([]);
    const rest = (await (await fetch(`${httpUrl}/v1/${found.name}`)).json()) as { skewReport: { rowCount: string } };
    expect(rest.skewReport.rowCount).toBe(String(found.rowCount));
    const { artifacts } = await connection.lineage.getLineage({
      project: connection.parent,
      start: found.digest,
      direction: LineageDirection.UPSTREAM,
      depth: 100,
    });
    const segments = found.logSegments.map((it) => it.digest);
    expect(artifacts.map((it) => it.digest)).toEqual(expect.arrayContaining([found.predictionsDigest, ...segments]));
  });
});
