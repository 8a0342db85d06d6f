import { type FieldViolation, notFound } from "@throughline/kernel";
import type { ListPage, PageRequest } from "./change.ts";
import type { ModelVersion, Signature, TensorSpec, VersionContent } from "./model.ts";
import { aliasesByVersion, latestVersion, type ModelHead, versionOfAlias } from "./model-head.ts";
import type { HeadStore, ModelStore, StoredVersion, VersionStore } from "./model-store.ts";
import { storedModel } from "./models.ts";
import { parseVersionName, versionName, versionNumber } from "./names.ts";

/** What reading versions takes. */
export interface VersionReading {
  readonly models: ModelStore;
  readonly heads: HeadStore;
  readonly versions: VersionStore;
}

type ByName = Pick<VersionReading, "heads" | "versions">;

/**
 * The version that a name stands for, whose last segment is a number, an alias or `latest`, now or as it was at an
 * instant. `path` is the field that has the name. Fails with NOT_FOUND and BAD_NAME.
 */
export async function getVersion(
  deps: ByName,
  name: string,
  { path, asOfMs }: { readonly path: string; readonly asOfMs?: number },
): Promise<ModelVersion> {
  const { model, selector } = parseVersionName(name, path);
  const head = (await deps.heads.get(model, asOfMs))?.record;
  if (!head) throw notFound(name);
  const number = versionNumber(selector) ?? resolve(head, selector);
  const id = versionName(model, number);
  const [content, stored] =
    number < head.first ? [] : await Promise.all([deps.versions.content(id), deps.versions.get(id, asOfMs)]);
  if (!content || !stored) throw notFound(name);
  return versionOf(content, stored, aliasesByVersion(head).get(number) ?? []);
}

const resolve = (head: ModelHead, selector: string): number =>
  selector === "latest" ? latestVersion(head) : versionOfAlias(head, selector);

/** The version as callers see it. */
export const versionOf = (
  content: VersionContent,
  { revision, change, record }: Pick<StoredVersion, "revision" | "change" | "record">,
  aliases: readonly string[],
): ModelVersion => ({
  ...content,
  description: record.description,
  tags: record.tags,
  stage: record.stage,
  approvals: record.approvals,
  aliases,
  revision,
  updateTimeMs: change.timeMs,
});

/** Versions of a model, newest first, now or as they were at an instant. Fails with NOT_FOUND for the model. */
export async function listVersions(
  deps: VersionReading,
  { model, asOfMs }: { readonly model: string; readonly asOfMs?: number },
  page: PageRequest,
): Promise<ListPage<ModelVersion>> {
  await storedModel(deps, model, asOfMs);
  const head = (await deps.heads.get(model, asOfMs))?.record;
  if (!head) return { items: [] };
  const found =
    asOfMs === undefined
      ? await deps.versions.list(model, head.first, page)
      : await versionsThen(deps, { model, head, asOfMs }, page);
  return { ...found, items: await assembled(deps, found.items, new Map([[model, head]])) };
}

/** Numbers are dense, so that the versions of the past are known by what the head was then. */
async function versionsThen(
  { versions }: Pick<VersionReading, "versions">,
  { model, head, asOfMs }: { readonly model: string; readonly head: ModelHead; readonly asOfMs: number },
  { after, limit }: PageRequest,
): Promise<ListPage<StoredVersion>> {
  const items: StoredVersion[] = [];
  let number = after === undefined ? head.newest : Number(after) - 1;
  while (items.length < limit && number >= head.first) {
    const count = Math.min(limit - items.length, number - head.first + 1);
    const names = Array.from({ length: count }, (_, i) => versionName(model, number - i));
    items.push(...(await versions.getMany(names, asOfMs)).filter((it) => it !== undefined));
    number -= count;
  }
  return { items, ...(number >= head.first && { next: String(number + 1) }) };
}

/** These versions as callers see them; `heads` has those of their models. At most 1,000. */
export async function assembled(
  { versions }: Pick<VersionReading, "versions">,
  stored: readonly StoredVersion[],
  heads: ReadonlyMap<string, ModelHead>,
): Promise<ModelVersion[]> {
  const contents = await versions.contents(stored.map((it) => it.name));
  const aliases = new Map([...heads].map(([model, head]) => [model, aliasesByVersion(head)]));
  return stored.flatMap((it, i) => {
    const content = contents[i];
    return content ? [versionOf(content, it, aliases.get(it.record.model)?.get(it.record.version) ?? [])] : [];
  });
}

/** Where a declared signature differs from the model's. Paths start with `signature`. */
export const signatureDifferences = (declared: Signature, actual: Signature): readonly FieldViolation[] =>
  (["inputs", "outputs"] as const).flatMap((side) => {
    const [said, seen] = [textOf(declared[side]), textOf(actual[side])];
    return said === seen ? [] : [{ path: `signature.${side}`, description: `declared ${said}, the model has ${seen}` }];
  });

const textOf = (tensors: readonly TensorSpec[]): string =>
  tensors.map((it) => `${it.name}:${it.datatype}[${it.shape.join(",")}]`).join(" ") || "nothing";
