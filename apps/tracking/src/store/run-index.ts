import type { AttributeValue, Write } from "@throughline/store";
import { latestOf } from "../domain/metric.ts";
import type { Change, RunScope } from "../domain/ports.ts";
import { type Collections, documentId } from "./collections.ts";
import { attributeNames, changedAttributes } from "./run-attributes.ts";

/** Where the index keeps the runs of an experiment in a stage. Projects, ids and stages have no slash. */
export const scopeOf = (project: string, { experimentId, stage }: RunScope): string =>
  `${project}/${experimentId}/${stage}`;

/** Tells the index what a change makes of a run. */
export function indexWrites(
  { runIndex }: Collections,
  { run, runBefore, metrics }: Pick<Change, "run" | "runBefore" | "metrics">,
): readonly Write[] {
  const subject = run ?? metrics?.run;
  if (subject === undefined) return [];
  const set = new Map<string, AttributeValue>();
  for (const { key } of metrics?.arrived ?? []) {
    const latest = metrics === undefined ? undefined : latestOf(metrics.metrics, key);
    if (latest !== undefined) set.set(attributeNames.metric(key), latest.value);
  }
  const changed = run === undefined ? undefined : changedAttributes(runBefore, run);
  for (const [name, value] of changed?.set ?? []) set.set(name, value);
  const change = { scope: scopeOf(subject.project, subject), set, unset: changed?.unset ?? [] };
  return [runIndex.writes.set(documentId(subject), change)];
}
