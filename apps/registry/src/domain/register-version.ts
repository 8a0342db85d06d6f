import { invalidField } from "@throughline/kernel";
import { attachedContent } from "./attach-transforms.ts";
import type { Call } from "./call.ts";
import { artifactUnknown } from "./errors.ts";
import type { RegistryEvent } from "./events.ts";
import { registered } from "./lineage.ts";
import type { ModelSource, ModelVersion, VersionContent } from "./model.ts";
import { emptyHead, type ModelHead, withLatest } from "./model-head.ts";
import type { VersionRecord } from "./model-store.ts";
import { getVersion, versionOf } from "./model-versions.ts";
import { headChange, storedModel } from "./models.ts";
import { isVersionName, projectOf, versionName } from "./names.ts";
import type { Prepared, Registration, RegistrationDeps } from "./registration.ts";
import { NO_STAGE } from "./stages.ts";
import { variantContent } from "./variant.ts";
import { contentOfArtifact, contentOfFiles } from "./version-content.ts";

/**
 * Registers bytes that are there as the next version of a model, after checking them if they are ONNX: one artifact, the
 * files of a source, or a copy of another version. Fails with ARTIFACT_UNKNOWN, SOURCE_UNKNOWN, SOURCE_TOO_LARGE,
 * UNSUPPORTED_FORMAT, MODEL_TOO_LARGE, MODEL_INVALID, SIGNATURE_MISMATCH, SIGNATURE_DIFFERS, and NOT_FOUND for the model.
 */
export function registerVersion(deps: RegistrationDeps, call: Call, wanted: Registration): Promise<ModelVersion> {
  let preparing: Promise<Prepared> | undefined;
  const plan = async (begin: () => Promise<void>) => {
    if (!preparing) await storedModel(deps, wanted.model);
    // Once is enough, however often others take the number first; and nobody waits for it.
    preparing ??= prepared(deps, wanted);
    const { content: found, description, tags } = await preparing;
    await begin();
    const [model, head] = await Promise.all([storedModel(deps, wanted.model), deps.heads.get(wanted.model)]);
    const before = head?.record ?? emptyHead(model.record.project);
    const number = before.newest + 1;
    const change = headChange(deps, { actor: call.actor, reason: "" }, head);
    const createTimeMs = change.timeMs;
    const name = versionName(wanted.model, number);
    const content: VersionContent = {
      ...found,
      name,
      model: model.name,
      version: number,
      actor: call.actor,
      createTimeMs,
    };
    const record: VersionRecord = {
      project: before.project,
      model: model.name,
      version: number,
      run: content.run,
      sourceUri: content.sourceUri,
      author: call.actor,
      description,
      tags,
      stage: NO_STAGE,
      approvals: [],
      createTimeMs,
      updateTimeMs: createTimeMs,
    };
    const next: ModelHead = withLatest({ ...before, newest: number }, NO_STAGE, number);
    const writes = [
      ...(await deps.heads.set(model.name, next, { ...(head && { current: head }), change })),
      ...(await deps.versions.insert(content, record, change)),
      ...registered(content).flatMap(deps.lineage),
      ...(await deps.events(before.project, [createdEvent(model.record.displayName, content, record)])),
    ];
    return { writes, response: versionOf(content, { revision: 1, change, record }, []) };
  };
  return deps.turns(wanted.model, (begin) => deps.run(call, () => plan(begin)));
}

const createdEvent = (name: string, content: VersionContent, record: VersionRecord): RegistryEvent => ({
  event: "model_version.created",
  data: {
    name,
    version: String(content.version),
    source: content.sourceUri || content.digest,
    run_id: content.run.split("/").at(-1) || null,
    tags: record.tags,
    description: record.description || null,
  },
});

async function prepared(deps: RegistrationDeps, wanted: Registration): Promise<Prepared> {
  const project = projectOf(wanted.model);
  checkProject(wanted, project);
  const { source, digest, trainingSetDigest, attaching, variant } = wanted;
  if (attaching) return attachedContent(deps, attaching, wanted);
  if (trainingSetDigest !== "" && !(await deps.artifacts.find(project, trainingSetDigest)))
    throw artifactUnknown(trainingSetDigest, "version.training_set_digest");
  const made =
    source && isVersionName(source.parent) ? await copied(deps, wanted, source) : await registration(deps, wanted);
  if (digest !== undefined && digest !== made.content.digest)
    throw invalidField("version.digest", `the source has ${made.content.digest}. Leave the digest out, or correct it`);
  return variant ? variantContent(deps, made, variant) : made;
}

async function registration(deps: RegistrationDeps, wanted: Registration): Promise<Prepared> {
  const { model, digest, source, format, signature, description, tags, variant: _, ...said } = wanted;
  const declared = signature && { signature };
  const content = { ...said, copiedFrom: "", ...(source && { source }) };
  if (digest !== undefined && !source) {
    if (!format) throw formatMissing();
    if (!(await deps.artifacts.find(projectOf(model), digest))) throw artifactUnknown(digest, "version.digest");
    const found = await contentOfArtifact(deps, { digest, format, ...declared });
    return { content: { ...content, ...found }, description, tags };
  }
  if (!source && said.sourceUri === "")
    throw invalidField("version.digest", "give the digest of the model, or the source of its files");
  const found = await contentOfFiles(deps, { ...(source && { source }), ...(format && { format }), ...declared });
  const run = said.run === "" && source?.parent.includes("/runs/") ? source.parent : said.run;
  return { content: { ...content, ...found, run }, description, tags };
}

const formatMissing = () =>
  invalidField("version.format", "say MODEL_FORMAT_ONNX, or MODEL_FORMAT_OPAQUE for bytes that are only kept");

/** What a copy says nothing of is as it was with the original. Its approvals, aliases and stage are not. */
async function copied(deps: RegistrationDeps, wanted: Registration, source: ModelSource): Promise<Prepared> {
  if (source.path !== "") throw invalidField("version.source.path", "a version is copied whole. Leave the path out");
  const original = await getVersion(deps, source.parent, { path: "version.source.parent" });
  const {
    name,
    model,
    version,
    actor,
    createTimeMs,
    description,
    tags,
    stage,
    approvals,
    aliases,
    revision,
    updateTimeMs,
    ...content
  } = original;
  if (wanted.format && wanted.format !== content.format)
    throw invalidField("version.format", `${name} is MODEL_FORMAT_${content.format}, and so are its copies`);
  return {
    content: {
      ...content,
      source: { parent: name, path: "" },
      copiedFrom: name,
      run: wanted.run || content.run,
      trainingSet: wanted.trainingSet || content.trainingSet,
      trainingSetDigest: wanted.trainingSetDigest || content.trainingSetDigest,
      runLink: wanted.runLink || content.runLink,
      sourceUri: wanted.sourceUri || content.sourceUri,
      metrics: Object.keys(wanted.metrics).length > 0 ? wanted.metrics : content.metrics,
    },
    description: wanted.description || description,
    tags: Object.keys(wanted.tags).length > 0 ? wanted.tags : tags,
  };
}

/** A thread does not lead from one tenant to another. */
function checkProject({ run, trainingSet, source, attaching, variant }: Registration, project: string): void {
  for (const [path, name] of [
    ["model_version", attaching?.version ?? ""],
    ["version.run", run],
    ["version.training_set", trainingSet],
    ["version.source.parent", source?.parent ?? ""],
    ["version.derived_from", variant?.of ?? ""],
  ] as const)
    if (name !== "" && projectOf(name) !== project)
      throw invalidField(path, `${name} is of another project than the model (${project})`);
}
