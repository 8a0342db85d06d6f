import { ColumnClass, type TrainingSetPrivacy } from "@throughline/contracts/throughline/features/v1/privacy_pb";
import type { Digest, FeatureValue } from "@throughline/kernel";
import { valueToProto } from "@throughline/rpc";
import { afterAll, beforeAll, expect, test } from "vitest";
import { PARENT, SERVICE, SPINE, taxi } from "./testing-on-demand.ts";
import { trainingSetResult } from "./testing-operations.ts";
import { type TestPlatform, testPlatform } from "./testing-platform.ts";

let platform: TestPlatform;
let spineDigest: Digest;
const SOURCE = `${PARENT}/sources/taxi`;
const use = (purpose: string, kind: object) => ({ purposes: [purpose], treatment: { kind } as never });
const KEEP = { case: "keep", value: {} };

beforeAll(async () => {
  platform = await testPlatform();
  await platform.definitions.applyDefinitions({ parent: PARENT, definitions: taxi() });
  const trip = { id: 1n, at: { ns: 1n }, km: 8, passengers: 2n };
  const values = Object.fromEntries(Object.entries(trip).map(([name, value]) => [name, valueToProto(value)]));
  await platform.features.pushRows({ source: SOURCE, rows: [{ values }] });
  spineDigest = await platform.upload(SPINE, [[1n, 20, 1n, { ns: 1_000n }]]);
  const ranged = use("model", { case: "range", value: { edges: [3] } });
  const columns = [
    { column: "km", class: ColumnClass.SENSITIVE, uses: [use("audit", KEEP), use("model", KEEP)] },
    { column: "passengers", class: ColumnClass.QUASI_IDENTIFIER, uses: [use("audit", KEEP), ranged] },
  ];
  await platform.privacy.setPrivacyPolicy({ policy: { name: `${SOURCE}/privacyPolicy`, columns }, reason: "a test" });
});
afterAll(() => platform.close());

async function create(purpose: string) {
  const request = { parent: PARENT, featureService: SERVICE, spineDigest, cutoffColumn: "cutoff", purpose };
  const { operation } = await platform.features.createTrainingSet(request);
  const made = trainingSetResult(await platform.ended(operation));
  const path = await platform.blobs.localFile((made?.fileDigest ?? "") as Digest);
  const { rows, columns } = await platform.tables.readRows({ segments: [path], limit: 1 });
  const row = new Map<string, FeatureValue>(columns.map((it, i) => [it.name, rows[0]?.[i] ?? null]));
  return { row, privacy: made?.privacy };
}

const classOf = (privacy: TrainingSetPrivacy | undefined, column: string): ColumnClass | undefined =>
  privacy?.columns.find((it) => it.column === column)?.class;

const outputs = ({ row }: { readonly row: ReadonlyMap<string, FeatureValue> }) =>
  ["per_km", "heads", "name", "known"].map((it) => row.get(`fares__${it}`));

test("outputs have the strictest class of their inputs, and are blanked where an input is treated", async () => {
  const audit = await create("audit");
  expect(outputs(audit)).toEqual([2.5, 3n, "2 heads", true]);
  const model = await create("model");
  // A number of heads would tell what the range hides, though the service gives the number itself to nobody.
  expect(outputs(model)).toEqual([2.5, null, null, true]);
  for (const { privacy } of [audit, model]) {
    expect(classOf(privacy, "fares__per_km")).toBe(ColumnClass.SENSITIVE);
    expect(classOf(privacy, "fares__heads")).toBe(ColumnClass.QUASI_IDENTIFIER);
  }
});

test("outputs are refused for a purpose that one of their inputs may not be carried for", async () => {
  const refused = await create("ads").catch((error: unknown) => String(error));
  expect(refused).toContain("PURPOSE_REFUSED");
  for (const it of ["trips__km", "fares__per_km", "fares__heads", "fares__known"]) expect(refused).toContain(it);
});

test("outputs blanked for what comes with the request, too", async () => {
  const columns = [
    { column: "fare", class: ColumnClass.IDENTIFIER, uses: [use("audit", { case: "blank", value: {} })] },
  ];
  await platform.privacy.setPrivacyPolicy({ policy: { name: `${PARENT}/privacyPolicy`, columns }, reason: "a test" });
  const { row, privacy } = await create("audit");
  expect([row.get("fare"), row.get("fares__per_km"), row.get("fares__heads")]).toEqual([null, null, 3n]);
  expect(classOf(privacy, "fares__per_km")).toBe(ColumnClass.IDENTIFIER);
});
