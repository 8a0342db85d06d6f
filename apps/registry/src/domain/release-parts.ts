import type { BlobStore } from "@throughline/blobs";
import { type FieldViolation, isDigest, notFound } from "@throughline/kernel";
import type { ArtifactKind } from "@throughline/lineage";
import { releaseRefused } from "./errors.ts";
import { featureParts, type ReleasePart } from "./lineage.ts";
import type { ModelVersion } from "./model.ts";
import { signatureDifferences } from "./model-versions.ts";
import { projectOf } from "./names.ts";
import { pinnedFeatures } from "./pinned-features.ts";
import type { FeatureServices } from "./ports.ts";
import type { GraphNode, ReleaseFeatures, ReleaseManifest, ReleaseModel } from "./release.ts";
import { checkModelNode } from "./release-model.ts";
import { transformsOfFit } from "./transform-fit.ts";

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

/** A manifest with everything filled in, and its parts for the thread. */
export interface CompleteManifest {
  readonly manifest: ReleaseManifest;
  readonly parts: readonly ReleasePart[];
}

/**
 * Fills in what the platform knows of the parts of a release, and checks what the caller said of them. Fails with
 * RELEASE_REFUSED and every reason at once.
 */
export async function completeManifest(
  sources: PartSources,
  project: string,
  wanted: ReleaseManifest,
): Promise<CompleteManifest> {
  const violations: FieldViolation[] = [];
  const features = await pinnedFeatures(sources.featureServices, { project, wanted: wanted.features }, violations);
  const node = onlyNode(wanted, violations);
  const model =
    node && (await checkedModel(sources, { project, wanted, node, features: features?.filled.features }, violations));
  const others = await digestParts(sources.blobs, wanted, violations);
  for (const [name, threshold] of Object.entries(wanted.thresholds))
    if (!Number.isFinite(threshold))
      violations.push({ path: `manifest.thresholds["${name}"]`, description: `${threshold} is no threshold` });
  if (violations.length > 0 || !node || !model) throw releaseRefused(violations);
  return {
    manifest: assembled(wanted, { node: model.node, model: model.filled, features: features?.filled }),
    parts: [
      ...model.parts,
      ...(features ? featureParts(features.filled.featureService, features.service) : []),
      ...others,
    ],
  };
}

function assembled(
  wanted: ReleaseManifest,
  found: { readonly node: GraphNode; readonly model: ReleaseModel; readonly features: ReleaseFeatures | undefined },
): ReleaseManifest {
  const { features: _, ...rest } = wanted;
  return {
    ...rest,
    models: { [found.node.name]: found.model },
    graph: { nodes: [found.node], outputNode: found.node.name },
    ...(found.features && { features: found.features }),
  };
}

/** The node of the graph, which must be alone, run a model, and answer. */
function onlyNode({ graph, models }: ReleaseManifest, violations: FieldViolation[]): GraphNode | undefined {
  const add = (path: string, description: string): void =>
    void violations.push({ path: `manifest.${path}`, description });
  const [node] = graph.nodes;
  if (!node || graph.nodes.length !== 1) {
    add(
      "graph.nodes",
      `there are ${graph.nodes.length} nodes; in this version a graph has exactly one, which runs a model`,
    );
    return undefined;
  }
  if (!node.model) add("graph.nodes[0].model", "the node runs no model");
  if (graph.outputNode !== "" && graph.outputNode !== node.name)
    add("graph.output_node", `there is no node ${graph.outputNode}`);
  for (const name of Object.keys(models))
    if (name !== node.name) add(`models["${name}"]`, "no node of the graph has this name");
  if (!Object.hasOwn(models, node.name)) add(`models["${node.name}"]`, "the node has no model");
  return node;
}

interface WantedModel {
  readonly project: string;
  readonly wanted: ReleaseManifest;
  readonly node: GraphNode;
  readonly features: readonly string[] | undefined;
}

async function checkedModel(sources: PartSources, it: WantedModel, violations: FieldViolation[]) {
  const { project, wanted, node, features } = it;
  const said = Object.hasOwn(wanted.models, node.name) ? wanted.models[node.name] : undefined;
  if (!said || !node.model) return undefined;
  const path = `manifest.models["${node.name}"]`;
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
  const checked = checkModelNode(node.model, signature, { path: "manifest.graph.nodes[0].model", features });
  violations.push(...checked.violations);
  const { name: modelVersion, digest, transformFitDigest } = version;
  const filled: ReleaseModel = { modelVersion, digest, signature, ...(transformFitDigest && { transformFitDigest }) };
  return { node: { name: node.name, model: checked.node }, filled, parts: [modelPart(version), ...transforms] };
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

/** The parts that a manifest names by digest alone. */
const DIGESTS: readonly (readonly [
  member: "schemaDigest" | "baselineStatisticsDigest" | "certificateDigest" | "calibrationDigest",
  field: string,
  kind: ArtifactKind,
])[] = [
  ["schemaDigest", "schema", "SCHEMA"],
  ["baselineStatisticsDigest", "baseline_statistics", "STATISTICS"],
  ["certificateDigest", "certificate", "CERTIFICATE"],
  ["calibrationDigest", "calibration", "FILE"],
];

async function digestParts(
  blobs: Pick<BlobStore, "stat">,
  wanted: ReleaseManifest,
  violations: FieldViolation[],
): Promise<readonly ReleasePart[]> {
  const parts: ReleasePart[] = [];
  for (const [member, role, kind] of DIGESTS) {
    const digest = wanted[member];
    if (digest === "") continue;
    const stored = isDigest(digest) ? await blobs.stat(digest) : undefined;
    if (stored) parts.push({ digest: stored.digest, role, kind, resource: "", sizeBytes: stored.size });
    else violations.push({ path: `manifest.${role}_digest`, description: `nothing is stored under ${digest}` });
  }
  return parts;
}
