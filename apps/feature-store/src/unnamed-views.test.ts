import { FileFormat } from "@throughline/contracts/throughline/features/v1/feature_store_service_pb";
import { ValueType } from "@throughline/contracts/throughline/type/v1/value_pb";
import { fromNs, valueToProto } from "@throughline/rpc";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type TestPlatform, testPlatform } from "./testing-platform.ts";

const PARENT = "projects/p";
const SOURCE = `${PARENT}/sources/s`;
const VIEW = `${PARENT}/featureViews/v`;
const column = (name: string, type: ValueType) => ({ name, type });
const COLUMNS = [column("id", ValueType.INT64), column("at", ValueType.TIMESTAMP), column("n", ValueType.INT64)];

let platform: TestPlatform;
beforeAll(async () => {
  platform = await testPlatform();
  const knowledgeTime = { case: "knowledgeDelay" as const, value: {} };
  const features = [{ name: "n", kind: { case: "column" as const, value: "n" } }];
  await platform.definitions.applyDefinitions({
    parent: PARENT,
    definitions: {
      entities: [{ name: `${PARENT}/entities/e`, keys: COLUMNS.slice(0, 1) }],
      sources: [{ name: SOURCE, columns: COLUMNS, eventTimeColumn: "at", knowledgeTime }],
      featureViews: [{ name: VIEW, entity: `${PARENT}/entities/e`, source: SOURCE, features }],
    },
  });
});
afterAll(() => platform.close());

const load = async (at: number, n: number) => {
  const digest = await platform.upload(
    [
      { name: "id", type: "int64" },
      { name: "at", type: "timestamp" },
      { name: "n", type: "int64" },
    ],
    [[1n, { ns: BigInt(at) }, BigInt(n)]],
  );
  const { operation } = await platform.features.loadSource({ source: SOURCE, digest, format: FileFormat.PARQUET });
  await platform.ended(operation);
};
const read = async () => {
  const { columns } = await platform.online.readColumns({
    parent: PARENT,
    views: [{ view: VIEW }],
    asOf: fromNs(1_000n),
    fields: { id: { values: [valueToProto(1n)] } },
  });
  return columns.find((it) => it.name === "n")?.int64Values;
};

test("a revert computes views anew that no feature service names, also when nobody read them since the start", async () => {
  await load(10, 1);
  await load(20, 666);
  await platform.ended((await platform.online.materializeViews({ parent: PARENT, views: [VIEW] })).operation);
  expect(await read()).toEqual([666n]);
  await platform.restart();
  const { operation } = await platform.dataVersions.revertDataVersion({ name: `${PARENT}/dataVersions/2` });
  await platform.ended(operation);
  expect(await read()).toEqual([1n]);
  await platform.restart();
  expect(await read()).toEqual([1n]);
});
