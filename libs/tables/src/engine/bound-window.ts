import { aggregateProblem, resultType } from "@throughline/windows";
import { badPlan, typeUnsupported } from "../errors.ts";
import type { ViewInput, WindowView } from "../join-plan.ts";
import type { Column, FoundColumn, ScalarType } from "../table.ts";
import type { BoundView } from "./bound-view.ts";
import { itemType, pick } from "./column-types.ts";

/** So long a window reaches back before the first time that 64 bits of nanoseconds can hold. */
const WINDOW_NS_MAX = 1n << 62n;

/** Fails with TABLE_BAD_PLAN for a window that is too short or too long. `path` names the view. */
export function checkWindow(
  { windowNs }: Pick<Exclude<ViewInput, { kind: "latest" }>, "windowNs">,
  path: string,
): void {
  if (windowNs < 1n || windowNs > WINDOW_NS_MAX)
    throw badPlan(`${path}.windowNs`, `${windowNs} is not from 1 to ${WINDOW_NS_MAX}`);
}

/** Looks up what a window view reads. Fails for an aggregate that the type of its column does not have. */
export function windowColumns(
  view: WindowView,
  { found, path, table }: { readonly found: readonly FoundColumn[]; readonly path: string; readonly table: string },
): Pick<BoundView, "inputs" | "outputs"> {
  checkWindow(view, path);
  const inputs = pick(
    found,
    view.aggregates.map((it) => it.column),
    table,
  );
  const outputs = view.aggregates.map(({ aggregate, as }, i): Column => {
    const type = inputs[i]?.type ?? "int64";
    if (itemType(type)) throw typeUnsupported(String(inputs[i]?.name), type, "a single value, not a list");
    const wrong = aggregateProblem(aggregate, type as ScalarType);
    if (wrong) throw badPlan(`${path}.aggregates[${i}].${wrong.part}`, wrong.problem);
    return { name: as, type: resultType(aggregate, type as ScalarType) };
  });
  return { inputs, outputs };
}
