import type { FeatureValue } from "@throughline/kernel";
import { latestValues } from "./latest-entries.ts";
import { memoryView } from "./memory-view.ts";
import type { PlannedView } from "./online-plan.ts";
import type { VectorValue } from "./online-read.ts";
import type { OnlineEntry } from "./online-store.ts";

type Status = VectorValue["status"];

/** What is known of the latest values of a view's rows. */
export interface LatestColumns {
  readonly statuses: readonly Status[];
  /** 0 where there is no event. */
  readonly eventTimesNs: readonly bigint[];
}

/**
 * Adds the latest values of a view's rows to the columns of the vector, which are by the places of the features and have nothing
 * yet. A row without an entry, and one whose entry is older than the view's ttl, gets nulls.
 *
 * Rows come one after the other, so that a column of floats is a list of floats for the runtime too.
 */
export function addLatest(
  columns: readonly FeatureValue[][],
  view: PlannedView,
  { entries, asOfNs }: { readonly entries: readonly (OnlineEntry | undefined)[]; readonly asOfNs: bigint },
): LatestColumns {
  const targets = placesOf(view);
  const staleBeforeNs = view.ttlNs === undefined ? undefined : asOfNs - view.ttlNs;
  const statuses: Status[] = [];
  const eventTimesNs: bigint[] = [];
  for (const entry of entries) {
    const eventNs = entry && memoryView(entry.value).getBigInt64(entry.value.byteOffset, true);
    const isStale = eventNs !== undefined && staleBeforeNs !== undefined && eventNs < staleBeforeNs;
    statuses.push(eventNs === undefined ? "missing" : isStale ? "stale" : "present");
    eventTimesNs.push(eventNs ?? 0n);
    addValues(columns, targets, entry && !isStale ? latestValues(entry.value, targets.length) : undefined);
  }
  return { statuses, eventTimesNs };
}

/** The features that take each value of an entry, up to the last that is wanted: of plans in use, to be worked out once. */
const places = new WeakMap<PlannedView, readonly (readonly number[])[]>();

function placesOf(view: PlannedView): readonly (readonly number[])[] {
  const known = places.get(view);
  if (known) return known;
  const { latest } = view;
  const count = Math.max(...latest.map((it) => it.column)) + 1;
  const made = Array.from({ length: count }, (_, column) =>
    latest.filter((it) => it.column === column).map((it) => it.index),
  );
  places.set(view, made);
  return made;
}

/** Nulls where there are no values. */
function addValues(
  columns: readonly FeatureValue[][],
  targets: readonly (readonly number[])[],
  values: readonly FeatureValue[] | undefined,
): void {
  for (let i = 0; i < targets.length; i++) {
    const indexes = targets[i] as readonly number[];
    const value = values ? (values[i] as FeatureValue) : null;
    for (let j = 0; j < indexes.length; j++) columns[indexes[j] as number]?.push(value);
  }
}
