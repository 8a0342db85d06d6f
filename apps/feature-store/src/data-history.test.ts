import { CommitKind } from "@throughline/contracts/throughline/features/v1/data_version_pb";
import type { Operation } from "@throughline/contracts/throughline/type/v1/operation_pb";
import { ValueType } from "@throughline/contracts/throughline/type/v1/value_pb";
import { fromNs, reasonOf, valueFromProto, valueToProto } from "@throughline/rpc";
import fc from "fast-check";
import { afterAll, beforeAll, expect, test } from "vitest";
import { revertResult } from "./testing-operations.ts";
import { type TestPlatform, testPlatform } from "./testing-platform.ts";

const PARENT = "projects/p";
const column = (name: string, type: ValueType) => ({ name, type });
const COLUMNS = [column("id", ValueType.INT64), column("at", ValueType.TIMESTAMP), column("n", ValueType.INT64)];
const IDS = [0, 1];

let platform: TestPlatform;
let histories = 0;
/** 100 runs found nothing either; each takes some seconds. */
const RUNS = 3;
beforeAll(async () => {
  platform = await testPlatform(undefined, { filesMax: 1_000 });
  await platform.features.createEntity({ parent: PARENT, entityId: "e", entity: { keys: COLUMNS.slice(0, 1) } });
});
afterAll(() => platform.close());

/** A row: whose, when, and a number by which it is told from all others. */
interface Row {
  readonly id: number;
  readonly at: number;
  readonly n: number;
}

type Command =
  | { readonly kind: "push"; readonly rows: readonly Pick<Row, "id" | "at">[] }
  /** Of the commit that lies so far back, from 0 to 1. */
  | { readonly kind: "revert"; readonly back: number }
  | { readonly kind: "return"; readonly back: number }
  | { readonly kind: "compact" | "materialize" | "restart" };

const row = fc.record({ id: fc.constantFrom(...IDS), at: fc.integer({ min: 1, max: 3 }) });
const command: fc.Arbitrary<Command> = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({ kind: fc.constant("push" as const), rows: fc.array(row, { minLength: 1, maxLength: 3 }) }),
  },
  {
    weight: 4,
    arbitrary: fc.record({ kind: fc.constant("revert" as const), back: fc.double({ min: 0, max: 1, noNaN: true }) }),
  },
  {
    weight: 1,
    arbitrary: fc.record({ kind: fc.constant("return" as const), back: fc.double({ min: 0, max: 1, noNaN: true }) }),
  },
  { weight: 3, arbitrary: fc.constant({ kind: "compact" as const }) },
  { weight: 1, arbitrary: fc.constantFrom({ kind: "materialize" as const }, { kind: "restart" as const }) },
);

/** What a history must be, by plain lists: of each data version of the source, which pushes it has. */
interface Model {
  readonly pushes: Map<number, readonly Row[]>;
  /** By data version; those of other sources are left out. */
  readonly live: Map<number, ReadonlySet<number>>;
}

const newest = (model: Model): number => Math.max(...model.live.keys());
const liveAt = (model: Model, version: number): ReadonlySet<number> => model.live.get(version) ?? new Set();
const rowsAt = (model: Model, version: number): readonly Row[] =>
  [...liveAt(model, version)].sort((a, b) => a - b).flatMap((it) => model.pushes.get(it) ?? []);

async function check({ source, service, model }: History): Promise<void> {
  const versions = [...model.live.keys()];
  for (const version of [newest(model), versions[Math.floor(versions.length / 2)] ?? 0]) {
    const { rows } = await platform.dataVersions.readSource({ source, dataVersion: String(version), pageSize: 1_000 });
    expect(rows.map((it) => Number(valueFromProto(it.values["n"])))).toEqual(rowsAt(model, version).map((it) => it.n));
  }
  const rows = IDS.map((id) => ({ values: { id: valueToProto(BigInt(id)) } }));
  const { vectors } = await platform.features.getOnlineFeatures({ featureService: service, rows, asOf: fromNs(100n) });
  for (const [i, id] of IDS.entries()) {
    const mine = rowsAt(model, newest(model)).filter((it) => it.id === id);
    // Of equal times the row that was written last.
    const latest = mine.reduce<Row | undefined>((best, it) => (best && best.at > it.at ? best : it), undefined);
    const sum = mine.reduce((total, it) => total + it.n, 0);
    expect(vectors[i]?.values.map((it) => valueFromProto(it.value))).toEqual([
      latest ? BigInt(latest.n) : null,
      mine.length > 0 ? BigInt(sum) : null,
      BigInt(mine.length),
    ]);
  }
}

async function define(id: string) {
  const source = `${PARENT}/sources/${id}`;
  const aggregate = (fn: number, of: string) => ({
    case: "aggregate" as const,
    value: { function: fn, column: of, window: { seconds: 1_000n } },
  });
  const view = { entity: `${PARENT}/entities/e`, source };
  const name = `${PARENT}/featureServices/${id}`;
  await platform.definitions.applyDefinitions({
    parent: PARENT,
    definitions: {
      sources: [
        { name: source, columns: COLUMNS, eventTimeColumn: "at", knowledgeTime: { case: "knowledgeDelay", value: {} } },
      ],
      featureViews: [
        {
          name: `${PARENT}/featureViews/${id}_l`,
          ...view,
          features: [{ name: "n", kind: { case: "column", value: "n" } }],
        },
        {
          name: `${PARENT}/featureViews/${id}_s`,
          ...view,
          features: [
            { name: "sum", kind: aggregate(2, "n") },
            { name: "rows", kind: aggregate(1, "") },
          ],
        },
      ],
      featureServices: [{ name, views: ["l", "s"].map((it) => ({ view: `${PARENT}/featureViews/${id}_${it}` })) }],
    },
  });
  return { source, service: name };
}

/** A source with its model: what is done to the one is done to the other. */
interface History {
  readonly source: string;
  readonly service: string;
  readonly model: Model;
}

async function apply(history: History, it: Command): Promise<void> {
  const { service: featureService } = history;
  if (it.kind === "push") return push(history, it.rows);
  if (it.kind === "revert") return revert(history, it.back);
  if (it.kind === "return") return goBack(history, it.back);
  if (it.kind === "compact") return compact(history);
  if (it.kind === "restart") return platform.restart();
  await platform.ended((await platform.features.materialize({ featureService })).operation);
}

let numbers = 0;

async function push({ source, model }: History, of: readonly Pick<Row, "id" | "at">[]): Promise<void> {
  const rows = of.map((it): Row => ({ ...it, n: ++numbers }));
  const values = rows.map(({ id, at, n }) => ({
    values: { id: valueToProto(BigInt(id)), at: valueToProto({ ns: BigInt(at) }), n: valueToProto(BigInt(n)) },
  }));
  const before = model.live.size > 0 ? liveAt(model, newest(model)) : [];
  const version = Number((await platform.features.pushRows({ source, rows: values })).segment?.dataVersion);
  model.pushes.set(version, rows);
  model.live.set(version, new Set([...before, version]));
}

async function compact({ source, model }: History): Promise<void> {
  await platform.ended((await platform.dataVersions.compactSource({ source })).operation);
  const { dataVersions } = await platform.dataVersions.listDataVersions({ parent: PARENT, pageSize: 50 });
  const now = liveAt(model, newest(model));
  const made = dataVersions.filter((it) => it.source === source && it.kind === CommitKind.COMPACTION);
  for (const it of made.reverse()) if (Number(it.number) > newest(model)) model.live.set(Number(it.number), now);
}

/** The data version that lies so far back, from 0 to 1. */
function versionAt({ model }: History, back: number): number {
  const versions = [...model.live.keys()];
  return versions[Math.round(back * (versions.length - 1))] ?? 0;
}

async function revert(history: History, back: number): Promise<void> {
  const { model } = history;
  const version = versionAt(history, back);
  const versions = [...model.live.keys()];
  const before = liveAt(model, versions[versions.indexOf(version) - 1] ?? 0);
  const after = liveAt(model, version);
  // What a data version brought goes, and what it took comes back.
  const left = new Set(liveAt(model, newest(model)));
  for (const it of after) if (!before.has(it)) left.delete(it);
  for (const it of before) if (!after.has(it)) left.add(it);
  const name = `${PARENT}/dataVersions/${version}`;
  await reverted(history, left, (await platform.dataVersions.revertDataVersion({ name })).operation);
}

async function goBack(history: History, back: number): Promise<void> {
  const { source, model } = history;
  const version = versionAt(history, back);
  const request = { source, dataVersion: String(version) };
  await reverted(history, liveAt(model, version), (await platform.dataVersions.revertSource(request)).operation);
}

async function reverted({ model }: History, left: ReadonlySet<number>, operation: Operation | undefined) {
  const now = liveAt(model, newest(model));
  const ending = platform.ended(operation);
  if (left.size === now.size && [...left].every((it) => now.has(it)))
    return void (await expect(ending).rejects.toThrow("NOTHING_TO_REVERT"));
  model.live.set(Number(revertResult(await ending)?.number), left);
}

test("whatever is pushed, merged and reverted in whatever order, every data version and the online values are right", async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(command, { minLength: 4, maxLength: 14 }), async (commands) => {
      const history = {
        ...(await define(`h${++histories}`)),
        model: { pushes: new Map<number, readonly Row[]>(), live: new Map<number, ReadonlySet<number>>() },
      };
      await push(history, [{ id: 0, at: 1 }]);
      for (const it of commands) {
        await apply(history, it);
        await check(history);
      }
    }),
    { numRuns: RUNS },
  );
}, 600_000);

test("a data version that is not there is not found", async () => {
  const missing = platform.dataVersions.getDataVersion({ name: `${PARENT}/dataVersions/1000000` });
  expect(reasonOf(await missing.catch((it: unknown) => it))).toBe("DATA_VERSION_UNKNOWN");
});
