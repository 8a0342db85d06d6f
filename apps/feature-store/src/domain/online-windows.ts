import type { FeatureValue } from "@throughline/kernel";
import { partialTile, sumsResult, TILE_LENGTHS_NS, type TilePiece, tilePlan } from "@throughline/windows";
import { sumOutOfRange } from "./errors.ts";
import { seriesOf } from "./online-layout.ts";
import type { PlannedAggregate, PlannedView, PlannedWindow } from "./online-plan.ts";
import type { OnlineAnswers, OnlineEntry, OnlineQuestions, Span } from "./online-store.ts";
import { isBeforeAll, withinNs } from "./online-time.ts";
import { difference, type RunningSums, readSums, type SumShape } from "./sum-entries.ts";
import { addRows } from "./tile-entries.ts";

/**
 * What a view's windows ask of one entity: the sums until the cut-off and until the begin of each window; then, for each
 * window with aggregates that need it, the rows and tiles that it is made of.
 */
export function windowQuestions(view: PlannedView, keys: readonly FeatureValue[], asOfNs: bigint): OnlineQuestions {
  const { layout, windows } = view;
  const sums = seriesOf(layout, "sums", keys);
  const begins = windows.map((it) => asOfNs - it.windowNs).filter((it) => !isBeforeAll(it));
  return {
    seeks: [asOfNs, ...begins].map((ns) => ({ series: sums, timeNs: withinNs(ns) })),
    spans: windows.flatMap((window) =>
      piecesOf(window, asOfNs).map(
        ({ level, from, to }): Span => ({
          series: seriesOf(layout, level ?? "rows", keys),
          fromNs: from,
          untilNs: to - 1n,
        }),
      ),
    ),
  };
}

/** The pieces of a window's rows; none if no aggregate needs them. */
function piecesOf({ windowNs, states }: PlannedWindow, asOfNs: bigint): readonly TilePiece[] {
  if (states.length === 0) return [];
  return tilePlan(withinNs(asOfNs - windowNs + 1n), withinNs(asOfNs) + 1n, TILE_LENGTHS_NS);
}

/** An aggregate's value, and when the newest row of its window became known. */
export interface AggregateValue {
  readonly index: number;
  readonly value: FeatureValue;
  readonly knowledgeNs: bigint | undefined;
}

/**
 * Computes a view's aggregates from the answers to `windowQuestions`. Where no row is in the window only counts are told:
 * of anything else there is nothing to tell, as for a view without a row.
 */
export function eachAggregate(
  view: PlannedView,
  { answers, asOfNs }: { readonly answers: OnlineAnswers; readonly asOfNs: bigint },
  take: (value: AggregateValue) => void,
): void {
  const { sumColumns = [], exactColumns } = view.layout;
  const shape: SumShape = { columnCount: sumColumns.length, exactColumns };
  const { seeks, spans } = answers;
  const [until, ...begins] = seeks;
  const later = until && readSums(until.value, shape);
  let [nextBegin, nextSpan] = [0, 0];
  for (const window of view.windows) {
    const begin = isBeforeAll(asOfNs - window.windowNs) ? undefined : begins[nextBegin++];
    const sums = later && difference(later, begin && readSums(begin.value, shape));
    const pieces = piecesOf(window, asOfNs);
    const parts = spans.slice(nextSpan, nextSpan + pieces.length);
    nextSpan += pieces.length;
    const isEmpty = !sums || sums.rowCount === 0n;
    const tiled = isEmpty ? undefined : tileOf(view, window, { pieces, parts });
    for (const feature of window.features) {
      if (isEmpty && !isCount(feature)) continue;
      const value = feature.kept === "tiles" ? tiled?.state(feature.place).result(feature.aggregate) : undefined;
      const knowledgeNs = isEmpty ? undefined : until?.timeNs;
      take({ index: feature.index, value: value === undefined ? summed(feature, sums) : value, knowledgeNs });
    }
  }
}

/** These are 0 where there is nothing, and not null. */
const isCount = ({ aggregate }: PlannedAggregate): boolean =>
  ["count", "distinct", "approximateDistinct"].includes(aggregate.function);

function tileOf(
  { layout }: PlannedView,
  { states }: PlannedWindow,
  { pieces, parts }: { readonly pieces: readonly TilePiece[]; readonly parts: readonly (readonly OnlineEntry[])[] },
) {
  if (!layout.tiles || states.length === 0) return undefined;
  const { columns } = layout.tiles;
  const tile = partialTile(layout.tiles.states, states);
  pieces.forEach(({ level }, i) => {
    for (const entry of parts[i] ?? []) {
      if (level === undefined) addRows(tile, entry, columns.length);
      else tile.absorb(entry.value);
    }
  });
  return tile;
}

/** An aggregate from sums; of one that is kept in tiles, and has none, what it is of nothing. */
function summed(
  { name, aggregate, kept, isWhole, place }: PlannedAggregate,
  sums: RunningSums | undefined,
): FeatureValue {
  if (kept === "tiles") return 0n;
  if (aggregate.function === "count") return sums?.rowCount ?? 0n;
  if (kept === "exact") {
    const exact = sums?.exact[place];
    return exact ? sumsResult(exact, aggregate, isWhole) : null;
  }
  const { count, sum } = sums?.columns[place] ?? { count: 0n, sum: 0n };
  if (count === 0n) return null;
  if (BigInt.asIntN(64, sum) !== sum) throw sumOutOfRange(name);
  return aggregate.function === "sum" ? sum : Number(sum) / Number(count);
}
