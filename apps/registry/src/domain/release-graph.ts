import { type Column, checkGraph, type EnrichedColumns, type EnrichNode, type Graph } from "@throughline/graphs";
import type { FieldViolation } from "@throughline/kernel";
import { featureParts, type ReleasePart } from "./lineage.ts";
import { type PinnedFeatures, pinnedFeatures } from "./pinned-features.ts";
import type { FeatureServices } from "./ports.ts";
import type { ReleaseManifest, ReleaseModel } from "./release.ts";

/** What is known of a release when its graph is checked. */
export interface KnownParts {
  readonly project: string;
  readonly wanted: ReleaseManifest;
  /** Undefined if the release reads none, or if they are not known. */
  readonly features: PinnedFeatures | undefined;
  readonly models: Readonly<Record<string, ReleaseModel>>;
}

/** A graph with everything filled in, and the feature services that its nodes pin. */
export interface FilledGraph {
  readonly filled: Graph;
  readonly parts: readonly ReleasePart[];
  /** Numbers of an answer; undefined if that is not known. */
  readonly scoreCount: number | undefined;
}

/**
 * Checks a graph from end to end against the models and feature services that it pins, and adds all that is wrong to `violations`. A
 * graph of a model alone is checked by the number of features, as it always was; any other by their types too.
 */
export async function checkedGraph(
  featureServices: FeatureServices,
  { project, wanted, features, models }: KnownParts,
  violations: FieldViolation[],
): Promise<FilledGraph> {
  const { graph } = wanted;
  const [only] = graph.nodes;
  const isModelAlone = graph.nodes.length === 1 && only?.model !== undefined;
  const request = features && (await requestColumns(featureServices, features, isModelAlone));
  const pinned = await enrichedServices(featureServices, { project, graph }, violations);
  // Features that were named and not found are told elsewhere; nothing more can be said of what reads them.
  if (wanted.features && !request) return { filled: graph, parts: [], scoreCount: undefined };
  const checked = checkGraph(pinned.graph, {
    models: Object.fromEntries(
      Object.entries(models).flatMap(([node, { signature }]) => (signature ? [[node, signature]] : [])),
    ),
    request,
    enriched: pinned.columns,
  });
  violations.push(...checked.problems.map((it) => ({ ...it, path: `manifest.graph.${it.path}` })));
  const output = checked.outputs.get(checked.graph.outputNode);
  const scoreCount = output?.gives === "scores" ? output.width : undefined;
  return { filled: checked.graph, parts: pinned.parts, scoreCount };
}

const untyped = (names: readonly string[]): readonly Column[] => names.map((name) => ({ name, type: "any" }));

async function requestColumns(
  featureServices: FeatureServices,
  { filled, service }: PinnedFeatures,
  isModelAlone: boolean,
): Promise<readonly Column[]> {
  if (isModelAlone) return untyped(filled.features);
  return (await featureServices.columns(filled.featureService, service.version))?.features ?? untyped(filled.features);
}

interface EnrichedServices {
  /** With what the nodes pin filled in. */
  readonly graph: Graph;
  readonly columns: Readonly<Record<string, EnrichedColumns>>;
  readonly parts: readonly ReleasePart[];
}

/** The feature services that nodes pin, resolved as the release's own. */
async function enrichedServices(
  featureServices: FeatureServices,
  { project, graph }: { readonly project: string; readonly graph: Graph },
  violations: FieldViolation[],
): Promise<EnrichedServices> {
  const columns: Record<string, EnrichedColumns> = {};
  const parts: ReleasePart[] = [];
  const nodes = [];
  for (const [i, node] of graph.nodes.entries()) {
    const path = `manifest.graph.nodes[${i}].enrich`;
    const found =
      node.enrich && (await pinnedFeatures(featureServices, { project, wanted: node.enrich, path }, violations));
    if (node.enrich && found) {
      const { filled, service } = found;
      const known = await featureServices.columns(filled.featureService, service.version);
      columns[node.name] = { columns: known?.features ?? untyped(filled.features), keys: known?.keys };
      parts.push(...featureParts(filled.featureService, service));
      const enrich: EnrichNode = { ...filled, keys: node.enrich.keys, inputs: node.enrich.inputs };
      nodes.push({ ...node, enrich });
    } else nodes.push(node);
  }
  return { graph: { ...graph, nodes }, columns, parts };
}
