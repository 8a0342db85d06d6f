import { type Digest, digestOfJson } from "@throughline/kernel";
import { differingFields } from "./differing-fields.ts";
import { sourceName } from "./names.ts";
import { added, type PlanDeps, updated, type Wanted } from "./plan-definition.ts";
import type { Planned } from "./plan-version.ts";
import { type PlannedPolicy, planSourcePolicy } from "./privacy/privacy-policy.ts";
import { problems } from "./problems.ts";
import {
  checkSource,
  type Source,
  type SourceDefinition,
  sourceDigest,
  sourceVersion,
  type WantedSource,
} from "./source.ts";

/** Fails with INVALID_FIELD, also for a source of which more differs from what is there than what is said of it and new columns. */
export async function planSource(
  deps: PlanDeps,
  { project, id, definition: wanted, change }: Wanted<WantedSource>,
): Promise<Planned<Source>> {
  const { catalog, clock } = deps;
  const { privacyPolicy, ...definition } = wanted;
  checkSource(definition);
  const { columns } = definition;
  const subject = { project, source: id };
  const policy =
    privacyPolicy &&
    (await planSourcePolicy(deps.privacyPolicies, { subject, policy: privacyPolicy, change, columns }));
  const there = await catalog.sources.get(project, id);
  const digest = sourceDigest(definition);
  const name = sourceName.format({ project, source: id });
  if (!there) {
    const value: Source = {
      ...definition,
      project,
      id,
      digest,
      createTimeMs: clock.now(),
      rowCount: 0,
      dataVersion: 0,
    };
    const writes = [...catalog.sources.adding(value), ...(policy?.writes ?? [])];
    return { value, change: added(name, 1, wholeDigest(digest, policy)), writes };
  }
  const grown = grownFrom(there, definition);
  const planned = withVersions(
    there,
    await updated(catalog.sources, { name, there, change: { ...grown, digest: sourceDigest(grown) } }),
  );
  return policy && policy.writes.length > 0 ? withPolicy(planned, policy) : planned;
}

/** New columns make the next version. */
function withVersions(there: Source, planned: Planned<Source>): Planned<Source> {
  const [versionBefore, version] = [sourceVersion(there), sourceVersion(planned.value)];
  const action = version > versionBefore ? "newVersion" : planned.change.action;
  // How many columns the versions have is told by the columns themselves.
  const fields = planned.change.fields.filter((it) => !it.startsWith("column_counts"));
  return { ...planned, change: { ...planned.change, versionBefore, version, action, fields } };
}

/**
 * The definition with the columns in the order in which the source got them, new ones last. Fails with INVALID_FIELD for everything in
 * which it differs beyond that and what is said of it.
 */
function grownFrom(there: Source, definition: SourceDefinition): SourceDefinition & Pick<Source, "columnCounts"> {
  const found = problems();
  const wanted = new Map(definition.columns.map((it) => [it.name, it]));
  const kept = there.columns.map((column) => {
    const now = wanted.get(column.name);
    wanted.delete(column.name);
    if (!now) found.add("source.columns", `"${column.name}" is left out, and ${STAYS}`);
    else if (now.type !== column.type)
      found.add("source.columns", `"${column.name}" is ${column.type}, not ${now.type}, and ${STAYS}`);
    return now ?? column;
  });
  const fixed = (it: SourceDefinition) => {
    const { kind, eventTimeColumn, knowledgeTime, skipRowsWithoutTime } = it;
    return { kind, eventTimeColumn, knowledgeTime, skipRowsWithoutTime };
  };
  for (const field of differingFields(fixed(there), fixed(definition))) found.add(`source.${field}`, NEVER);
  found.throwIfAny();
  const columns = [...kept, ...wanted.values()];
  const { columnCounts = [there.columns.length] } = there;
  const counts = wanted.size > 0 ? [...columnCounts, columns.length] : there.columnCounts;
  return { ...definition, columns, ...(counts && { columnCounts: counts }) };
}

const STAYS =
  "columns stay with their types, since rows were written so: add a column under another name and let views read it, or name another source";
const NEVER = "the times and kind of a source never change: rows were written so. Name another source";

/** A policy changes in place, in versions of its own. */
function withPolicy(planned: Planned<Source>, policy: PlannedPolicy): Planned<Source> {
  const { change, value } = planned;
  const fields = [...change.fields, "privacyPolicy"];
  const digest = wholeDigest(value.digest, policy);
  const writes = [...planned.writes, ...policy.writes];
  const action = change.action === "newVersion" ? change.action : "update";
  return { ...planned, writes, change: { ...change, action, fields, digest } };
}

/** Two plans that set two policies are two plans. */
const wholeDigest = (source: Digest, policy: PlannedPolicy | undefined): Digest =>
  policy ? digestOfJson({ source, privacyPolicy: policy.kept.digest }) : source;
