import type { JoinedTable, JoinPlan, LatestView, TableEngine } from "@throughline/tables";
import type { ViewAbsence } from "./certificate.ts";
import type { BoundService } from "./feature-service.ts";
import type { ScratchFiles } from "./scratch.ts";

/** A join that was made. */
export interface MadeJoin {
  readonly plan: JoinPlan;
  readonly joined: JoinedTable;
  readonly bound: Pick<BoundService, "views">;
  readonly scratch: ScratchFiles;
  readonly signal: AbortSignal;
}

/**
 * For which rows the views had no value, and for how many of these there was one that had grown too old: those views are joined once more
 * without their ttl, and without their values. Windows have no ttl, and an empty window is a value.
 */
export async function viewAbsences(tables: TableEngine, made: MadeJoin): Promise<readonly ViewAbsence[]> {
  const { plan, joined, bound } = made;
  const matched = new Map(joined.views.map((it) => [it.name, it.matchedRows]));
  const incomplete = plan.views.filter(
    (it): it is LatestView => it.kind === "latest" && (matched.get(it.name) ?? 0) < joined.rowCount,
  );
  const ageless = await agelessMatches(tables, made, incomplete);
  return incomplete.flatMap(({ name }): readonly ViewAbsence[] => {
    const view = bound.views.find((it) => `${it.view.id}@${it.view.version}` === name)?.view;
    if (!view) return [];
    const absent = joined.rowCount - (matched.get(name) ?? 0);
    const expired = (ageless.get(name) ?? matched.get(name) ?? 0) - (matched.get(name) ?? 0);
    return [{ view: view.id, version: view.version, unknownRowCount: absent - expired, expiredRowCount: expired }];
  });
}

/** How many rows each view with a ttl matches without it. */
async function agelessMatches(
  tables: TableEngine,
  { plan, scratch, signal }: MadeJoin,
  incomplete: readonly LatestView[],
): Promise<ReadonlyMap<string, number>> {
  const aging = incomplete.filter((it) => it.ttlNs !== undefined);
  if (aging.length === 0) return new Map();
  const { views } = await tables.pointInTimeJoin(
    {
      spine: { ...plan.spine, columns: [plan.spine.cutoffColumn] },
      views: aging.map((it) => ({ ...it, ttlNs: undefined, columns: [] })),
      output: scratch.path("ageless.parquet"),
    },
    { signal },
  );
  return new Map(views.map((it) => [it.name, it.matchedRows]));
}
