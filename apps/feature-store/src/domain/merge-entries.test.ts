import type { FeatureValue } from "@throughline/kernel";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { latestHead, latestValues, mergeLatest } from "./latest-entries.ts";
import type { OnlineRow } from "./online-rows.ts";
import type { OnlineEntry, SeriesEdit, SeriesTail } from "./online-store.ts";
import { difference, mergeSums, readSums } from "./sum-entries.ts";

const rowArb = fc.record({
  event: fc.integer({ min: 0, max: 6 }),
  delay: fc.integer({ min: 0, max: 5 }),
  value: fc.bigInt({ min: -9n, max: 9n }),
});
const rowsArb = fc.array(rowArb, { maxLength: 20 }).map((rows) =>
  rows.map(
    ({ event, delay, value }, i): OnlineRow => ({
      keys: [],
      eventNs: BigInt(event),
      knowledgeNs: BigInt(event + delay),
      dataVersion: 1 + Math.floor(i / 5),
      rowNumber: i % 5,
      latest: [value],
      summed: [value % 4n === 0n ? null : value],
      exact: [],
      tiled: [],
    }),
  ),
);

const SHAPE = { columnCount: 1, exactColumns: [] };

type Merge = (tail: SeriesTail, rows: readonly OnlineRow[]) => readonly SeriesEdit[];

/** Merges batches into one series, as a store does. */
function merged(batches: readonly (readonly OnlineRow[])[], merge: Merge): readonly OnlineEntry[] {
  let series: readonly OnlineEntry[] = [];
  for (const rows of batches.filter((it) => it.length > 0)) {
    const from = rows.reduce((least, it) => (it.knowledgeNs < least ? it.knowledgeNs : least), 99n);
    const tail = {
      before: series.findLast((it) => it.timeNs < from),
      entries: series.filter((it) => it.timeNs >= from),
    };
    const left = new Map(series.map((it) => [it.timeNs, it]));
    for (const { timeNs, value } of merge(tail, rows)) {
      if (value) left.set(timeNs, { timeNs, value });
      else left.delete(timeNs);
    }
    series = [...left.values()].sort((a, b) => Number(a.timeNs - b.timeNs));
  }
  return series;
}

const holding = (series: readonly OnlineEntry[], timeNs: bigint) => series.findLast((it) => it.timeNs <= timeNs);

/** Rows dealt out to batches in any order. */
const dealt = rowsArb.chain((rows) =>
  fc.record({
    rows: fc.constant(rows),
    batches: fc
      .tuple(
        fc.shuffledSubarray(rows, { minLength: rows.length }),
        fc.array(fc.integer({ min: 1, max: 6 }), { minLength: 20, maxLength: 20 }),
      )
      .map(([order, sizes]) => {
        const left = [...order];
        return sizes.map((size) => left.splice(0, size));
      }),
  }),
);

describe("merging rows into a series", () => {
  test("leaves at every time the row with the latest event, then knowledge, then the one written last", () => {
    fc.assert(
      fc.property(dealt, ({ rows, batches }) => {
        const series = merged(batches, mergeLatest);
        for (let time = -1n; time < 14n; time++) {
          let best: OnlineRow | undefined;
          for (const it of rows) {
            if (it.knowledgeNs > time) continue;
            const isWorse =
              best && (it.eventNs < best.eventNs || (it.eventNs === best.eventNs && it.knowledgeNs < best.knowledgeNs));
            if (!isWorse) best = it;
          }
          const entry = holding(series, time);
          const head = entry && latestHead(entry.value);
          expect(head?.eventNs).toBe(best?.eventNs);
          expect(head && [head.dataVersion, head.rowNumber]).toEqual(best && [best.dataVersion, best.rowNumber]);
          const value: FeatureValue | undefined = entry && latestValues(entry.value, 1)[0];
          expect(value).toBe(best?.latest[0]);
        }
      }),
    );
  });

  test("of the latest values twice changes nothing", () => {
    fc.assert(
      fc.property(dealt, ({ batches }) => {
        expect(merged([...batches, ...batches], mergeLatest)).toEqual(merged(batches, mergeLatest));
      }),
    );
  });

  test("leaves sums whose differences are those of every window", () => {
    fc.assert(
      fc.property(dealt, ({ rows, batches }) => {
        const series = merged(batches, (tail, some) => mergeSums(tail, some, SHAPE));
        for (let until = 0n; until < 13n; until++) {
          for (let after = -1n; after < until; after++) {
            const window = rows.filter((it) => it.knowledgeNs > after && it.knowledgeNs <= until);
            const values = window.flatMap((it) => (typeof it.summed[0] === "bigint" ? [it.summed[0]] : []));
            const [later, earlier] = [holding(series, until), holding(series, after)].map(
              (it) => it && readSums(it.value, SHAPE),
            );
            const found = later && difference(later, earlier);
            expect(found?.rowCount ?? 0n).toBe(BigInt(window.length));
            expect(found?.columns[0]?.count ?? 0n).toBe(BigInt(values.length));
            expect(found?.columns[0]?.sum ?? 0n).toBe(values.reduce((sum, it) => sum + it, 0n));
          }
        }
      }),
      { numRuns: 50 },
    );
  });

  test("keeps sums that 64 bits cannot hold", () => {
    const rows = Array.from(
      { length: 8 },
      (_, i): OnlineRow => ({
        keys: [],
        eventNs: 0n,
        knowledgeNs: BigInt(i),
        dataVersion: 1,
        rowNumber: i,
        latest: [],
        exact: [],
        tiled: [],
        summed: [i < 4 ? -(2n ** 63n) : 2n ** 63n - 1n],
      }),
    );
    const series = merged([rows], (tail, some) => mergeSums(tail, some, SHAPE));
    expect(series.map((it) => readSums(it.value, SHAPE).columns[0]?.sum)).toEqual(
      rows.map((_, i) => rows.slice(0, i + 1).reduce((sum, it) => sum + (it.summed[0] as bigint), 0n)),
    );
  });
});
