import type { FeatureValue } from "@throughline/kernel";
import type { Aggregate } from "./aggregate.ts";
import { reader, writer } from "./encoding.ts";
import { emptyState, type StateKind, sharedKind, stateKind } from "./state.ts";
import type { RowPlace, WindowState } from "./window-state.ts";

/** A state that is kept for a column. */
export interface ColumnState {
  /** Place of the column among the values of a row. */
  readonly column: number;
  readonly kind: StateKind;
}

/** An aggregate over a column. */
export interface ColumnAggregate {
  readonly column: number;
  readonly aggregate: Aggregate;
  /** True for bool and int64. */
  readonly isWhole: boolean;
}

/** A row as windows see it: a value for each column, null where there is none. */
export interface WindowRow extends RowPlace {
  readonly values: readonly FeatureValue[];
}

/** The fewest states that serve all these aggregates, and for each aggregate the place of its own. */
export function columnStates(aggregates: readonly ColumnAggregate[]): {
  readonly states: readonly ColumnState[];
  readonly places: readonly number[];
} {
  const states: ColumnState[] = [];
  const places = aggregates.map(({ column, aggregate, isWhole }) => {
    const kind = stateKind(aggregate, isWhole);
    for (const [i, it] of states.entries()) {
      const shared = it.column === column ? sharedKind(it.kind, kind) : undefined;
      if (!shared) continue;
      states[i] = { column, kind: shared };
      return i;
    }
    return states.push({ column, kind }) - 1;
  });
  return { states, places };
}

/** The states of all columns over some rows. The laws of WindowState hold for it. */
export interface Tile {
  add(row: WindowRow): void;
  /** Takes all rows of another tile of the same states from its bytes. */
  absorb(bytes: Uint8Array): void;
  /** Each state's length and bytes. */
  bytes(): Buffer;
  /** The state at a place. */
  state(place: number): WindowState;
}

/** A tile of some of the states, which is read and not kept. */
export type PartialTile = Omit<Tile, "bytes">;

/** A tile without rows. */
export function emptyTile(states: readonly ColumnState[]): Tile {
  const kept = states.map((_, place) => place);
  const tile = partialTile(states, kept);
  return {
    ...tile,
    bytes() {
      const to = writer();
      for (const place of kept) {
        const bytes = tile.state(place).bytes();
        to.count(bytes.byteLength);
        to.raw(bytes);
      }
      return to.end();
    },
  };
}

/** The states at some places, of tiles that have them all. */
export function partialTile(states: readonly ColumnState[], places: readonly number[]): PartialTile {
  const parts = states.map(({ column, kind }, i) =>
    places.includes(i) ? { column, state: emptyState(kind) } : undefined,
  );
  return {
    add(row) {
      for (const part of parts) {
        const value = (part && row.values[part.column]) ?? null;
        if (value !== null) part?.state.add(value, row);
      }
    },
    absorb(bytes) {
      const from = reader(bytes);
      for (const part of parts) {
        const of = from.raw(from.count());
        part?.state.absorb(of);
      }
    },
    state(place) {
      const part = parts[place];
      if (!part) throw new RangeError(`the tile has no state at ${place}`);
      return part.state;
    },
  };
}
