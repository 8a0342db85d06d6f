import { CommitKind } from "@throughline/contracts/throughline/features/v1/data_version_pb";
import { ValueType } from "@throughline/contracts/throughline/type/v1/value_pb";
import { valueFromProto, valueToProto } from "@throughline/rpc";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { type TestPlatform, testPlatform } from "./testing-platform.ts";

const PARENT = "projects/p";
const SOURCE = `${PARENT}/sources/s`;
const column = (name: string, type: ValueType) => ({ name, type });
const FILES_MAX = 4;

let platform: TestPlatform;
beforeAll(async () => {
  platform = await testPlatform(undefined, { filesMax: FILES_MAX });
  const columns = [column("n", ValueType.INT64), column("at", ValueType.TIMESTAMP)];
  const knowledgeTime = { case: "knowledgeDelay" as const, value: {} };
  const source = { columns, eventTimeColumn: "at", knowledgeTime };
  await platform.features.createSource({ parent: PARENT, sourceId: "s", source });
});
afterAll(() => platform.close());

const push = (n: number) =>
  platform.features.pushRows({
    source: SOURCE,
    rows: [{ values: { n: valueToProto(BigInt(n)), at: valueToProto({ ns: BigInt(n) }) } }],
  });
const commits = async () =>
  (await platform.dataVersions.listDataVersions({ parent: PARENT, pageSize: 1_000 })).dataVersions;

test("small segments are merged by themselves beside pushes, and every row stays there once", async () => {
  const numbers = Array.from({ length: 12 }, (_, i) => i);
  await Promise.all(numbers.map(push));
  const filesLeft = async () => {
    const made = await commits();
    const merged = made.filter((it) => it.kind === CommitKind.COMPACTION).flatMap((it) => it.compacted[0]?.parts ?? []);
    return numbers.length + made.filter((it) => it.kind === CommitKind.COMPACTION).length - merged.length;
  };
  await vi.waitFor(async () => expect(await filesLeft()).toBeLessThanOrEqual(FILES_MAX), { timeout: 60_000 });
  const { rows, rowCount } = await platform.dataVersions.readSource({ source: SOURCE });
  expect(rowCount).toBe(BigInt(numbers.length));
  expect(rows.map((it) => Number(valueFromProto(it.values["n"]))).sort((a, b) => a - b)).toEqual(numbers);
  const { source } = await platform.features.getSource({ name: SOURCE });
  expect([source?.rowCount, source?.segments.length]).toEqual([12n, 12]);
});

test("what an ended process left unmerged is merged after the next commit", async () => {
  const before = (await commits()).filter((it) => it.kind === CommitKind.COMPACTION).length;
  await platform.restart();
  await Promise.all(Array.from({ length: FILES_MAX }, (_, i) => push(100 + i)));
  const after = async () => (await commits()).filter((it) => it.kind === CommitKind.COMPACTION).length;
  await vi.waitFor(async () => expect(await after()).toBeGreaterThan(before), { timeout: 60_000 });
});
