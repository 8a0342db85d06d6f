import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { mergeLatest } from "./latest-entries.ts";
import type { OnlineRow } from "./online-rows.ts";
import type { OnlineEntry, SeriesChange, SeriesEdit } from "./online-store.ts";
import { entriesSince, isMarker, LEAST_NS, markerEdit, memberChange, readMarker } from "./overlay-entries.ts";
import { mergeSums } from "./sum-entries.ts";

/** A series by its times. */
type Series = Map<bigint, OnlineEntry>;

const inOrder = (series: Series): readonly OnlineEntry[] =>
  [...series.values()].sort((a, b) => (a.timeNs < b.timeNs ? -1 : 1));

/** What an online store does with a change. */
function applied(series: Series, { fromNs, edit }: Pick<SeriesChange, "fromNs" | "edit">): Series {
  const all = inOrder(series);
  const edits = edit({
    before: all.findLast((it) => it.timeNs < fromNs),
    entries: all.filter((it) => it.timeNs >= fromNs),
  });
  const next = new Map(series);
  for (const { timeNs, value } of edits) {
    expect(timeNs).toBeGreaterThanOrEqual(fromNs);
    if (value === undefined) next.delete(timeNs);
    else next.set(timeNs, { timeNs, value });
  }
  return next;
}

/** What lies over a series from a time on: what holds before, and everything since. */
function overlayOf(series: Series, fromNs: bigint): Series {
  const all = inOrder(series);
  const before = all.findLast((it) => it.timeNs < fromNs) ?? (fromNs === LEAST_NS ? series.get(LEAST_NS) : undefined);
  const since = all.filter((it) => it.timeNs >= fromNs && it.timeNs > LEAST_NS);
  const edits: readonly SeriesEdit[] = [markerEdit({ fromNs, ...(before && { held: before }) }), ...since];
  return applied(new Map(), { fromNs: LEAST_NS, edit: () => edits });
}

const TIMES = [LEAST_NS, -1n, 0n, 1n, 2n, 3n, 4n, 5n];
const time = fc.constantFrom(...TIMES);
let written = 0;
const row = fc.record({ knowledgeNs: time, event: fc.nat(7), n: fc.integer({ min: -3, max: 3 }) }).map(
  ({ knowledgeNs, event, n }): OnlineRow => ({
    keys: [1n],
    knowledgeNs,
    dataVersion: 1,
    rowNumber: ++written,
    exact: [],
    tiled: [],
    eventNs: TIMES[event] ?? 0n,
    latest: [BigInt(n)],
    summed: [BigInt(n)],
  }),
);
const push = fc.array(row, { minLength: 1, maxLength: 3 });

const kinds = {
  latest:
    (rows: readonly OnlineRow[]): SeriesChange["edit"] =>
    (tail) =>
      mergeLatest(tail, rows),
  sums:
    (rows: readonly OnlineRow[]): SeriesChange["edit"] =>
    (tail) =>
      mergeSums(tail, rows, { columnCount: 1, exactColumns: [] }),
};

function changeOf(kind: keyof typeof kinds, rows: readonly OnlineRow[]): SeriesChange {
  const [first = 0n, ...others] = rows.map((it) => it.knowledgeNs);
  const fromNs = others.reduce((least, it) => (it < least ? it : least), first);
  return { series: new Uint8Array(), fromNs, edit: kinds[kind](rows) };
}

describe("a series of an overlay", () => {
  test.each(["latest", "sums"] as const)(
    "of %s stays what lies below it from its time on, whatever comes when",
    (kind) => {
      const arbitrary = [fc.array(push, { maxLength: 3 }), fc.array(push, { maxLength: 4 }), time, time] as const;
      fc.assert(
        fc.property(...arbitrary, (before, after, fromNs, other) => {
          let series: Series = new Map();
          for (const rows of before) series = applied(series, changeOf(kind, rows));
          let overlay = overlayOf(series, fromNs);
          const mostFromNs = other > fromNs ? other : fromNs;
          for (const rows of after) {
            const change = changeOf(kind, rows);
            series = applied(series, change);
            overlay = applied(overlay, memberChange(change, change.series, mostFromNs));
            const [marked, ...others] = inOrder(overlay);
            if (!isMarker(marked) || !marked) throw new Error("the marker went away");
            const marker = readMarker(marked);
            expect(marker.fromNs).toBe(fromNs);
            expect(entriesSince(marker, others)).toEqual(inOrder(series).filter((it) => it.timeNs >= fromNs));
            const holding = others.findLast((it) => it.timeNs <= fromNs) ?? marker.held;
            expect(holding).toEqual(inOrder(series).findLast((it) => it.timeNs <= fromNs));
          }
        }),
        { numRuns: 2_000 },
      );
    },
  );

  test("that is not in the overlay stays out of it", () => {
    const change = changeOf("sums", [{ ...(fc.sample(row, 1)[0] as OnlineRow) }]);
    expect(applied(new Map(), memberChange(change, change.series, 0n))).toEqual(new Map());
  });
});
