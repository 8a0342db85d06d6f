import { anyUnpack } from "@bufbuild/protobuf/wkt";
import { ConnectError } from "@connectrpc/connect";
import { BadRequestSchema } from "@throughline/contracts/google/rpc/error_details_pb";
import type { TransformFit } from "@throughline/contracts/throughline/features/v1/transform_pb";
import {
  ApplyTransformsResultSchema,
  FitTransformsResultSchema,
} from "@throughline/contracts/throughline/features/v1/transform_service_pb";
import { type Operation, OperationState } from "@throughline/contracts/throughline/type/v1/operation_pb";
import { ValueType } from "@throughline/contracts/throughline/type/v1/value_pb";
import { type Digest, digestOfBytes, digestOfJson, type FeatureValue } from "@throughline/kernel";
import { reasonOf, valueToProto } from "@throughline/rpc";
import type { Row } from "@throughline/tables";
import {
  applyTransforms,
  type Columns,
  checkTransforms,
  columnOf,
  learnConstants,
  type OutputRows,
  readyTransforms,
} from "@throughline/transforms";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { trainingSetResult } from "./testing-operations.ts";
import { type TestPlatform, testPlatform } from "./testing-platform.ts";

const PARENT = "projects/p";
const column = (name: string, type: ValueType) => ({ name, type });
const { BOOL, FLOAT64, INT64, STRING, TIMESTAMP } = ValueType;

/** More than are read at a time, so that pieces come into play. */
const ROWS = 10_500;
const rows: readonly Row[] = Array.from({ length: ROWS }, (_, i) => [
  BigInt(i % 7),
  { ns: 1_700_000_000_000_000_000n + BigInt(i) * 3_600_000_000_000n },
  i % 11 === 3 ? null : ((i * 7919) % 1_000) / 7,
  i % 13 === 5 ? null : (["Oslo", "Rome", "Oslo", "Lima", ""][i % 5] ?? null),
  i % 17 === 2 ? null : BigInt(i % 40),
  i % 3 === 0,
  i % 2 === 0 ? 1 : 0,
]);
const COLUMNS = [
  { name: "id", type: "int64" },
  { name: "at", type: "timestamp" },
  { name: "price", type: "float64" },
  { name: "city", type: "string" },
  { name: "count", type: "int64" },
  { name: "paid", type: "bool" },
  { name: "late", type: "float64" },
] as const;

const DEFINITION = {
  columns: [
    { name: "price", type: "float64" },
    { name: "city", type: "string" },
    { name: "count", type: "int64" },
    { name: "paid", type: "boolean" },
    { name: "unused", type: "string" },
  ],
  steps: [
    { kind: "impute", input: "price", output: "known_price", with: "median", indicator: "no_price" },
    { kind: "scale", input: "known_price", output: "scaled", method: "z-score" },
    { kind: "vocabulary", input: "city", output: "place", sizeMax: 2 },
    { kind: "one-hot", input: "place", output: "places" },
    { kind: "hash", input: "city", output: "hashed", buckets: 8 },
  ],
  outputs: [
    { name: "input", columns: ["scaled", "no_price", "places", "count", "paid"] },
    { name: "hashes", columns: ["hashed"], type: "int64" },
  ],
};

/** The raw columns of the rows, as transforms take them. */
const columns = (): Columns => {
  const at = (i: number) => rows.map((row) => row[i] as null);
  return new Map([
    ["price", columnOf("price", "float64", at(2))],
    ["city", columnOf("city", "string", at(3))],
    ["count", columnOf("count", "int64", at(4))],
    ["paid", columnOf("paid", "boolean", at(5))],
  ]);
};

let platform: TestPlatform;
let trainingSet = "";
let fileDigest = "";
let fit: TransformFit;

beforeAll(async () => {
  platform = await testPlatform();
  const { features } = platform;
  const keys = [column("id", INT64)];
  await features.createEntity({ parent: PARENT, entityId: "thing", entity: { keys } });
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
  };
  await features.applyFeatureView({ parent: PARENT, featureViewId: "view", featureView });
  const requestFeatures = [
    column("price", FLOAT64),
    column("city", STRING),
    column("count", INT64),
    column("paid", BOOL),
  ];
  const featureService = { views: [{ view: `${PARENT}/featureViews/view` }], requestFeatures };
  await features.applyFeatureService({ parent: PARENT, featureServiceId: "all", featureService });
  const { operation } = await features.createTrainingSet({
    parent: PARENT,
    featureService: `${PARENT}/featureServices/all`,
    spineDigest: await platform.upload([...COLUMNS], rows),
    cutoffColumn: "at",
    labelColumns: ["late"],
    certificateRowCount: 10,
  });
  const made = trainingSetResult(await platform.ended(operation));
  trainingSet = made?.name ?? "";
  fileDigest = made?.fileDigest ?? "";
});
afterAll(() => platform.close());

async function fitted(definition: object, requestId = ""): Promise<TransformFit> {
  const request = { parent: PARENT, trainingSet, definition: structuredClone(definition) as never, requestId };
  const { operation } = await platform.transforms.fitTransforms(request);
  const { response } = await platform.ended(operation);
  return (response && anyUnpack(response, FitTransformsResultSchema)?.transformFit) as TransformFit;
}

/** A training set of some rows at one late cut-off, and what an online read is asked with for a row of it. */
async function joined(some: readonly Row[]) {
  const late = some.map((row) => row.with(1, { ns: 1_800_000_000_000_000_000n }));
  const { operation } = await platform.features.createTrainingSet({
    parent: PARENT,
    featureService: `${PARENT}/featureServices/all`,
    spineDigest: await platform.upload([...COLUMNS], late),
    cutoffColumn: "at",
    labelColumns: ["late"],
    certificateRowCount: 10,
  });
  const fields = ["id", "price", "city", "count", "paid"];
  const places = fields.map((name) => COLUMNS.findIndex((it) => it.name === name));
  const spineColumns = (row: Row) =>
    Object.fromEntries(fields.map((name, i) => [name, (row[places[i] ?? 0] ?? null) as FeatureValue]));
  return { made: trainingSetResult(await platform.ended(operation))?.name ?? "", spineColumns };
}

const values = (row: Readonly<Record<string, FeatureValue>>) =>
  Object.fromEntries(Object.entries(row).map(([name, value]) => [name, valueToProto(value)]));

const bytesOf = async (digest: string): Promise<Buffer> => {
  const pieces: Uint8Array[] = [];
  for await (const it of platform.blobs.get(digest as Digest)) pieces.push(it);
  return Buffer.concat(pieces);
};

describe("transforms learned from a training set", () => {
  const transforms = checkTransforms(DEFINITION);

  test("have the constants that one learns from the same rows elsewhere, and are an artifact", async () => {
    fit = await fitted(DEFINITION, "fit-1");
    const constants = await learnConstants(transforms, () => [columns()]);
    const bytes = await bytesOf(fit.digest);
    expect(digestOfBytes(bytes)).toBe(fit.digest);
    expect(JSON.parse(bytes.toString("utf8"))).toEqual({
      definition: DEFINITION,
      constants,
      trainingSet,
      trainingSetFile: fileDigest,
    });
    expect(fit).toMatchObject({
      name: `${PARENT}/transformFits/${fit.digest.slice(7, 23)}`,
      definitionDigest: transforms.digest,
      constantsDigest: digestOfJson({ ...constants }),
      trainingSet,
      trainingSetFileDigest: fileDigest,
      rowCount: BigInt(ROWS),
      passCount: 2,
      inputs: [
        { name: "price", type: FLOAT64 },
        { name: "city", type: STRING },
        { name: "count", type: INT64 },
        { name: "paid", type: BOOL },
      ],
      outputs: [
        { name: "input", datatype: "FP32", width: 8n },
        { name: "hashes", datatype: "INT64", width: 1n },
      ],
      needs: { opsetVersion: 13, mlOperators: true, runtimeOperators: true },
      sizeBytes: BigInt(bytes.length),
    });
    expect(fit.outputs[0]?.elementNames.slice(0, 2)).toEqual(["scaled", "no_price"]);
    expect(fit.outputs[0]?.elementNames.some((it) => it.includes("Oslo"))).toBe(true);
  });

  test("are one fit, whoever asks how often, and are found with their definition", async () => {
    expect((await fitted(DEFINITION)).name).toBe(fit.name);
    expect((await fitted(DEFINITION, "fit-1")).createTime).toEqual(fit.createTime);
    const found = await platform.transforms.getTransformFit({ name: fit.name });
    expect(found.transformFit?.definition).toEqual(DEFINITION);
    const other = await fitted({ ...DEFINITION, outputs: DEFINITION.outputs.slice(0, 1) });
    const { transformFits } = await platform.transforms.listTransformFits({ parent: PARENT });
    expect(transformFits.map((it) => it.name)).toEqual([other.name, fit.name]);
    expect(transformFits[1]?.definition).toBeUndefined();
    await platform.restart();
    expect((await platform.transforms.getTransformFit({ name: fit.name })).transformFit).toEqual(found.transformFit);
  });

  test("write the rows that they give elsewhere, bit for bit, beside the labels, and the same bytes each time", async () => {
    const apply = async () => {
      const { operation } = await platform.transforms.applyTransforms({ name: fit.name, trainingSet });
      const { response } = await platform.ended(operation);
      return response && anyUnpack(response, ApplyTransformsResultSchema);
    };
    const [first, again] = [await apply(), await apply()];
    expect(again).toEqual(first);
    expect(first?.rowCount).toBe(BigInt(ROWS));
    const segments = [await platform.blobs.localFile(first?.fileDigest as Digest)];
    const written = await platform.tables.readRows({ segments, limit: ROWS });
    expect(written.columns).toEqual([
      { name: "at", type: "timestamp" },
      { name: "late", type: "float64" },
      { name: "input", type: "list<float64>" },
      { name: "hashes", type: "list<int64>" },
    ]);
    const constants = await learnConstants(transforms, () => [columns()]);
    const expected = applyTransforms(readyTransforms(transforms, constants), columns());
    const rowOf = ({ width, values }: OutputRows, i: number) => [...values.subarray(i * width, (i + 1) * width)];
    const [input, hashes] = [expected.get("input"), expected.get("hashes")] as [OutputRows, OutputRows];
    for (const [i, row] of written.rows.entries()) {
      const wanted = [rows[i]?.[1], rows[i]?.[6], rowOf(input, i), rowOf(hashes, i)];
      if (!sameRow(row, wanted as Row)) expect(row, `row ${i}`).toEqual(wanted);
    }
  });

  test("give on demand what they write for a training set, bit for bit, over keys and what comes with the request", async () => {
    const definition = {
      columns: [...DEFINITION.columns.slice(0, 4), { name: "view__amount", type: "int64" }],
      steps: [
        ...DEFINITION.steps,
        { kind: "combine", operation: "divide", inputs: ["price", "view__amount"], output: "price_by_amount" },
      ],
      outputs: [
        { name: "input", columns: ["scaled", "no_price", "places", "count", "paid", "price_by_amount"] },
        { name: "hashes", columns: ["hashed"], type: "int64" },
      ],
    };
    const { name } = await fitted(definition);
    const happened = { ns: 1_600_000_000_000_000_000n };
    const amounts = [1n, 2n].map((id) => ({ values: values({ id, happened, amount: 4n * id }) }));
    await platform.features.pushRows({ source: `${PARENT}/sources/things`, rows: amounts });
    const asked = rows.slice(0, 40);
    const { spineColumns, made } = await joined(asked);
    const { operation } = await platform.transforms.applyTransforms({ name, trainingSet: made });
    const file = anyUnpack(
      (await platform.ended(operation)).response as never,
      ApplyTransformsResultSchema,
    )?.fileDigest;
    const segments = [await platform.blobs.localFile(file as Digest)];
    const written = await platform.tables.readRows({ segments, columns: ["input", "hashes"], limit: 100 });
    const request = { name, rows: asked.map((row) => ({ values: values(spineColumns(row)) })) };
    const asOf = { seconds: 1_800_000_000n };
    const { outputs, featureService, version, rowDigests } = await platform.transforms.getTransformedFeatures({
      ...request,
      asOf,
    });
    expect({ featureService, version }).toEqual({ featureService: `${PARENT}/featureServices/all`, version: 1n });
    expect(outputs.map((it) => [it.name, it.datatype, it.width])).toEqual([
      ["input", "FP32", 9n],
      ["hashes", "INT64", 1n],
    ]);
    expect(outputs[0]?.doubleValues).toEqual(written.rows.flatMap((it) => it[0]));
    expect(outputs[1]?.int64Values).toEqual(written.rows.flatMap((it) => it[1]));
    // Rows whose thing has an amount, and a price, have a quotient.
    expect(outputs[0]?.doubleValues.filter((it, i) => i % 9 === 8 && !Number.isNaN(it)).length).toBeGreaterThan(5);
    const online = await platform.features.getOnlineFeatures({ featureService, rows: request.rows, asOf });
    expect(rowDigests).toEqual(online.vectors.map((it) => it.rowDigest));
    const wrong = platform.transforms.getTransformedFeatures({ name, rows: [{ values: values({ id: "1" }) }] });
    const error = ConnectError.from(await wrong.catch((it: unknown) => it));
    expect(error.message).toContain('rows[0].values["id"]: it is string, needed is int64');
  });

  test("are on the thread: what they learned from, and what was made with them", async () => {
    const ofKind = (kind: string) => platform.lineage.filter((it) => it.execution.kind === kind);
    await expect.poll(() => ofKind("FIT_TRANSFORMS")).toHaveLength(3);
    const [learned] = platform.lineage.filter((it) => it.execution.resource === fit.name);
    expect(learned?.events).toEqual([
      { digest: fileDigest, type: "INPUT", role: "training_set" },
      { digest: fit.digest, type: "OUTPUT", role: "transform_fit" },
    ]);
    const applied = platform.lineage.filter((it) => it.events.some(({ role }) => role === "transformed"));
    expect(applied[0]?.execution.kind).toBe("APPLY_TRANSFORMS");
    expect(learned?.artifacts[0]?.kind).toBe("TRANSFORM_FIT");
    expect(applied[0]?.events.map((it) => `${it.type} ${it.role}`)).toEqual([
      "INPUT training_set",
      "INPUT transform_fit",
      "OUTPUT transformed",
    ]);
  });
});

/** Quicker than a matcher, which takes a second for so many rows. */
const sameRow = (a: Row, b: Row): boolean => textOf(a) === textOf(b);
const textOf = (row: Row): string =>
  JSON.stringify(row, (_, value) => (typeof value === "number" || typeof value === "bigint" ? `${value}` : value));

describe("transforms are not learned", () => {
  const with_ = (more: object) => ({ ...DEFINITION, ...more });
  const columnsOf = (...raw: readonly object[]) => ({
    columns: raw,
    steps: [],
    outputs: [{ name: "o", columns: raw.map((it) => (it as { name: string }).name) }],
  });
  const refusal = async (definition: object) => {
    const request = { parent: PARENT, trainingSet, definition: definition as never };
    const error = await platform.transforms.fitTransforms(request).then(
      () => expect.fail("it was taken"),
      (it: unknown) => ConnectError.from(it),
    );
    const fields = error.findDetails(BadRequestSchema).flatMap((it) => it.fieldViolations);
    return { reason: reasonOf(error), fields: fields.map((it) => `${it.field}: ${it.description}`) };
  };

  test("of a definition in which something is wrong", async () => {
    const { reason, fields } = await refusal(with_({ outputs: [{ name: "input", columns: ["nowhere"] }] }));
    expect(reason).toBe("TRANSFORMS_INVALID");
    expect(fields[0]).toContain("outputs[0].columns[0]: names nowhere");
  });

  test("from labels, from what is no feature, from what is not there or is something else, and all is told at once", async () => {
    const { reason, fields } = await refusal(
      columnsOf(
        { name: "late", type: "float64" },
        { name: "id", type: "int64" },
        { name: "gone", type: "float64" },
        { name: "price", type: "int64" },
      ),
    );
    expect(reason).toBe("INVALID_FIELD");
    expect(fields).toEqual([
      'definition.columns: "late" is a label of the training set, which is not known when a prediction is made',
      'definition.columns: "id" is no feature of all, so that serving would not have it',
      'definition.columns: the training set has no column "gone"',
      'definition.columns: "price" is float64 in the training set; int64 is made of int64',
    ]);
  });

  test("where there is nothing to learn from: the operation says so", async () => {
    const definition = {
      columns: [{ name: "view__amount", type: "int64" }],
      steps: [{ kind: "scale", input: "view__amount", output: "scaled", method: "z-score" }],
      outputs: [{ name: "o", columns: ["scaled"] }],
    };
    const { operation } = await platform.transforms.fitTransforms({ parent: PARENT, trainingSet, definition });
    let last: Operation | undefined = operation;
    for await (const it of platform.operations.watchOperation({ name: operation?.name ?? "" })) last = it.operation;
    expect(last).toMatchObject({ state: OperationState.FAILED, error: { reason: "TRANSFORMS_NOTHING_TO_LEARN" } });
  });
});
