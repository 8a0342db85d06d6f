import type { Json } from "@throughline/kernel";
import type { Cell } from "../lines.ts";
import type { Pen } from "../pen.ts";
import type { Services } from "../services.ts";
import { checkAliases, readAliasChanges } from "./aliases.ts";
import { checkBytes, readArtifacts } from "./artifacts.ts";
import { compare, halfApplied, kindOf, nameOf } from "./compare.ts";
import type { Names, Reader } from "./reader.ts";
import { checkRollouts, readRolloutChanges } from "./rollouts.ts";
import { checkSearches, readExperiments, readLoggedModels, readRequests, readRuns, readStreams } from "./runs.ts";
import { checkTrials, readStudies, readTrials } from "./studies.ts";
import { checkDense, readModels, readModelTags, readVersions } from "./versions.ts";

const READERS: Readonly<Record<string, Reader>> = {
  experiment: readExperiments,
  run: readRuns,
  stream: readStreams,
  request: readRequests,
  logged: readLoggedModels,
  artifact: readArtifacts,
  study: readStudies,
  trial: readTrials,
  model: readModels,
  modelTag: readModelTags,
  version: readVersions,
  alias: readAliasChanges,
  rollout: readRolloutChanges,
};

/**
 * Compares what is there with what was acknowledged, and tells what is lost, half there, or there without having been
 * written. With `whole` the cells are all there are.
 */
export async function check(
  services: Services,
  { cells, whole, pen }: { readonly cells: readonly Cell[]; readonly whole: boolean; readonly pen: Pen },
): Promise<void> {
  const problem = (what: string): void => pen.tell({ line: "problem", what });
  const byKind = Map.groupBy(cells, (it) => kindOf(it.name));
  const names: Names = new Map([...byKind].map(([kind, of]) => [kind, of.map((it) => nameOf(it.name))]));
  const found = new Map<string, Json>();
  for (const [kind, of] of names) {
    const reader = READERS[kind];
    if (!reader) throw new Error(`there is no reader of cells of the kind ${kind}`);
    for (const [name, value] of await reader(services, of)) found.set(`${kind}:${name}`, value);
  }
  for (const cell of cells) compare(cell, found.get(cell.name) ?? null, pen);
  for (const what of halfApplied(cells, found)) problem(what);
  for (const what of await checkDense(services, cells)) problem(what);
  for (const what of await checkAliases(services, names.get("alias") ?? [])) problem(what);
  for (const what of await checkRollouts(services, names.get("rollout") ?? [])) problem(what);
  for (const what of await checkTrials(services, names.get("trial") ?? [])) problem(what);
  if (!whole) return;
  for (const what of await checkSearches(services, { names, found })) problem(what);
  for (const what of await checkBytes(services)) problem(what);
}
