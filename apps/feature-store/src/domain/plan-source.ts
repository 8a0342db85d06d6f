import { type Digest, digestOfJson } from "@throughline/kernel";
import { differingFields } from "./differing-fields.ts";
import { sourceName } from "./names.ts";
import { added, type PlanDeps, type Planned, typesOf, updated, type Wanted } from "./plan-definition.ts";
import { type PlannedPolicy, planSourcePolicy } from "./privacy/privacy-policy.ts";
import { problems } from "./problems.ts";
import { checkSource, type Source, type SourceDefinition, sourceDigest, type WantedSource } from "./source.ts";

/** Fails with INVALID_FIELD, also for a source of which more differs from what is there than what is said of it. */
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
    return { value, change: added(name, 0, wholeDigest(digest, policy)), writes };
  }
  const found = problems();
  if (typesOf(there.columns) !== typesOf(definition.columns)) found.add("source.columns", NEVER);
  const fixed = (it: SourceDefinition) => {
    const { kind, eventTimeColumn, knowledgeTime, skipRowsWithoutTime } = it;
    return { kind, eventTimeColumn, knowledgeTime, skipRowsWithoutTime };
  };
  for (const field of differingFields(fixed(there), fixed(definition))) found.add(`source.${field}`, NEVER);
  found.throwIfAny();
  const planned = await updated(catalog.sources, { name, there, change: { ...definition, digest } });
  return policy && policy.writes.length > 0 ? withPolicy(planned, policy) : planned;
}

const NEVER = "the columns, times and kind of a source never change: rows were written so. Name another source";

/** A policy changes in place, in versions of its own. */
function withPolicy(planned: Planned<Source>, policy: PlannedPolicy): Planned<Source> {
  const { change, value } = planned;
  const fields = [...change.fields, "privacyPolicy"];
  const digest = wholeDigest(value.digest, policy);
  const writes = [...planned.writes, ...policy.writes];
  return { ...planned, writes, change: { ...change, action: "update", fields, digest } };
}

/** Two plans that set two policies are two plans. */
const wholeDigest = (source: Digest, policy: PlannedPolicy | undefined): Digest =>
  policy ? digestOfJson({ source, privacyPolicy: policy.kept.digest }) : source;
