import type { FoundColumn } from "@throughline/tables";
import type { TimesRequest } from "./check-times.ts";
import type { BoundService } from "./feature-service.ts";
import { problems } from "./problems.ts";
import type { ValueType } from "./value-type.ts";
import { featureName } from "./view-selection.ts";

/** What is asked of a spine. */
export type SpineRequest = TimesRequest;

/** Fails with INVALID_FIELD and everything in which the spine does not fit the feature service. */
export function checkSpine(columns: readonly FoundColumn[], request: SpineRequest, bound: BoundService): void {
  const wrong = problems();
  const types = new Map(columns.map((it) => [it.name, it]));
  const check = (name: string, path: string, needed?: { readonly type: ValueType; readonly what: string }): void => {
    const column = types.get(name);
    const forWhat = needed ? ` for ${needed.what}` : "";
    if (!column) wrong.add(path, `the spine has no column "${name}"${forWhat}`);
    else if (needed && column.type !== needed.type)
      wrong.add(path, `column "${name}" is ${column.type ?? column.nativeType}; needed is ${needed.type}${forWhat}`);
  };
  check(request.cutoffColumn, "cutoff_column", { type: "timestamp", what: "the cut-off" });
  const { labelTimeColumn, timeSplit } = request;
  if (labelTimeColumn !== undefined)
    check(labelTimeColumn, "label_time_column", { type: "timestamp", what: "the times of the labels" });
  if (timeSplit?.by === "column")
    check(timeSplit.column, "time_split.column", { type: "string", what: "train or test" });
  request.labelColumns.forEach((name, i) => {
    check(name, `label_columns[${i}]`);
    if (request.labelColumns.indexOf(name) < i) wrong.add(`label_columns[${i}]`, `"${name}" is there twice`);
  });
  for (const { view, keys } of bound.views) {
    for (const { name, field, type } of keys)
      check(field, "spine_digest", { type, what: `the key ${name} of ${view.id}` });
  }
  for (const { name, type } of bound.service.requestFeatures) {
    check(name, "spine_digest", { type, what: "a request feature" });
    const label = request.labelColumns.indexOf(name);
    if (label >= 0) wrong.add(`label_columns[${label}]`, `"${name}" is a feature: a label must not be one`);
  }
  const taken = new Set(columns.map((it) => it.name.toLowerCase()));
  for (const name of madeNames(bound))
    if (taken.has(name.toLowerCase()))
      wrong.add("spine_digest", `the spine has a column "${name}", which is the name of a feature`);
  for (const { name, type, nativeType } of columns) {
    if (type === undefined)
      wrong.add("spine_digest", `column "${name}" is of type ${nativeType}, which cannot be kept`);
  }
  wrong.throwIfAny();
}

/** Names of what is put beside the spine's columns: all that is read of views, and what is computed of it. */
const madeNames = ({ views, features }: BoundService): readonly string[] => [
  ...views.flatMap((it) => it.features.map((feature) => featureName(it.view.id, feature.name))),
  ...features.flatMap((it) => (it.from === "onDemand" ? [it.name] : [])),
];
