import {
  type EnrichNode,
  type Graph,
  type GraphNode,
  kindOf,
  type NodeKind,
  type OutlierGateNode,
  planGraph,
  REQUEST,
} from "@throughline/graphs";
import { type Clock, invariant } from "@throughline/kernel";
import { releaseUnusable } from "../errors.ts";
import type { BoundFeatures } from "../features.ts";
import type { LoadedModel } from "../model-host.ts";
import { type StatisticsCounter, statisticsCounter } from "../model-statistics.ts";
import type { ModelUse, Release } from "../release.ts";
import { type GraphBandit, graphBandit } from "./bandit.ts";
import type { GraphStep } from "./run.ts";
import { type GraphShape, graphShape } from "./shape.ts";
import { banditRun } from "./steps/bandit.ts";
import { splitRun, switchRun } from "./steps/branches.ts";
import { cacheRun } from "./steps/cache.ts";
import { combineRun } from "./steps/combine.ts";
import { enrichRun } from "./steps/enrich.ts";
import { type ModelParts, modelRun } from "./steps/model.ts";
import { anomalyModel, gateRun, mahalanobis, type OutlierMethod } from "./steps/outlier-gate.ts";
import { shadowRun } from "./steps/shadow.ts";
import { transformRun } from "./steps/transform.ts";

/** What the nodes of a graph work with. */
export interface GraphParts {
  readonly release: Release;
  /** By the name of the node that runs it. */
  readonly models: ReadonlyMap<string, LoadedModel>;
  /** What enrich nodes read, by node. */
  readonly enrichments: ReadonlyMap<string, BoundFeatures>;
  readonly clock: Clock;
}

/** A graph that can run. */
export interface CompiledGraph {
  readonly steps: ReadonlyMap<string, GraphStep>;
  readonly outputNode: string;
  readonly shape: GraphShape;
  readonly bandits: ReadonlyMap<string, GraphBandit>;
  /** Names of the nodes that read the release's own features, or what the request brought. */
  readonly requestReaders: ReadonlySet<string>;
  /** Names of the nodes that only run after the answer. */
  readonly afterwards: ReadonlySet<string>;
  /** Counts what the graph is asked, and its caches. */
  readonly counter: StatisticsCounter;
}

/** Makes the nodes of a release's graph ready to run. Fails with RELEASE_UNUSABLE for a graph that cannot. */
export function compileGraph(parts: GraphParts): CompiledGraph {
  const { graph, name: release } = parts.release;
  const plan = planGraph(graph);
  if (plan === undefined)
    throw releaseUnusable(release, "its graph has a cycle, or names a node that it does not have");
  const shape = graphShape(parts.release);
  const bandits = new Map(
    graph.nodes.flatMap(({ name, bandit }) => (bandit ? [[name, graphBandit(bandit)] as const] : [])),
  );
  const counter = statisticsCounter(() => parts.clock.now());
  const compiling: Compiling = { ...parts, shape, bandits, counter };
  const steps = new Map(graph.nodes.map((it) => [it.name, stepOf(it, compiling)]));
  const readers = plan.nodes.values().filter((it) => it.readsRequest);
  const requestReaders = new Set(readers.map(({ node }) => node.name));
  const { outputNode, afterwards } = plan;
  return { steps, outputNode, shape, bandits, requestReaders, afterwards, counter };
}

/** How the only node runs its model, if the graph is nothing but one model that gives one score. */
export function singleModel({ nodes }: Graph): ModelUse | undefined {
  const [node] = nodes;
  if (nodes.length !== 1 || node?.model === undefined || node.deadlineMs !== undefined) return undefined;
  const use = modelUse(node.name, node.model);
  return use.outputColumns.length === 1 ? use : undefined;
}

/** The nodes that run a model, each with how it does and what it reads. */
export const modelUsesOf = ({
  nodes,
}: Graph): readonly { readonly use: ModelUse; readonly inputs: readonly string[] }[] =>
  nodes.flatMap(({ name, model, outlierGate }) => {
    if (model) return [{ use: modelUse(name, model), inputs: orRequest(model.inputs) }];
    if (outlierGate?.model)
      return [{ use: gateModelUse(name, outlierGate.model), inputs: orRequest(outlierGate.inputs) }];
    return [];
  });

interface Compiling extends GraphParts {
  readonly shape: GraphShape;
  readonly bandits: ReadonlyMap<string, GraphBandit>;
  readonly counter: StatisticsCounter;
}

function stepOf(node: GraphNode, compiling: Compiling): GraphStep {
  const kind = kindOf(node);
  invariant(kind, `the node ${node.name} does nothing`);
  return {
    name: node.name,
    kind: kind.case,
    isSoft: node.dependency === "SOFT",
    run: runOf(node.name, kind, compiling),
    ...(node.deadlineMs === undefined ? {} : { deadlineMs: node.deadlineMs }),
  };
}

function runOf(name: string, kind: NodeKind, compiling: Compiling): GraphStep["run"] {
  const { release, shape } = compiling;
  switch (kind.case) {
    case "model":
      return modelRun(modelParts(modelUse(name, kind.value), compiling, orRequest(kind.value.inputs)));
    case "transform": {
      const inputs = orRequest(kind.value.inputs);
      return transformRun({ inputs, outputs: kind.value.outputs, columns: shape.namesOf(inputs) });
    }
    case "enrich":
      return enrichOf(name, kind.value, compiling);
    case "combine":
      return combineRun({ node: name, combine: kind.value, width: shape.widthOf(kind.value.inputs[0] ?? "") });
    case "switch": {
      const inputs = orRequest(kind.value.inputs);
      return switchRun({ name, node: kind.value, inputs, columns: shape.namesOf(inputs) });
    }
    case "split":
      return splitRun({ name, node: kind.value, releaseDigest: release.digest });
    case "bandit": {
      const { contextFeatures: context, inputs, defaultNode: fallback } = kind.value;
      const { policy } = compiling.bandits.get(name) ?? graphBandit(kind.value);
      const read = context.length === 0 ? inputs : orRequest(inputs);
      const place = { name, release: release.name, releaseDigest: release.digest };
      return banditRun({ ...place, policy, inputs: read, context, fallback });
    }
    case "outlierGate": {
      const { passNode, otherwiseNode } = kind.value;
      return gateRun({ name, method: methodOf(name, kind.value, compiling), passNode, otherwiseNode });
    }
    case "shadow":
      return shadowRun({ name, ...kind.value });
    case "cache": {
      const { node, ttlMs, maxEntries } = kind.value;
      const { clock, counter } = compiling;
      return cacheRun({ name, node, ttlMs, entriesMax: maxEntries, clock, tell: counter.cache });
    }
  }
}

/** How a model node runs its model. */
const modelUse = (node: string, it: NonNullable<GraphNode["model"]>): ModelUse => ({
  node,
  inputTensor: it.inputTensor,
  outputTensor: it.outputTensor,
  outputs: [it.outputTensor],
  outputColumns: it.outputColumns ?? [it.outputColumn],
});

/** How an outlier gate runs its model. */
const gateModelUse = (node: string, it: NonNullable<OutlierGateNode["model"]>): ModelUse => ({
  node,
  inputTensor: it.inputTensor,
  outputTensor: it.outputTensor,
  outputs: [it.outputTensor],
  outputColumns: [it.outputColumn],
});

/** Where a node names no inputs, it reads the release's own features. */
const orRequest = (inputs: readonly string[] | undefined): readonly string[] =>
  inputs === undefined || inputs.length === 0 ? [REQUEST] : inputs;

function modelParts(use: ModelUse, { release, models, shape }: Compiling, inputs: readonly string[]): ModelParts {
  const model = models.get(use.node);
  invariant(model, `the node ${use.node} has no model`);
  return { release: release.name, model, use, inputs, columnsOf: shape.columnsOf };
}

function enrichOf(name: string, node: EnrichNode, { enrichments }: Compiling): GraphStep["run"] {
  const features = enrichments.get(name);
  invariant(features, `the node ${name} has no features`);
  const readsColumns = node.keys.some((it) => it.column !== undefined);
  const inputs = readsColumns ? orRequest(node.inputs) : node.inputs;
  return enrichRun({ inputs, keys: node.keys, names: node.features, features });
}

function methodOf(name: string, gate: OutlierGateNode, compiling: Compiling): OutlierMethod {
  const inputs = orRequest(gate.inputs);
  if (gate.model) {
    const parts = modelParts(gateModelUse(name, gate.model), compiling, inputs);
    return anomalyModel(parts, { limit: gate.model.threshold, isOutlierBelow: gate.model.outlierBelow });
  }
  invariant(gate.mahalanobis, `the gate ${name} has no method`);
  const { columnsOf } = compiling.shape;
  return mahalanobis({ ...gate.mahalanobis, release: compiling.release.name, inputs, columnsOf });
}
