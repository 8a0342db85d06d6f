import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { FeatureValue } from "@throughline/kernel";
import { type Column, openTables, type TableEngine } from "@throughline/tables";
import fc from "fast-check";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { FurtherChecks, TimeSplit } from "./certificate.ts";
import { checkTimes, type TimesRequest } from "./check-times.ts";

let folder: string;
let tables: TableEngine;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "check-times-"));
  tables = await openTables({ dataDir: join(folder, "tables"), memoryLimitMiB: 256, threads: 1, processes: 1 });
});
afterAll(async () => {
  await tables.close();
  await rm(folder, { recursive: true, force: true });
});

interface Row {
  readonly who: bigint | null;
  readonly cut: bigint | null;
  readonly known: bigint | null;
  readonly label: string | null;
  readonly side: string | null;
}

const COLUMNS: readonly Column[] = [
  { name: "who", type: "int64" },
  { name: "cut", type: "timestamp" },
  { name: "known", type: "timestamp" },
  { name: "label", type: "string" },
  { name: "side", type: "string" },
];
const START_NS = 1_700_000_000_000_000_000n;
/** Few instants, so that they meet often; odd nanoseconds, so that nothing is rounded. */
const instant = fc.integer({ min: 0, max: 12 }).map((it) => START_NS + BigInt(it) * 3_600_000_000_001n);
const orNull = <T>(arbitrary: fc.Arbitrary<T>) => fc.option(arbitrary, { nil: null, freq: 9 });
const anyRow: fc.Arbitrary<Row> = fc.record({
  who: orNull(fc.bigInt(0n, 4n)),
  cut: orNull(instant),
  known: orNull(instant),
  label: orNull(fc.constantFrom("late", "on time")),
  side: orNull(fc.constantFrom("train", "test", "other")),
});
const anySplit: fc.Arbitrary<TimeSplit> = fc.oneof(
  instant.map((timeNs) => ({ by: "time" as const, timeNs })),
  fc.constant({ by: "column" as const, column: "side" }),
);

test("cut-offs, label times and splits are those of plain loops, nulls and ties included", async () => {
  const scene = fc.record(
    {
      rows: fc.array(anyRow, { maxLength: 12 }),
      labelTimeColumn: fc.constant("known"),
      labelDelayNs: fc.bigInt(0n, 7_200_000_000_000n),
      timeSplit: anySplit,
    },
    { requiredKeys: ["rows"] },
  );
  let files = 0;
  await fc.assert(
    fc.asyncProperty(scene, async ({ rows, ...said }) => {
      const request: TimesRequest = { cutoffColumn: "cut", labelColumns: ["label"], ...said };
      const time = (ns: bigint | null): FeatureValue => (ns === null ? null : { ns });
      const table = await tables.importRows(
        { columns: COLUMNS, output: join(folder, `${files++ % 2}.parquet`) },
        rows.map((it) => [it.who, time(it.cut), time(it.known), it.label, it.side]),
      );
      const { signal } = new AbortController();
      expect(await checkTimes(tables, { table, keyColumns: ["who"] }, { request, signal })).toEqual(
        byLoops(rows, request),
      );
    }),
    { numRuns: 40 },
  );
});

test("a split that meets the last label to the nanosecond held, and one nanosecond earlier did not", async () => {
  const check = async (testNs: bigint) => {
    const table = await tables.importRows({ columns: COLUMNS, output: join(folder, "edge.parquet") }, [
      [1n, { ns: START_NS }, { ns: START_NS + 50n }, "late", "train"],
      [1n, { ns: testNs }, null, null, "test"],
    ]);
    const request = { cutoffColumn: "cut", labelColumns: ["label"], labelTimeColumn: "known" };
    const timeSplit = { by: "column", column: "side" } as const;
    const { signal } = new AbortController();
    return (await checkTimes(tables, { table, keyColumns: ["who"] }, { request: { ...request, timeSplit }, signal }))
      .timeSplit;
  };
  expect(await check(START_NS + 50n)).toMatchObject({ held: true, sharedEntityCount: 1, testEntityCount: 1 });
  expect(await check(START_NS + 49n)).toMatchObject({ held: false, lateTrainRowCount: 1, earlyTestRowCount: 1 });
});

/** The same by plain loops, of the words of the contract. */
function byLoops(
  rows: readonly Row[],
  request: TimesRequest,
): Pick<FurtherChecks, "cutoffs" | "labelTimes" | "timeSplit"> {
  const { labelTimeColumn, labelDelayNs, timeSplit } = request;
  const cuts = sorted(rows.map((it) => it.cut));
  const isDeclared = labelTimeColumn !== undefined || labelDelayNs !== undefined;
  const learned = (it: Row): bigint | null => {
    const from = labelTimeColumn === undefined ? it.cut : it.known;
    return from === null ? null : from + (labelDelayNs ?? 0n);
  };
  const labelled = rows.filter((it) => it.label !== null);
  const [first, last] = [cuts[0], cuts.at(-1)];
  const waits = sorted(labelled.map((it) => minus(learned(it), it.cut)));
  return {
    ...(first !== undefined && last !== undefined && { cutoffs: { firstNs: first, lastNs: last } }),
    ...(isDeclared && {
      labelTimes: {
        column: labelTimeColumn ?? "",
        delayNs: labelDelayNs ?? 0n,
        rowCount: labelled.filter((it) => learned(it) !== null).length,
        unknownRowCount: labelled.filter((it) => learned(it) === null).length,
        knownAtCutoffRowCount: labelled.filter((it) => (minus(learned(it), it.cut) ?? 1n) <= 0n).length,
        leastWaitNs: waits[0],
        mostWaitNs: waits.at(-1),
      },
    }),
    ...(timeSplit && { timeSplit: splitByLoops(rows, timeSplit, isDeclared ? learned : undefined) }),
  };
}

function splitByLoops(rows: readonly Row[], split: TimeSplit, declared: ((it: Row) => bigint | null) | undefined) {
  const sideOf = (it: Row): string | null =>
    split.by === "column" ? it.side : it.cut === null ? null : it.cut < split.timeNs ? "train" : "test";
  const learned = declared ?? ((it: Row) => it.cut);
  const train = rows.filter((it) => sideOf(it) === "train" && it.label !== null);
  const tested = rows.filter((it) => sideOf(it) === "test");
  const [lastTrainNs, firstTestNs] = [sorted(train.map(learned)).at(-1), sorted(tested.map((it) => it.cut))[0]];
  const late = train.filter((it) => firstTestNs !== undefined && (learned(it) ?? firstTestNs) > firstTestNs);
  const early = tested.filter((it) => lastTrainNs !== undefined && (it.cut ?? lastTrainNs) < lastTrainNs);
  const unknown = train.filter((it) => learned(it) === null).length + tested.filter((it) => it.cut === null).length;
  const entities = new Set(tested.map((it) => it.who));
  const shared = [...entities].filter((who) => train.some((it) => it.who === who));
  return {
    split,
    held: train.length > 0 && tested.length > 0 && unknown === 0 && late.length === 0 && early.length === 0,
    usesLabelTimes: declared !== undefined,
    trainRowCount: train.length,
    testRowCount: tested.length,
    unknownRowCount: unknown,
    lastTrainNs,
    firstTestNs,
    lateTrainRowCount: late.length,
    earlyTestRowCount: early.length,
    testEntityCount: entities.size,
    sharedEntityCount: shared.length,
  };
}

const minus = (a: bigint | null, b: bigint | null): bigint | null => (a === null || b === null ? null : a - b);

const sorted = (all: readonly (bigint | null)[]): readonly bigint[] =>
  all.filter((it) => it !== null).toSorted((a, b) => (a < b ? -1 : a > b ? 1 : 0));
