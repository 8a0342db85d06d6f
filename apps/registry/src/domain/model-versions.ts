import type { BlobStore } from "@throughline/blobs";
import { type Clock, type Digest, type FieldViolation, invalidField, notFound } from "@throughline/kernel";
import type { Call, RunCall } from "./call.ts";
import { changeTime, type ListPage, type PageRequest } from "./change.ts";
import { artifactUnknown, modelTooLarge, signatureMismatch } from "./errors.ts";
import { registered } from "./lineage.ts";
import type { ModelFormat, ModelVersion, Signature, TensorSpec } from "./model.ts";
import type { ModelFacts, ModelInspector } from "./model-inspector.ts";
import { type ModelDeps, storedModel } from "./models.ts";
import { parseVersionName, projectOf, versionName, versionNumber } from "./names.ts";
import type { Artifacts, LineageWrites } from "./ports.ts";

export interface VersionDeps extends ModelDeps {
  readonly blobs: Pick<BlobStore, "stat">;
  readonly artifacts: Artifacts;
  readonly inspector: ModelInspector;
  readonly lineage: LineageWrites;
  readonly clock: Clock;
  readonly run: RunCall;
  /** Most bytes of a model. */
  readonly modelBytesMax: number;
}

/** What a caller says of the version to register. */
export interface Registration {
  readonly model: string;
  readonly digest: Digest;
  readonly format: ModelFormat;
  readonly run: string;
  readonly trainingSet: string;
  readonly trainingSetDigest: Digest | "";
  readonly description: string;
  readonly metrics: Readonly<Record<string, number>>;
  /** Left out: read from the model. */
  readonly signature?: Signature;
}

/**
 * Registers uploaded bytes as the next version of a model, after checking them if they are ONNX. Fails with
 * ARTIFACT_UNKNOWN, MODEL_TOO_LARGE, MODEL_INVALID, SIGNATURE_MISMATCH, and NOT_FOUND for the model.
 */
export function registerVersion(deps: VersionDeps, call: Call, wanted: Registration): Promise<ModelVersion> {
  let checked: Promise<Checked> | undefined;
  return deps.run(call, async () => {
    await storedModel(deps, wanted.model);
    // Once is enough, however often others take the number first.
    checked ??= checkBytes(deps, wanted);
    const { sizeBytes, facts } = await checked;
    const newest = await deps.versions.newest(wanted.model);
    const { signature: _, ...said } = wanted;
    const number = newest.version + 1;
    const version: ModelVersion = {
      ...said,
      ...facts,
      name: versionName(wanted.model, number),
      version: number,
      sizeBytes,
      actor: call.actor,
      createTimeMs: changeTime(deps.clock.now(), newest.timeMs),
    };
    const writes = [...deps.versions.append(version, newest), ...registered(version).flatMap(deps.lineage)];
    return { writes, response: version };
  });
}

interface Checked {
  readonly sizeBytes: number;
  readonly facts?: ModelFacts;
}

async function checkBytes(deps: VersionDeps, wanted: Registration): Promise<Checked> {
  const { digest, trainingSetDigest } = wanted;
  const project = projectOf(wanted.model);
  checkProject(wanted, project);
  const [known, stored] = await Promise.all([deps.artifacts.find(project, digest), deps.blobs.stat(digest)]);
  if (!known || !stored) throw artifactUnknown(digest, "version.digest");
  if (trainingSetDigest !== "" && !(await deps.artifacts.find(project, trainingSetDigest)))
    throw artifactUnknown(trainingSetDigest, "version.training_set_digest");
  if (stored.size > deps.modelBytesMax) throw modelTooLarge(stored.size, deps.modelBytesMax);
  if (wanted.format === "OPAQUE") return { sizeBytes: stored.size };
  const facts = await deps.inspector.inspect({ digest, sizeBytes: stored.size });
  if (wanted.signature) checkSignature(wanted.signature, facts.signature);
  return { sizeBytes: stored.size, facts };
}

/** A thread does not lead from one tenant to another. */
function checkProject({ run, trainingSet }: Registration, project: string): void {
  for (const [path, name] of [
    ["version.run", run],
    ["version.training_set", trainingSet],
  ] as const)
    if (name !== "" && projectOf(name) !== project)
      throw invalidField(path, `${name} is of another project than the model (${project})`);
}

function checkSignature(declared: Signature, actual: Signature): void {
  const violations = signatureDifferences(declared, actual).map((it) => ({ ...it, path: `version.${it.path}` }));
  if (violations.length > 0) throw signatureMismatch(violations);
}

/** Where a declared signature differs from the model's. Paths start with `signature`. */
export const signatureDifferences = (declared: Signature, actual: Signature): readonly FieldViolation[] =>
  (["inputs", "outputs"] as const).flatMap((side) => {
    const [said, seen] = [textOf(declared[side]), textOf(actual[side])];
    return said === seen ? [] : [{ path: `signature.${side}`, description: `declared ${said}, the model has ${seen}` }];
  });

const textOf = (tensors: readonly TensorSpec[]): string =>
  tensors.map((it) => `${it.name}:${it.datatype}[${it.shape.join(",")}]`).join(" ") || "nothing";

/**
 * The version of a name whose last segment is a number, an alias or `latest`; the last two as they were at an instant,
 * if one is given. Fails with NOT_FOUND.
 */
export async function getVersion(
  deps: Pick<VersionDeps, "versions" | "aliases">,
  name: string,
  { path, asOfMs }: { readonly path: string; readonly asOfMs?: number },
): Promise<ModelVersion> {
  const { model, selector } = parseVersionName(name, path);
  const number = versionNumber(selector) ?? (await resolve(deps, { model, selector }, asOfMs));
  const version = number > 0 ? await deps.versions.get(model, number) : undefined;
  if (!version) throw notFound(name);
  return version;
}

async function resolve(
  deps: Pick<VersionDeps, "versions" | "aliases">,
  { model, selector }: { readonly model: string; readonly selector: string },
  asOfMs?: number,
): Promise<number> {
  if (selector === "latest") return (await deps.versions.newest(model, asOfMs)).version;
  return (await deps.aliases.get(model, selector, asOfMs))?.version ?? 0;
}

/** Versions of a model, newest first. Fails with NOT_FOUND for the model. */
export async function listVersions(
  deps: VersionDeps,
  model: string,
  page: PageRequest,
): Promise<ListPage<ModelVersion>> {
  await storedModel(deps, model);
  return deps.versions.list(model, page);
}
