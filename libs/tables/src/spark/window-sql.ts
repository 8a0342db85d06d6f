import type { BoundView } from "../engine/bound-view.ts";
import type { WindowView } from "../join-plan.ts";
import { complete, eventKeys, since, type ViewKeys } from "./join-sql.ts";

/**
 * The events of a window view that can enter the window of some spine row, in the order they were written: e, kt, j0.. (keys), c0.. (values). The
 * states of such windows are computed by libs/windows and nothing else, so that they are what the online store has; Spark
 * finds the events of the entities and times that are asked for in sources of any size.
 */
export function windowEventsOnSpark(bound: BoundView<WindowView>, keys: ViewKeys): string {
  const names = eventKeys(keys);
  const columns = ["e", "kt", ...names, ...bound.inputs.map((_, i) => `c${i}`)].map((it) => `v.${it}`).join(", ");
  const spineKeys = keys.spineKeys.map((it, i) => `${it} AS w${i}, `).join("");
  const group = keys.spineKeys.length > 0 ? `GROUP BY ${keys.spineKeys.join(", ")}` : "";
  const same = names.map((it, i) => `v.${it} = a.w${i} AND `).join("");
  return `
    SELECT ${columns} FROM ${keys.events} v JOIN (
      SELECT ${spineKeys}MIN(${since(bound.view.windowNs)}) AS first, MAX(cut) AS last FROM spine
      WHERE ${complete([...keys.spineKeys, "cut"])} ${group}
    ) a ON ${same}GREATEST(e, kt) > first AND GREATEST(e, kt) <= last
    WHERE ${complete(["e", "kt"])} ORDER BY v.r`;
}
