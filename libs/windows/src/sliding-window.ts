import { type ColumnState, emptyTile, type Tile, type WindowRow } from "./tile.ts";
import { tilePlan } from "./tile-plan.ts";

/** Rows of a tile of each level. Small ones, because every window of another begin and end takes its own few of each. */
const ROWS = [8n, 64n, 512n, 4_096n, 32_768n];
const FACTOR = 8;

/**
 * One entity's rows in the order in which they became available, from which windows are taken that move forward. A window
 * of n rows merges some 14 tiles for each factor of 8 in n. It keeps the rows of the current window in memory.
 */
export interface SlidingWindow {
  /** Rows come in the order of their knowledge time. */
  push(row: WindowRow): void;
  /** Forgets the rows that were available until then, inclusive. */
  forgetUntil(timeNs: bigint): void;
  /** The states over the rows that are there. */
  tile(): Tile;
  /** The row that came last, if it was not forgotten. */
  newest(): WindowRow | undefined;
}

export function slidingWindow(states: readonly ColumnState[]): SlidingWindow {
  const rows = new Map<number, WindowRow>();
  const tiles = ROWS.map(() => new Map<number, Buffer>());
  let [head, end] = [0, 0];

  /** Bytes of the tile with this number, all of whose rows are there. */
  const tileBytes = (level: number, number: number): Buffer => {
    const there = tiles[level]?.get(number);
    if (there) return there;
    const made = emptyTile(states);
    for (let i = number * FACTOR; i < (number + 1) * FACTOR; i++) {
      if (level === 0) made.add(rows.get(i) as WindowRow);
      else made.absorb(tileBytes(level - 1, i));
    }
    const bytes = made.bytes();
    tiles[level]?.set(number, bytes);
    return bytes;
  };
  return {
    push(row) {
      rows.set(end, row);
      end += 1;
    },
    forgetUntil(timeNs) {
      while (head < end && (rows.get(head) as WindowRow).knowledgeNs <= timeNs) {
        rows.delete(head);
        head += 1;
        tiles.forEach((of, level) => void of.delete(Math.floor((head - 1) / FACTOR ** (level + 1))));
      }
    },
    tile() {
      const whole = emptyTile(states);
      for (const { level, from, to } of tilePlan(BigInt(head), BigInt(end), ROWS)) {
        const length = level === undefined ? 1 : FACTOR ** (level + 1);
        for (let i = Number(from) / length; i < Number(to) / length; i++) {
          if (level === undefined) whole.add(rows.get(i) as WindowRow);
          else whole.absorb(tileBytes(level, i));
        }
      }
      return whole;
    },
    newest: () => (head < end ? rows.get(end - 1) : undefined),
  };
}
