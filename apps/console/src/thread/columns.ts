import type { Stage } from "./overview.ts";

/** Sizes of the picture, in pixels. */
export const COLUMNS = { width: 138, gap: 26, header: 66, item: 54, itemGap: 12 } as const;

export interface Place {
  readonly id: string;
  readonly x: number;
  readonly y: number;
}

/** Places the items of each stage in its own column, near what they were made from so that few lines cross. */
export function placeInColumns(stages: readonly Stage[]): readonly Place[] {
  const rows = new Map<string, number>();
  const places: Place[] = [];
  for (const [column, stage] of stages.entries()) {
    const ordered = stage.items.toSorted((a, b) => meanRow(a.from, rows) - meanRow(b.from, rows));
    for (const [row, item] of ordered.entries()) {
      rows.set(item.id, row);
      places.push({
        id: item.id,
        x: column * (COLUMNS.width + COLUMNS.gap),
        y: COLUMNS.header + COLUMNS.itemGap + row * (COLUMNS.item + COLUMNS.itemGap),
      });
    }
  }
  return places;
}

/** The mean row of those that are placed; after everything else if none is. */
function meanRow(ids: readonly string[], rows: ReadonlyMap<string, number>): number {
  const placed = ids.flatMap((id) => rows.get(id) ?? []);
  return placed.length === 0 ? Number.MAX_SAFE_INTEGER : placed.reduce((sum, it) => sum + it, 0) / placed.length;
}
