import type { BlobStore } from "@throughline/blobs";
import { type Graph, kindOf, runsModel } from "@throughline/graphs";
import { type FieldViolation, notFound } from "@throughline/kernel";
import type { ReleasePart } from "./lineage.ts";
import type { ModelVersion } from "./model.ts";
import { signatureDifferences } from "./model-versions.ts";
import { projectOf } from "./names.ts";
import type { FeatureServices } from "./ports.ts";
import type { ReleaseManifest, ReleaseModel } from "./release.ts";
import { transformsOfFit } from "./transform-fit.ts";

/** The models of a release, filled in. */
export interface CheckedModels {
  /** By the names of their nodes. What is wrong with the others is among the violations. */
  readonly filled: Readonly<Record<string, ReleaseModel>>;
  readonly parts: readonly ReleasePart[];
}

/**
 * Finds the model of each node that runs one, and adds what the caller said wrongly of them to `violations`. Whether the nodes fit
 * their models is the graph's to check.
 */
export async function checkedModels(
  sources: PartSources,
  { project, wanted }: { readonly project: string; readonly wanted: ReleaseManifest },
  violations: FieldViolation[],
): Promise<CheckedModels> {
  const { graph, models } = wanted;
  for (const [path, description] of strangers(graph, models)) violations.push({ path, description });
  const nodes = graph.nodes.filter((it) => runsModel(it) && Object.hasOwn(models, it.name)).map((it) => it.name);
  const filled: Record<string, ReleaseModel> = {};
  const parts: ReleasePart[] = [];
  // One after the other: violations stay in the order of the nodes.
  for (const node of new Set(nodes)) {
    const said = models[node];
    const found = said && (await checkedModel(sources, { project, node, said }, violations));
    if (!found) continue;
    filled[node] = found.filled;
    parts.push(...found.parts);
  }
  return { filled, parts };
}

/** Models without a node, and nodes without a model. */
function strangers(graph: Graph, models: ReleaseManifest["models"]): readonly (readonly [string, string])[] {
  const nodes = graph.nodes.filter(runsModel).map((it) => it.name);
  // What is missing is then the graph, or what its nodes do: that is told, and nothing of what follows from it.
  const isSaid = graph.nodes.length > 0 && graph.nodes.every((it) => kindOf(it));
  const strange = isSaid ? Object.keys(models).filter((it) => !nodes.includes(it)) : [];
  return [
    ...strange.map((name) => {
      const isNode = graph.nodes.some((it) => it.name === name);
      const problem = isNode ? "the node of this name runs no model" : "no node of the graph has this name";
      return [`manifest.models["${name}"]`, problem] as const;
    }),
    ...nodes.flatMap((name) =>
      Object.hasOwn(models, name) ? [] : [[`manifest.models["${name}"]`, "the node has no model"] as const],
    ),
  ];
}

interface WantedModel {
  readonly project: string;
  readonly node: string;
  readonly said: ReleaseModel;
}

async function checkedModel(
  sources: PartSources,
  { project, node, said }: WantedModel,
  violations: FieldViolation[],
): Promise<{ readonly filled: ReleaseModel; readonly parts: readonly ReleasePart[] } | undefined> {
  const path = `manifest.models["${node}"]`;
  const version = await knownVersion(sources, { project, name: said.modelVersion, path }, violations);
  if (!version) return undefined;
  if (said.digest !== "" && said.digest !== version.digest)
    violations.push({ path: `${path}.digest`, description: `${version.name} has ${version.digest}` });
  if (!(await sources.blobs.stat(version.digest)))
    violations.push({ path: `${path}.digest`, description: `the bytes ${version.digest} are not stored any more` });
  const { signature } = version;
  if (version.format !== "ONNX" || !signature) {
    violations.push({ path: `${path}.model_version`, description: opaque(version) });
    return undefined;
  }
  for (const difference of said.signature ? signatureDifferences(said.signature, signature) : [])
    violations.push({ ...difference, path: `${path}.${difference.path}` });
  const transforms = await transformsPart(sources, { version, said, path }, violations);
  const { name: modelVersion, digest, transformFitDigest } = version;
  const filled: ReleaseModel = { modelVersion, digest, signature, ...(transformFitDigest && { transformFitDigest }) };
  return { filled, parts: [modelPart(version), ...transforms] };
}

interface Said {
  readonly version: PartVersion;
  readonly said: ReleaseModel;
  readonly path: string;
}

/** The transforms in front of a model are a part of their own, though their constants are in the model's bytes too. */
async function transformsPart(
  { blobs }: PartSources,
  { version: { name, transformFitDigest: digest, onnx }, said, path: of }: Said,
  violations: FieldViolation[],
): Promise<readonly ReleasePart[]> {
  const path = `${of}.transform_fit_digest`;
  if (said.transformFitDigest !== undefined && said.transformFitDigest !== digest)
    violations.push({ path, description: `${name} has ${digest ?? "no transforms in front of it"}` });
  if (digest === undefined) return [];
  const stored = await blobs.stat(digest);
  if (!stored) {
    violations.push({ path, description: `nothing is stored under ${digest}` });
    return [];
  }
  const { definition, constants } = await transformsOfFit(blobs, digest);
  if (onnx?.transforms?.definition !== definition || onnx.transforms.constants !== constants)
    violations.push({ path, description: `the model of ${name} has other transforms in front of it, or none` });
  return [{ digest, role: "transform_fit", kind: "TRANSFORM_FIT", resource: "", sizeBytes: stored.size }];
}

const modelPart = ({ digest, name, sizeBytes }: PartVersion): ReleasePart => ({
  digest,
  role: "model",
  kind: "MODEL",
  resource: name,
  sizeBytes,
});

const opaque = ({ name, opaqueReason }: PartVersion): string =>
  `${name} is MODEL_FORMAT_OPAQUE: kept, but never opened, so it cannot serve. Export the model to ONNX and register that${opaqueReason === "" ? "" : `. Its ONNX file is not taken as such: ${opaqueReason}`}`;

async function knownVersion(
  sources: PartSources,
  { project, name, path }: { readonly project: string; readonly name: string; readonly path: string },
  violations: FieldViolation[],
): Promise<PartVersion | undefined> {
  const field = `${path}.model_version`;
  if (projectOf(name) !== project) {
    violations.push({ path: field, description: `${name || "no model version"} is not of ${project}` });
    return undefined;
  }
  const version = await sources.findVersion(name);
  if (!version) violations.push({ path: field, description: notFound(name).message });
  return version;
}

/** Where the parts of a release are found. */
export interface PartSources {
  /** By name, which may end in an alias; undefined if it is not there. */
  readonly findVersion: (name: string) => Promise<PartVersion | undefined>;
  readonly featureServices: FeatureServices;
  readonly blobs: Pick<BlobStore, "stat" | "get">;
}

/** What a release needs to know of a version. */
export type PartVersion = Pick<
  ModelVersion,
  "name" | "digest" | "sizeBytes" | "format" | "signature" | "opaqueReason" | "transformFitDigest" | "onnx"
>;
