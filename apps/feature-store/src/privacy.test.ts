import { anyUnpack } from "@bufbuild/protobuf/wkt";
import {
  ColumnClass,
  type PrivacyReport,
  UnlistedColumns,
} from "@throughline/contracts/throughline/features/v1/privacy_pb";
import { CreatePrivacyReportResultSchema } from "@throughline/contracts/throughline/features/v1/privacy_service_pb";
import { ValueType } from "@throughline/contracts/throughline/type/v1/value_pb";
import type { Digest, FeatureValue } from "@throughline/kernel";
import { reasonOf, valueToProto } from "@throughline/rpc";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { trainingSetResult } from "./testing-operations.ts";
import { type TestPlatform, testPlatform } from "./testing-platform.ts";

const PARENT = "projects/p";
const SOURCE = `${PARENT}/sources/people`;
const POLICY = `${SOURCE}/privacyPolicy`;
const SPINES = `${PARENT}/privacyPolicy`;
const SERVICE = `${PARENT}/featureServices/f`;
const column = (name: string, type: ValueType) => ({ name, type });
const COLUMNS = [
  column("person", ValueType.STRING),
  column("at", ValueType.TIMESTAMP),
  column("age", ValueType.INT64),
  column("zip", ValueType.STRING),
  column("illness", ValueType.STRING),
  column("visits", ValueType.FLOAT64),
];
const KEYS = [
  { version: 1, secret: Buffer.alloc(32, 1) },
  { version: 2, secret: Buffer.alloc(32, 2) },
];

let platform: TestPlatform;
let spine: Digest;
beforeAll(async () => {
  platform = await testPlatform(undefined, { privacyKeys: KEYS });
  const { features } = platform;
  await features.createEntity({ parent: PARENT, entityId: "e", entity: { keys: COLUMNS.slice(0, 1) } });
  const knowledgeTime = { case: "knowledgeDelay" as const, value: {} };
  const source = { columns: COLUMNS, eventTimeColumn: "at", knowledgeTime };
  await features.createSource({ parent: PARENT, sourceId: "people", source });
  const kinds = ["person", "age", "zip", "illness", "visits"].map((name) => ({
    name,
    kind: { case: "column" as const, value: name },
  }));
  const count = { function: 1, column: "", window: { seconds: 1_000n } };
  const featureView = {
    entity: `${PARENT}/entities/e`,
    source: SOURCE,
    features: [...kinds, { name: "rows", kind: { case: "aggregate" as const, value: count } }],
  };
  await features.applyFeatureView({ parent: PARENT, featureViewId: "v", featureView });
  const views = [{ view: `${PARENT}/featureViews/v` }];
  await features.applyFeatureService({ parent: PARENT, featureServiceId: "f", featureService: { views } });
  await features.pushRows({ source: SOURCE, rows: PEOPLE.map(rowOf) });
  spine = await platform.upload(
    [
      { name: "person", type: "string" },
      { name: "cut", type: "timestamp" },
      { name: "label", type: "int64" },
    ],
    PEOPLE.map(([person], i) => [person, { ns: 1_000n }, BigInt(i % 2)]),
  );
});
afterAll(() => platform.close());

type Person = readonly [person: string, age: number, zip: string, illness: string];
const PEOPLE: readonly Person[] = [
  ["ann", 21, "10115", "flu"],
  ["bob", 24, "10117", "cold"],
  ["cyd", 29, "10119", "flu"],
  ["dan", 45, "20095", "flu"],
  ["eve", 47, "20097", "gout"],
  ["fay", 62, "80331", "cold"],
];
const rowOf = ([person, age, zip, illness]: Person) => ({
  values: {
    person: valueToProto(person),
    at: valueToProto({ ns: 1n }),
    age: valueToProto(BigInt(age)),
    zip: valueToProto(zip),
    illness: valueToProto(illness),
    visits: valueToProto(age / 2),
  },
});

const use = (purpose: string, kind: object) => ({ purposes: [purpose], treatment: { kind } as never });
const KEEP = { case: "keep", value: {} };
const RULES = [
  {
    column: "person",
    class: ColumnClass.IDENTIFIER,
    uses: [use("audit", KEEP), use("model", { case: "pseudonym", value: { domain: "person" } })],
  },
  {
    column: "age",
    class: ColumnClass.QUASI_IDENTIFIER,
    uses: [use("audit", KEEP), use("model", { case: "range", value: { edges: [30, 60] } })],
  },
  {
    column: "zip",
    class: ColumnClass.QUASI_IDENTIFIER,
    uses: [use("audit", KEEP), use("model", { case: "prefix", value: { characters: 2 } })],
  },
  { column: "illness", class: ColumnClass.SENSITIVE, uses: [use("audit", KEEP), use("model", KEEP)] },
  {
    column: "visits",
    class: ColumnClass.OPEN,
    uses: [use("model", { case: "noise", value: { kind: 1, low: 0, high: 50, sensitivity: 50, epsilon: 1 } })],
  },
];
const setPolicy = async (policy: object = {}, name = POLICY) =>
  (await platform.privacy.setPrivacyPolicy({ policy: { name, columns: RULES, ...policy }, reason: "a test" })).policy;
const create = async (purpose: string, more: object = {}) => {
  const request = { parent: PARENT, featureService: SERVICE, spineDigest: spine, cutoffColumn: "cut", purpose };
  const { operation } = await platform.features.createTrainingSet({ ...request, labelColumns: ["label"], ...more });
  const made = trainingSetResult(await platform.ended(operation));
  if (!made) throw new Error("there is no training set");
  return made;
};
const rowsOf = async (fileDigest: string): Promise<readonly Readonly<Record<string, FeatureValue>>[]> => {
  const path = await platform.blobs.localFile(fileDigest as Digest);
  const { rows, columns } = await platform.tables.readRows({ segments: [path], limit: 100 });
  return rows.map((row) => Object.fromEntries(columns.map((it, i) => [it.name, row[i] ?? null])));
};
const failure = async (work: Promise<unknown>): Promise<string> =>
  work.then(
    () => "",
    (error: unknown) => (error instanceof Error ? error.message : String(error)),
  );

describe("a privacy policy", () => {
  test("is kept in versions, each with who set it, why and when, and is read at any of them", async () => {
    expect(reasonOf(await platform.privacy.getPrivacyPolicy({ name: POLICY }).catch((it: unknown) => it))).toBe(
      "NOT_FOUND",
    );
    const first = await setPolicy();
    expect(first).toMatchObject({ version: 1n, reason: "a test", name: POLICY });
    expect((await setPolicy())?.version).toBe(1n);
    const second = await setPolicy({ unlisted: UnlistedColumns.REFUSE });
    expect(second?.version).toBe(2n);
    expect((await platform.privacy.getPrivacyPolicy({ name: POLICY, version: 1n })).policy).toEqual(first);
    const moved = { policy: { name: POLICY, columns: RULES }, expectedVersion: 1n };
    expect(reasonOf(await platform.privacy.setPrivacyPolicy(moved).catch((it: unknown) => it))).toBe("POLICY_MOVED");
    await setPolicy();
    const { policies } = await platform.privacy.listPrivacyPolicyVersions({ name: POLICY });
    expect(policies.map((it) => it.version)).toEqual([3n, 2n, 1n]);
    expect(policies[0]?.digest).toBe(first?.digest);
    const { source } = await platform.features.getSource({ name: SOURCE });
    expect(source?.privacyPolicy?.version).toBe(3n);
  });

  test("that cannot be used is refused with everything that is wrong", async () => {
    const columns = [
      { column: "person", class: ColumnClass.IDENTIFIER, uses: [{ purposes: ["*"], treatment: { kind: KEEP } }] },
      { column: "nobody", class: ColumnClass.OPEN },
    ];
    const policy = { name: POLICY, columns: columns as never };
    const error = await platform.privacy.setPrivacyPolicy({ policy }).catch((it: unknown) => it);
    expect(reasonOf(error)).toBe("PRIVACY_POLICY");
    const unfit = [{ column: "age", class: 3, uses: [use("x", { case: "prefix", value: { characters: 1 } })] }];
    const wrong = { name: POLICY, columns: [...unfit, { column: "nobody", class: 1 }] };
    const told = await failure(platform.privacy.setPrivacyPolicy({ policy: wrong }));
    expect(told).toContain("columns[0].uses[0].treatment");
    expect(told).toContain('no column "nobody"');
  });

  test("is declared with the source, and a plan tells that it changes", async () => {
    const source = {
      name: SOURCE,
      columns: COLUMNS,
      eventTimeColumn: "at",
      knowledgeTime: { case: "knowledgeDelay" as const, value: {} },
      privacyPolicy: { columns: RULES, classRowCountMin: 7n },
    };
    const request = { parent: PARENT, definitions: { sources: [source] } };
    const planned = await platform.definitions.applyDefinitions({ ...request, dryRun: true });
    expect(planned.changes).toMatchObject([{ name: SOURCE, fields: ["privacyPolicy"] }]);
    await platform.definitions.applyDefinitions({ ...request, expectedPlanDigest: planned.planDigest });
    const { policy } = await platform.privacy.getPrivacyPolicy({ name: POLICY });
    expect(policy?.classRowCountMin).toBe(7n);
    const again = await platform.definitions.applyDefinitions(request);
    expect(again.changes[0]?.fields).toEqual([]);
    await setPolicy();
  });
});

describe("a training set", () => {
  test("without a purpose is refused with every column that may not be carried", async () => {
    const told = await failure(create(""));
    expect(told).toContain("PURPOSE_REFUSED");
    for (const name of ["person", "v__person", "v__age", "v__zip", "v__illness"]) expect(told).toContain(`${name} is `);
    expect(told).not.toContain("v__rows");
    expect(told).not.toContain("v__visits is");
    expect(await failure(create("audits"))).toContain("may be carried for audit, model alone, not for audits");
  });

  test("carries columns as they are for a purpose that permits it", async () => {
    const made = await create("audit");
    expect((await rowsOf(made.fileDigest)).map((it) => it["v__person"])).toEqual(PEOPLE.map(([it]) => it));
    expect(made.privacy).toMatchObject({ purpose: "audit", keyVersion: 0n, joinedDigest: made.digest });
    expect(made.privacy?.policies).toMatchObject([{ policy: POLICY }]);
  });

  test("has treated columns, the same bytes for the same request, and says what was done with which key", async () => {
    const made = await create("model");
    const rows = await rowsOf(made.fileDigest);
    expect(rows[0]).toMatchObject({ v__age: "(-inf, 30)", v__zip: "10*", v__illness: "flu", v__rows: 1n, label: 0n });
    expect(rows.map((it) => it["v__age"])).toEqual([
      ...["(-inf, 30)", "(-inf, 30)", "(-inf, 30)", "[30, 60)", "[30, 60)", "[60, inf)"],
    ]);
    // The key of the spine and the feature are one person, and so one token.
    for (const row of rows) expect(row["person"]).toBe(row["v__person"]);
    expect(new Set(rows.map((it) => it["person"])).size).toBe(PEOPLE.length);
    for (const row of rows) expect(row["person"]).toMatch(/^k2_/);
    expect(made.privacy).toMatchObject({ purpose: "model", keyVersion: 2n });
    expect(made.privacy?.columns.map((it) => [it.column, it.treatment])).toEqual([
      ["person", "pseudonym"],
      ["v__person", "pseudonym"],
      ["v__age", "range"],
      ["v__zip", "prefix"],
      ["v__illness", "keep"],
      ["v__visits", "laplace"],
    ]);
    // The set's digest is over the rows in its file, the joined one over those that the certificate is about.
    const columns = ["v__person", "v__age", "v__zip", "v__illness", "v__visits", "v__rows"];
    const segments = [await platform.blobs.localFile(made.fileDigest as Digest)];
    expect((await platform.tables.rowsIdentity({ segments, columns })).merkleRoot).toBe(made.digest);
    expect(made.certificate).toMatchObject({ passed: true, trainingSetDigest: made.digest });
    expect(made.privacy?.joinedDigest).toBe((await create("audit")).digest);
    const again = await create("model");
    expect([again.name, again.fileDigest]).toEqual([made.name, made.fileDigest]);
    const older = await create("model", { privacyKeyVersion: 1n });
    expect((await rowsOf(older.fileDigest))[0]?.["person"]).toMatch(/^k1_/);
    expect(await failure(create("model", { privacyKeyVersion: 9n }))).toContain("KEY_VERSION_GONE");
  });

  test("keeps its bytes when the policy changes, and the same request is under the new one", async () => {
    const before = await create("model");
    await setPolicy({ columns: RULES.filter((it) => it.column !== "visits") });
    const { trainingSet } = await platform.features.getTrainingSet({ name: before.name });
    expect(trainingSet).toEqual(before);
    const after = await create("model");
    expect(after.fileDigest).not.toBe(before.fileDigest);
    expect((await rowsOf(after.fileDigest)).map((it) => it["v__visits"])).toEqual(PEOPLE.map(([, age]) => age / 2));
    await setPolicy();
    expect((await create("model")).fileDigest).toBe(before.fileDigest);
  });

  test("leaves out the rows of small classes, and is not made if a demand is not met", async () => {
    await setPolicy({ classRowCountMin: 2n, demand: { k: 2n } });
    const made = await create("model");
    expect([made.rowCount, made.privacy?.suppressedRowCount]).toEqual([5n, 1n]);
    expect(made.privacy?.figures).toMatchObject({ k: 2n, kAsked: 2n, rowCount: 5n, unmet: [] });
    await setPolicy({ demand: { k: 2n } });
    expect(await failure(create("model"))).toContain("PRIVACY_DEMAND_UNMET");
    await setPolicy();
  });

  test("is under the policy of spines too, which can refuse what it does not name", async () => {
    const cut = { column: "cut", class: ColumnClass.OPEN, uses: [] };
    await setPolicy({ columns: [cut], unlisted: UnlistedColumns.REFUSE }, SPINES);
    const told = await failure(create("model"));
    expect(told).toContain("label has no rule");
    expect(told).not.toContain("person has no rule");
    const label = { column: "label", class: ColumnClass.SENSITIVE, uses: [use("model", { case: "blank", value: {} })] };
    await setPolicy({ columns: [cut, label], unlisted: UnlistedColumns.REFUSE }, SPINES);
    expect((await rowsOf((await create("model")).fileDigest)).map((it) => it["label"])).toEqual(PEOPLE.map(() => null));
    await setPolicy({ columns: [] }, SPINES);
  });

  test("that needs a key is refused where there is none", async () => {
    const other = await testPlatform();
    const { features, privacy } = other;
    await features.createEntity({ parent: PARENT, entityId: "e", entity: { keys: COLUMNS.slice(0, 1) } });
    const knowledgeTime = { case: "knowledgeDelay" as const, value: {} };
    const source = { columns: COLUMNS, eventTimeColumn: "at", knowledgeTime };
    await features.createSource({ parent: PARENT, sourceId: "people", source });
    const feature = { name: "age", kind: { case: "column" as const, value: "age" } };
    const featureView = { entity: `${PARENT}/entities/e`, source: SOURCE, features: [feature] };
    await features.applyFeatureView({ parent: PARENT, featureViewId: "v", featureView });
    const views = [{ view: `${PARENT}/featureViews/v` }];
    await features.applyFeatureService({ parent: PARENT, featureServiceId: "f", featureService: { views } });
    await features.pushRows({ source: SOURCE, rows: PEOPLE.map(rowOf) });
    await privacy.setPrivacyPolicy({ policy: { name: POLICY, columns: RULES } });
    const spineDigest = await other.upload(
      [
        { name: "person", type: "string" },
        { name: "cut", type: "timestamp" },
      ],
      [["ann", { ns: 1_000n }]],
    );
    const request = { parent: PARENT, featureService: SERVICE, spineDigest, cutoffColumn: "cut", purpose: "model" };
    const { operation } = await features.createTrainingSet(request);
    expect(await failure(other.ended(operation))).toContain("PRIVACY_KEYS_MISSING");
    await other.close();
  });
});

describe("a privacy report", () => {
  const report = async (trainingSet: string, more: object = {}): Promise<PrivacyReport> => {
    const { operation } = await platform.privacy.createPrivacyReport({ parent: PARENT, trainingSet, ...more });
    const { response } = await platform.ended(operation);
    const made = response && anyUnpack(response, CreatePrivacyReportResultSchema)?.report;
    if (!made) throw new Error("there is no report");
    return made;
  };

  test("measures the set as it is in its file, by the columns that its policies class", async () => {
    const made = await create("model");
    const found = await report(made.name, { demand: { k: 2n, distinctL: 2n } });
    expect(found.figures).toMatchObject({
      quasiIdentifiers: ["v__age", "v__zip"],
      rowCount: 6n,
      classCount: 3n,
      k: 1n,
      uniqueRowCount: 1n,
      reidentificationRisk: 0.5,
      kAsked: 2n,
      smallClassRowCount: 1n,
      sensitive: [{ column: "v__illness", distinctL: 1n, ordered: false }],
    });
    expect(found.figures?.unmet.map((it) => it.demand)).toEqual(["k", "distinct_l"]);
    // flu 1/2, cold 1/3, gout 1/6 in the set; the class of one row has only cold.
    expect(found.figures?.sensitive[0]?.t).toBeCloseTo(2 / 3, 12);
    expect(await report(made.name, { demand: { k: 2n, distinctL: 2n } })).toEqual(found);
    expect((await platform.privacy.getPrivacyReport({ name: found.name })).report).toEqual(found);
    const { reports } = await platform.privacy.listPrivacyReports({ parent: PARENT });
    expect(reports.map((it) => it.name)).toContain(found.name);
    const bytes: Uint8Array[] = [];
    for await (const piece of platform.blobs.get(found.digest as Digest)) bytes.push(piece);
    const text = Buffer.concat(bytes).toString("utf8");
    expect(text).not.toMatch(/flu|gout|ann/);
    const thread = platform.lineage.find((it) => it.execution.kind === "REPORT");
    expect(thread?.artifacts[0]).toMatchObject({ kind: "PRIVACY_REPORT", digest: found.digest });
  });

  test("is about other columns if they are named, and refuses those that are not there", async () => {
    const made = await create("audit");
    const found = await report(made.name, { quasiIdentifiers: ["v__zip"], sensitive: ["v__age"] });
    expect(found.figures).toMatchObject({ quasiIdentifiers: ["v__zip"], k: 1n, classCount: 6n });
    const request = { parent: PARENT, trainingSet: made.name, quasiIdentifiers: ["nobody"] };
    const error = await platform.privacy.createPrivacyReport(request).catch((it: unknown) => it);
    expect(reasonOf(error)).toBe("INVALID_FIELD");
  });
});
