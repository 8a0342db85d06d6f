import { invalidField } from "@throughline/kernel";
import type {
  EnrichNode,
  Graph,
  GraphNode,
  KeyBinding,
  ModelNode,
  NodeKinds,
  OutlierGateNode,
  TransformNode,
} from "./graph.ts";
import {
  ARM_POLICIES,
  COLUMN_TYPES,
  COMBINE_METHODS,
  type DurationMessage,
  type EnrichMessage,
  type GateMessage,
  type GraphMessage,
  type KindMessage,
  type NodeMessage,
  SOFT,
  type TransformMessage,
} from "./message.ts";

/**
 * A graph from a generated message that keeps the rules of the contract. It is the one reading of graphs that there is. Fails with
 * INVALID_FIELD for numbers that no whole number of JavaScript is, and for values of newer versions of the contract.
 */
export const graphFromMessage = ({ nodes, outputNode }: GraphMessage): Graph => ({
  nodes: nodes.map(nodeFrom),
  outputNode,
});

function nodeFrom({ name, kind, deadline, dependency }: NodeMessage, index: number): GraphNode {
  const path = `graph.nodes[${index}]`;
  return {
    name,
    ...(kind.case !== undefined && kindFrom(kind, path)),
    ...(deadline && { deadlineMs: msOf(deadline) }),
    ...(dependency === SOFT && { dependency: "SOFT" as const }),
  };
}

function kindFrom(kind: KindMessage, path: string): Partial<NodeKinds> {
  switch (kind.case) {
    case "model":
      return { model: modelFrom(kind.value) };
    case "transform":
      return { transform: transformFrom(kind.value, path) };
    case "enrich":
      return { enrich: enrichFrom(kind.value, path) };
    case "combine": {
      const { inputs, method, weights, threshold, expression, fallback } = kind.value;
      const combine = { inputs, method: named(COMBINE_METHODS, method, `${path}.combine.method`), weights, threshold };
      return { combine: { ...combine, expression, ...(fallback !== undefined && { fallback }) } };
    }
    case "switch": {
      const { inputs, cases, defaultNode } = kind.value;
      return { switch: { inputs, cases: cases.map(({ condition, node }) => ({ condition, node })), defaultNode } };
    }
    case "split": {
      const { branches, stickyField, defaultNode } = kind.value;
      const plain = branches.map(({ node, weightBasisPoints }) => ({ node, weightBasisPoints }));
      return { split: { branches: plain, stickyField, defaultNode } };
    }
    case "bandit": {
      const { arms, policy, epsilon, contextFeatures, reward, defaultNode, inputs } = kind.value;
      const plain = arms.map(({ node, floorBasisPoints }) => ({ node, floorBasisPoints }));
      const learns = { arms: plain, policy: named(ARM_POLICIES, policy, `${path}.bandit.policy`), epsilon };
      return { bandit: { ...learns, contextFeatures, reward, defaultNode, inputs } };
    }
    case "outlierGate":
      return { outlierGate: gateFrom(kind.value) };
    case "shadow": {
      const { primaryNode, mirrorNodes } = kind.value;
      return { shadow: { primaryNode, mirrorNodes } };
    }
    case "cache": {
      const { node, ttl, maxEntries } = kind.value;
      return { cache: { node, ttlMs: ttl ? msOf(ttl) : 0, maxEntries } };
    }
  }
}

function modelFrom({ inputTensor, outputTensor, outputColumn, inputs, outputColumns }: Required<ModelNode>): ModelNode {
  return {
    inputTensor,
    outputTensor,
    outputColumn,
    ...(inputs.length > 0 && { inputs }),
    ...(outputColumns.length > 0 && { outputColumns }),
  };
}

const transformFrom = ({ inputs, outputs }: TransformMessage, path: string): TransformNode => ({
  inputs,
  outputs: outputs.map(({ name, expression, type }, i) => ({
    name,
    expression,
    type: named(COLUMN_TYPES, type, `${path}.transform.outputs[${i}].type`),
  })),
});

function enrichFrom(message: EnrichMessage, path: string): EnrichNode {
  const { featureService, featureServiceVersion, digest, viewVersions, features, requestFeatures, keys, inputs } =
    message;
  const version = (value: bigint, field: string): number => safe(value, `${path}.enrich.${field}`);
  return {
    featureService,
    featureServiceVersion: version(featureServiceVersion, "feature_service_version"),
    digest,
    viewVersions: Object.fromEntries(
      Object.entries(viewVersions).map(([view, it]) => [view, version(it, `view_versions["${view}"]`)]),
    ),
    features,
    requestFeatures,
    keys: keys.map(({ key, source }): KeyBinding => (source.case ? { key, [source.case]: source.value } : { key })),
    inputs,
  };
}

function gateFrom({ inputs, method, falsePositiveRate, passNode, otherwiseNode }: GateMessage): OutlierGateNode {
  const decides: Partial<OutlierGateNode> = methodFrom(method);
  return { inputs, ...decides, falsePositiveRate, passNode, otherwiseNode };
}

function methodFrom({ case: which, value }: GateMessage["method"]): Pick<OutlierGateNode, "mahalanobis" | "model"> {
  if (which === "mahalanobis") {
    const { mean, inverseCovariance, limit } = value;
    return { mahalanobis: { mean, inverseCovariance, limit } };
  }
  if (which === undefined) return {};
  const { inputTensor, outputTensor, outputColumn, threshold, outlierBelow } = value;
  return { model: { inputTensor, outputTensor, outputColumn, threshold, outlierBelow } };
}

/** Rounded up: a deadline or a time to live below a millisecond is one. */
const msOf = ({ seconds, nanos }: DurationMessage): number => Number(seconds) * 1_000 + Math.ceil(nanos / 1_000_000);

function safe(value: bigint, path: string): number {
  if (value > BigInt(Number.MAX_SAFE_INTEGER) || value < 0n)
    throw invalidField(`manifest.${path}`, `${value} is no version`);
  return Number(value);
}

function named<const N extends readonly string[]>(
  names: N,
  value: number,
  path: string,
): Exclude<N[number], "UNSPECIFIED"> {
  const name = names[value];
  if (name === undefined || name === "UNSPECIFIED")
    throw invalidField(`manifest.${path}`, `${value} is none that this version of the platform knows`);
  return name as Exclude<N[number], "UNSPECIFIED">;
}
