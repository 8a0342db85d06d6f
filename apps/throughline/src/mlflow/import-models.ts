import { Code, ConnectError } from "@connectrpc/connect";
import type { Connection } from "@throughline/client";
import { reasonOf } from "@throughline/rpc";
import { attempt, hasAll, type Import } from "./import.ts";
import { deletedModel, FilesMissing, loggedModelIn, noFiles } from "./import-version-files.ts";
import type { SourceModel, SourceVersion } from "./source.ts";

const REASON = "imported from MLflow";
/** Numbers are dense here, so that a hole of any size would be filled. */
const VERSIONS_MAX = 100_000;

/** Copies a registered model with its versions, under their numbers, its stages and aliases. */
export async function importModel(work: Import, model: SourceModel): Promise<void> {
  if (model.name === "") throw new Error("it has no name");
  const { connection, source, counts } = work;
  const { registry } = connection;
  const name = await modelNamed(connection, model);
  await registry.updateModel({
    model: { name, description: model.description },
    updateMask: { paths: ["description"] },
    reason: REASON,
  });
  await registry.setModelTags({ name, tags: model.tags, reason: REASON });
  let awaited: number | undefined;
  for await (const version of source.versions(model.name))
    await attempt(work, { kind: "versions", what: `version ${version.version} of ${model.name}` }, async () => {
      // The number of one that the next import can bring is not to be given away.
      if (awaited !== undefined) throw new Error(`it has to wait for version ${awaited}`);
      await importVersion(work, { model: name, title: model.name }, version).catch((error: unknown) => {
        if (error instanceof FilesMissing) awaited = version.version;
        throw error;
      });
    });
  const wanted = Object.entries(model.aliases);
  for (const [alias, version] of wanted)
    await attempt(work, { kind: "aliases", what: `alias ${alias} of ${model.name}` }, () =>
      importAlias(work, name, { alias, version }),
    );
  const { model: stored } = await registry.getModel({ name });
  const same =
    stored?.displayName === model.name && stored.description === model.description && hasAll(stored.tags, model.tags);
  counts.add("models", 1, same ? 1 : 0);
  if (!same) counts.problem(`${name} has another title, or other texts, than "${model.name}" in MLflow`);
}

async function importAlias(
  { connection: { registry }, counts }: Import,
  model: string,
  { alias, version }: { readonly alias: string; readonly version: number },
): Promise<void> {
  if (!Number.isSafeInteger(version)) throw new Error("it names no version");
  await registry.setModelAlias({ model, alias, version: BigInt(version), reason: REASON });
  const { model: stored } = await registry.getModel({ name: model });
  if (stored?.aliases[alias] !== BigInt(version)) throw new Error("it names another version afterwards");
  counts.add("aliases", 1, 1);
}

/** The name of the model of that title; it is created if there is none. */
async function modelNamed({ registry, parent }: Connection, { name: displayName }: SourceModel): Promise<string> {
  const found = (await registry.listModels({ parent, displayName })).models[0];
  if (found) return found.name;
  for (let attempt = 0; ; attempt++) {
    const modelId = `${slug(displayName)}${attempt === 0 ? "" : `-${attempt + 1}`}`;
    try {
      const { model } = await registry.createModel({ parent, modelId, model: { displayName } });
      return model?.name ?? "";
    } catch (error) {
      if (ConnectError.from(error).code !== Code.AlreadyExists || attempt === 9) throw error;
    }
  }
}

/** An id that is like the title, as far as ids go. */
function slug(title: string): string {
  const plain = title
    .normalize("NFKD")
    .replace(/[^A-Za-z0-9._-]+/g, "-")
    .replace(/^[^A-Za-z0-9]+/, "")
    .slice(0, 100);
  return plain === "" ? "model" : plain;
}

/** A model by its name here, and by the one that MLflow has for it. */
interface InModel {
  readonly model: string;
  readonly title: string;
}

async function importVersion(work: Import, inModel: InModel, version: SourceVersion): Promise<void> {
  const { model } = inModel;
  const { connection, counts } = work;
  const { registry } = connection;
  if (!Number.isSafeInteger(version.version) || version.version < 1) throw new Error("it has no number");
  if (version.version > VERSIONS_MAX) throw new Error(`its number is above ${VERSIONS_MAX}`);
  const name = `${model}/versions/${version.version}`;
  const newest = Number((await registry.getModel({ name: model })).model?.latestVersion ?? 0n);
  // Numbers are dense here, and never used twice: what MLflow has deleted was a version as well.
  for (let number = newest + 1; number < version.version; number++) await createDeleted(connection, model, number);
  if (newest < version.version) await createVersion(work, inModel, version);
  await registry.setModelVersionTags({ name, tags: version.tags, reason: REASON });
  if (version.stage !== "None") await registry.transitionModelVersion({ name, stage: version.stage, reason: REASON });
  const { version: stored } = await registry.getModelVersion({ name });
  const same =
    stored?.stage === version.stage && stored.description === version.description && hasAll(stored.tags, version.tags);
  counts.add("versions", 1, same ? 1 : 0);
  if (!same) counts.problem(`${name} has another stage or other texts than in MLflow`);
}

/** False if the run or logged model that a version is made of is not to be found. */
async function hasSource(creation: Promise<unknown>): Promise<boolean> {
  try {
    await creation;
    return true;
  } catch (error) {
    if (ConnectError.from(error).code === Code.NotFound || reasonOf(error) === "SOURCE_UNKNOWN") return false;
    throw error;
  }
}

async function createVersion(work: Import, { model, title }: InModel, version: SourceVersion): Promise<void> {
  const { connection } = work;
  const { description, runLink, source: sourceUri } = version;
  const run = version.runId === "" ? "" : `${connection.parent}/runs/${version.runId}`;
  const source = sourceOf(connection.parent, version) ?? noFiles(connection.parent);
  const content = { description, runLink, sourceUri, run, source };
  const create = (it: typeof content) => connection.registry.createModelVersion({ parent: model, version: it });
  const broughtBack = work.broughtBack.get(source.parent);
  const mayLackFiles = broughtBack === "left" || broughtBack === "awaited";
  if (!mayLackFiles && (await hasSource(create(content)))) return;
  const deleted = await deletedModel(work, { model: title, version });
  if (deleted !== undefined) return void (await create({ ...content, source: { parent: deleted, path: "" } }));
  work.counts.problem(`${model}/versions/${version.version}: its run or logged model is not there any more`);
  await create({ description, runLink, sourceUri, run: "", source: noFiles(connection.parent) });
}

async function createDeleted({ registry, parent }: Connection, model: string, number: number): Promise<void> {
  const { version } = await registry.createModelVersion({
    parent: model,
    version: { description: "deleted in MLflow", source: noFiles(parent) },
  });
  await registry.deleteModelVersion({
    name: version?.name ?? `${model}/versions/${number}`,
    reason: "deleted in MLflow",
  });
}

/** Whose files a version has, as its address says it: of a logged model, or of a run. */
function sourceOf(parent: string, { source, runId }: SourceVersion) {
  const model = loggedModelIn(source);
  if (model !== undefined) return { parent: `${parent}/loggedModels/${model}`, path: "" };
  if (runId === "") return undefined;
  const path = /\/artifacts\/(.+?)\/?$/.exec(source)?.[1] ?? /^runs:\/+[^/]+\/(.+?)\/?$/.exec(source)?.[1];
  return path === undefined ? undefined : { parent: `${parent}/runs/${runId}`, path };
}
