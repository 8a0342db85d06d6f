/** A part of a window: rows one by one, or whole tiles. */
export interface TilePiece {
  /** Place of the tiles' length among the lengths; undefined for single rows. */
  readonly level: number | undefined;
  /** Inclusive. For tiles the begin of the first one. */
  readonly from: bigint;
  /** Exclusive. For tiles the end of the last one. */
  readonly to: bigint;
}

const SECOND_NS = 1_000_000_000n;

/** Lengths of tiles of knowledge time: a minute, an hour and a day. Tiles begin at multiples of their length since 1970. */
export const TILE_LENGTHS_NS: readonly bigint[] = [60n * SECOND_NS, 3_600n * SECOND_NS, 86_400n * SECOND_NS];

/** Begin of the tile that holds a point. */
export function tileBegin(point: bigint, length: bigint): bigint {
  const over = point % length;
  return point - (over < 0n ? over + length : over);
}

/**
 * The fewest pieces that make up the points from `from` to before `to`, in order: the longest tiles in the middle, shorter
 * ones on both sides of them, and single rows at both ends. Each length is a multiple of the one before it.
 */
export function tilePlan(from: bigint, to: bigint, lengths: readonly bigint[]): readonly TilePiece[] {
  return piecesOf(from, to, { lengths, level: lengths.length - 1 });
}

function piecesOf(
  from: bigint,
  to: bigint,
  { lengths, level }: { readonly lengths: readonly bigint[]; readonly level: number },
): readonly TilePiece[] {
  if (from >= to) return [];
  const length = lengths[level];
  if (length === undefined) return [{ level: undefined, from, to }];
  const first = tileBegin(from + length - 1n, length);
  const last = tileBegin(to, length);
  const below = { lengths, level: level - 1 };
  if (first >= last) return piecesOf(from, to, below);
  return [...piecesOf(from, first, below), { level, from: first, to: last }, ...piecesOf(last, to, below)];
}
