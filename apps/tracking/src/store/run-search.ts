import type { RunSearchPage, RunSearchQuery } from "../domain/ports.ts";
import type { Collections } from "./collections.ts";
import { runFilter, runOrder } from "./run-filter.ts";
import { scopeOf } from "./run-index.ts";

/** Finds the ids of runs by the index. */
export async function searchRuns(
  { runIndex }: Collections,
  { project, scopes, where, orderBy, after, limit }: RunSearchQuery,
): Promise<RunSearchPage> {
  const { subjects, next } = await runIndex.search({
    scopes: scopes.map((it) => scopeOf(project, it)),
    ...(where !== undefined && { where: runFilter(where, project) }),
    orderBy: runOrder(orderBy),
    ...(after !== undefined && { after }),
    limit,
  });
  const found = subjects.map(({ id, position }) => ({ id: id.slice(project.length + 1), position }));
  return { found, ...(next !== undefined && { next }) };
}
