import type { AliasChange } from "@throughline/contracts/throughline/registry/v1/model_pb";
import type { Json } from "@throughline/kernel";
import { unlessMissing } from "../content.ts";
import { versionsInReason } from "../load/aliases.ts";
import type { Services } from "../services.ts";
import type { Reader } from "./reader.ts";

/** The version that a change led to, by `model/alias/reason`: each change has a reason of its own. */
export const readAliasChanges: Reader = async (services, names) => {
  const found = new Map<string, Json>();
  for (const alias of aliasesOf(names)) {
    for (const [reason, changes] of Map.groupBy(await changesOf(services, alias), (it) => it.change?.reason ?? ""))
      found.set(`${alias}/${reason}`, changes.length === 1 ? Number(changes[0]?.version) : `${changes.length} changes`);
  }
  return found;
};

/**
 * The history of an alias, newest first, has every change once: revisions without holes, times in order, each change from
 * the version that the one before it led to, and the newest is what the alias names.
 */
export async function checkAliases(services: Services, names: readonly string[]): Promise<readonly string[]> {
  const problems: string[] = [];
  const known = new Set(names);
  for (const name of aliasesOf(names)) {
    const changes = (await changesOf(services, name)).toReversed();
    const versions = [0, ...changes.map((it) => Number(it.version))];
    for (const [i, { change }] of changes.entries()) {
      const reason = change?.reason ?? "";
      if (!known.has(`${name}/${reason}`)) problems.push(`${name} was changed by "${reason}", which nobody wrote`);
      if (Number(change?.revision) !== i + 1)
        problems.push(`change ${i + 1} of ${name} has revision ${change?.revision}`);
      const { from, to } = versionsInReason(reason);
      if (from !== versions[i] || to !== versions[i + 1])
        problems.push(
          `change ${i + 1} of ${name} went from ${versions[i]} to ${versions[i + 1]}, and not as "${reason}"`,
        );
      if (timeOf(change) < timeOf(changes[i - 1]?.change))
        problems.push(`change ${i + 1} of ${name} is before the one before`);
    }
    const [model = "", alias = ""] = name.split("/");
    const answer = await unlessMissing(services.registry.getModel({ name: `${services.parent}/models/${model}` }));
    const named = Number(answer?.model?.aliases[alias] ?? 0n);
    if (named !== versions.at(-1))
      problems.push(`${name} names ${named}, and its history ends with ${versions.at(-1)}`);
  }
  return problems;
}

const timeOf = (change: AliasChange["change"]): number =>
  change?.time ? Number(change.time.seconds) * 1_000 + change.time.nanos / 1e6 : 0;

const aliasesOf = (names: readonly string[]): readonly string[] => [
  ...new Set(names.map((it) => it.split("/").slice(0, 2).join("/"))),
];

async function changesOf({ registry, parent }: Services, name: string): Promise<readonly AliasChange[]> {
  const [model = "", alias = ""] = name.split("/");
  const changes: AliasChange[] = [];
  let pageToken = "";
  do {
    const page = await unlessMissing(
      registry.listAliasChanges({ model: `${parent}/models/${model}`, alias, pageToken }),
    );
    changes.push(...(page?.changes ?? []));
    pageToken = page?.nextPageToken ?? "";
  } while (pageToken !== "");
  return changes;
}
