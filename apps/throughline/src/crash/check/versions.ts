import type { ModelVersion } from "@throughline/contracts/throughline/registry/v1/model_pb";
import type { Json } from "@throughline/kernel";
import { unlessMissing } from "../content.ts";
import type { Cell } from "../lines.ts";
import type { Services } from "../services.ts";
import type { Reader } from "./reader.ts";
import { numberOfGone } from "./same.ts";

export const readModels: Reader = async ({ registry, parent }, ids) => {
  const found = new Map<string, Json>();
  for (const id of ids) {
    const answer = await unlessMissing(registry.getModel({ name: `${parent}/models/${id}` }));
    found.set(id, answer?.model ? { description: answer.model.description } : null);
  }
  return found;
};

/** The values of tags of models, by `model/key`. */
export const readModelTags: Reader = async ({ registry, parent }, names) => {
  const found = new Map<string, Json>();
  for (const id of modelsOf(names)) {
    const answer = await unlessMissing(registry.getModel({ name: `${parent}/models/${id}` }));
    for (const [key, value] of Object.entries(answer?.model?.tags ?? {})) found.set(`${id}/${key}`, value);
  }
  return found;
};

/** What is said of versions, by `model/request`: the description of a version is the request that it came of. */
export const readVersions: Reader = async (services, names) => {
  const found = new Map<string, Json>();
  for (const [key, versions] of await versionsByRequest(services, modelsOf(names))) {
    const [first] = versions;
    found.set(key, versions.length === 1 && first ? saidOf(first) : `${versions.length} versions of one request`);
  }
  return found;
};

const saidOf = ({ version, stage, tags, files }: ModelVersion): Json => ({
  number: Number(version),
  stage,
  tags,
  files: Object.fromEntries(files.map((it) => [it.path, it.digest])),
});

const modelsOf = (names: readonly string[]): readonly string[] => [
  ...new Set(names.map((it) => it.split("/")[0] ?? "")),
];

async function versionsByRequest(
  services: Services,
  models: readonly string[],
): Promise<ReadonlyMap<string, readonly ModelVersion[]>> {
  const all = [];
  for (const model of models)
    for (const version of await versionsOf(services, model))
      all.push({ key: `${model}/${version.description}`, version });
  const groups = Map.groupBy(all, (it) => it.key);
  return new Map([...groups].map(([key, of]) => [key, of.map((it) => it.version)]));
}

async function versionsOf({ registry, parent }: Services, model: string): Promise<readonly ModelVersion[]> {
  const versions: ModelVersion[] = [];
  let pageToken = "";
  do {
    const page = await unlessMissing(
      registry.listModelVersions({ parent: `${parent}/models/${model}`, pageSize: 1_000, pageToken }),
    );
    versions.push(...(page?.versions ?? []));
    pageToken = page?.nextPageToken ?? "";
  } while (pageToken !== "");
  return versions;
}

/**
 * The numbers of a model's versions have no holes and are never used again: those that are there and those that were there
 * are all from 1 to the newest, each once.
 */
export async function checkDense(services: Services, cells: readonly Cell[]): Promise<readonly string[]> {
  const problems: string[] = [];
  const written = cells.filter((it) => it.name.startsWith(PREFIX));
  const byModel = Map.groupBy(written, (it) => it.name.slice(PREFIX.length).split("/")[0] ?? "");
  for (const [model, of] of byModel) {
    const versions = await versionsOf(services, model);
    const known = new Set(of.map((it) => it.name.slice(PREFIX.length)));
    for (const { description, name } of versions)
      if (!known.has(`${model}/${description}`)) problems.push(`${name} is there, and nobody wrote it`);
    const numbers = versions.map((it) => Number(it.version));
    const gone = of.flatMap((it) => [it.value, ...it.unanswered.map(({ value }) => value)]).flatMap(numberOfGone);
    const used = new Set([...numbers, ...gone]);
    const answer = await unlessMissing(services.registry.getModel({ name: `${services.parent}/models/${model}` }));
    const newest = Number(answer?.model?.latestVersion ?? 0n);
    for (let number = 1; number <= newest; number++)
      if (!used.has(number)) problems.push(`${model} has no version ${number}, and its newest is ${newest}`);
    if (Math.max(0, ...used) > newest) problems.push(`${model} says that its newest is ${newest}, of ${[...used]}`);
    if (new Set(numbers).size < numbers.length) problems.push(`${model} has two versions of one number`);
  }
  return problems;
}

const PREFIX = "version:";
