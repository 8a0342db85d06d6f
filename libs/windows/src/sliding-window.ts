import type { FeatureValue } from "@throughline/kernel";
import type { Aggregate } from "./aggregate.ts";
import { type MovingState, movingState } from "./moving-state.ts";
import { type ColumnState, emptyTile, type Tile, type WindowRow } from "./tile.ts";
import { tilePlan } from "./tile-plan.ts";

/**
 * One entity's rows in the order in which they became available, from which windows are taken that move forward. It keeps the
 * rows of the current window in memory.
 *
 * Most states give up the rows that leave the window. The others are put together from tiles: a window of n rows merges some 14
 * tiles for each factor of 8 in n, once for all results that are read of it.
 */
export interface SlidingWindow {
  /** Rows come in the order of their knowledge time. */
  push(row: WindowRow): void;
  /** Forgets the rows that were available until then, inclusive. */
  forgetUntil(timeNs: bigint): void;
  /** Of an aggregate whose state is at this place, over the rows that are there. Fails as WindowState.result does. */
  result(place: number, aggregate: Aggregate): FeatureValue;
  /** The row that came last, if it was not forgotten. */
  newest(): WindowRow | undefined;
}

export function slidingWindow(states: readonly ColumnState[]): SlidingWindow {
  const rows = new Map<number, WindowRow>();
  const moving = states.map(({ column, kind }) => ({ column, state: movingState(kind) }));
  const resting = states.filter((_, i) => !moving[i]?.state);
  const restingPlaces = moving.map((_, i) => moving.slice(0, i).filter((it) => !it.state).length);
  const tiles = resting.length > 0 ? movingTiles(resting, rows) : undefined;
  let [head, end] = [0, 0];

  const eachValue = (row: WindowRow, visit: (state: MovingState, value: FeatureValue) => void): void => {
    for (const { column, state } of moving) {
      const value = row.values[column] ?? null;
      if (state && value !== null) visit(state, value);
    }
  };
  return {
    push(row) {
      rows.set(end, row);
      end += 1;
      eachValue(row, (state, value) => state.add(value, row));
    },
    forgetUntil(timeNs) {
      for (let row = rows.get(head); row && row.knowledgeNs <= timeNs; row = rows.get(head)) {
        const left = row;
        eachValue(left, (state, value) => state.remove(value, left));
        rows.delete(head);
        tiles?.forget(head);
        head += 1;
      }
    },
    result(place, aggregate) {
      const state = moving[place]?.state ?? tiles?.over(head, end).state(restingPlaces[place] ?? -1);
      if (!state) throw new RangeError(`the window has no state at ${place}`);
      return state.result(aggregate);
    },
    newest: () => (head < end ? rows.get(end - 1) : undefined),
  };
}

/** Rows of a tile of each level. Small ones, because every window of another begin and end takes its own few of each. */
const ROWS = [8n, 64n, 512n, 4_096n, 32_768n];
const FACTOR = 8;

/** Tiles over rows that are numbered. */
function movingTiles(states: readonly ColumnState[], rows: ReadonlyMap<number, WindowRow>) {
  const levels = ROWS.map(() => new Map<number, Buffer>());
  let last: { readonly head: number; readonly end: number; readonly tile: Tile } | undefined;

  /** Bytes of the tile with this number, all of whose rows are there. */
  const tileBytes = (level: number, number: number): Buffer => {
    const there = levels[level]?.get(number);
    if (there) return there;
    const made = emptyTile(states);
    for (let i = number * FACTOR; i < (number + 1) * FACTOR; i++) {
      if (level === 0) made.add(rows.get(i) as WindowRow);
      else made.absorb(tileBytes(level - 1, i));
    }
    const bytes = made.bytes();
    levels[level]?.set(number, bytes);
    return bytes;
  };
  const putTogether = (head: number, end: number): Tile => {
    const whole = emptyTile(states);
    for (const { level, from, to } of tilePlan(BigInt(head), BigInt(end), ROWS)) {
      const length = level === undefined ? 1 : FACTOR ** (level + 1);
      for (let i = Number(from) / length; i < Number(to) / length; i++) {
        if (level === undefined) whole.add(rows.get(i) as WindowRow);
        else whole.absorb(tileBytes(level, i));
      }
    }
    return whole;
  };
  return {
    /** The row with this number is gone, and with it all tiles that hold it. */
    forget(number: number): void {
      levels.forEach((of, level) => void of.delete(Math.floor(number / FACTOR ** (level + 1))));
    },
    /** The states over the rows from `head` to before `end`. */
    over(head: number, end: number): Tile {
      if (last?.head !== head || last.end !== end) last = { head, end, tile: putTogether(head, end) };
      return last.tile;
    },
  };
}
