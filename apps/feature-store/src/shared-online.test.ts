import { ValueType } from "@throughline/contracts/throughline/type/v1/value_pb";
import { fromNs, valueFromProto, valueToProto } from "@throughline/rpc";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { everyOnlineStore } from "./testing-online-stores.ts";
import { type Stores, type TestPlatform, testPlatform } from "./testing-platform.ts";

const PARENT = "projects/p";
const SOURCE = `${PARENT}/sources/s`;
const SERVICE = `${PARENT}/featureServices/f`;
const column = (name: string, type: ValueType) => ({ name, type });
const COLUMNS = [column("id", ValueType.INT64), column("at", ValueType.TIMESTAMP), column("n", ValueType.INT64)];

// The embedded store belongs to one process: without a server there is nothing to share.
describe.each(everyOnlineStore().map((it) => ({ ...it, kind: it })))("two processes on $name", ({ kind }) => {
  let one: TestPlatform;
  let other: TestPlatform;
  beforeAll(async () => {
    if (!kind.isShared) return;
    const openOnline = await kind.empty();
    let stores: Stores | undefined;
    const around = (own: Stores): Stores => {
      stores ??= own;
      return { ...stores, openOnline };
    };
    one = await testPlatform(undefined, { around });
    const knowledgeTime = { case: "knowledgeDelay" as const, value: {} };
    const features = [{ name: "n", kind: { case: "column" as const, value: "n" } }];
    await one.definitions.applyDefinitions({
      parent: PARENT,
      definitions: {
        entities: [{ name: `${PARENT}/entities/e`, keys: COLUMNS.slice(0, 1) }],
        sources: [{ name: SOURCE, columns: COLUMNS, eventTimeColumn: "at", knowledgeTime }],
        featureViews: [{ name: `${PARENT}/featureViews/v`, entity: `${PARENT}/entities/e`, source: SOURCE, features }],
        featureServices: [{ name: SERVICE, views: [{ view: `${PARENT}/featureViews/v` }] }],
      },
    });
    // It learns what feature services read when it opens.
    other = await testPlatform(undefined, { around });
  });
  afterAll(async () => {
    await other?.close();
    await one?.close();
  });

  const push = async (platform: TestPlatform, n: number) => {
    const values = { id: valueToProto(1n), at: valueToProto({ ns: BigInt(n) }), n: valueToProto(BigInt(n)) };
    return (await platform.features.pushRows({ source: SOURCE, rows: [{ values }] })).segment?.dataVersion;
  };
  const read = async (platform: TestPlatform) => {
    const rows = [{ values: { id: valueToProto(1n) } }];
    const asOf = fromNs(1_000_000n);
    const { vectors } = await platform.features.getOnlineFeatures({ featureService: SERVICE, rows, asOf });
    return valueFromProto(vectors[0]?.values[0]?.value);
  };

  test.skipIf(!kind.isShared)("read what the other one reverted, and push to what is read", async () => {
    await push(one, 1);
    const bad = await push(other, 5);
    expect([await read(one), await read(other)]).toEqual([5n, 5n]);
    const { operation } = await one.dataVersions.revertDataVersion({ name: `${PARENT}/dataVersions/${bad}` });
    await one.ended(operation);
    expect(await read(one)).toBe(1n);
    // Nobody tells the other one: it pushes before it has looked.
    await push(other, 3);
    expect([await read(one), await read(other)]).toEqual([3n, 3n]);
    const again = await one.dataVersions.revertSource({ source: SOURCE, dataVersion: "1" });
    await one.ended(again.operation);
    await vi.waitFor(async () => expect(await read(other)).toBe(1n), { timeout: 60_000 });
  });
});
