export { type Aggregate, aggregateProblem, resultType } from "./aggregate.ts";
export { readCanonicalValue, reader, type Writer, writer } from "./encoding.ts";
export { bruteForce, isNearly, type PlacedValue } from "./oracle.ts";
export { slidingWindow } from "./sliding-window.ts";
export {
  minusSums,
  NO_SUMS,
  plusSums,
  plusValue,
  readSums,
  type Sums,
  sumsResult,
  writeSums,
} from "./sums.ts";
export {
  type ColumnAggregate,
  type ColumnState,
  columnStates,
  emptyTile,
  type PartialTile,
  partialTile,
  type WindowRow,
} from "./tile.ts";
export { TILE_LENGTHS_NS, type TilePiece, tileBegin, tilePlan } from "./tile-plan.ts";
