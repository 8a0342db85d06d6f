import { type Graph, type GraphNode, kindOf, type NodeKind } from "./graph.ts";
import {
  ARM_POLICIES,
  COLUMN_TYPES,
  COMBINE_METHODS,
  type DurationMessage,
  type GraphMessage,
  type KindMessage,
  type NodeMessage,
  SOFT,
} from "./message.ts";

/** The message of a graph: `graphFromMessage` gives the graph again. */
export const graphToMessage = ({ nodes, outputNode }: Graph): GraphMessage => ({
  nodes: nodes.map(nodeTo),
  outputNode,
});

function nodeTo(node: GraphNode): NodeMessage {
  const kind = kindOf(node);
  return {
    name: node.name,
    kind: kind ? kindTo(kind) : { case: undefined },
    ...(node.deadlineMs !== undefined && { deadline: durationOf(node.deadlineMs) }),
    dependency: node.dependency === "SOFT" ? SOFT : 0,
  };
}

function kindTo(kind: NodeKind): KindMessage {
  switch (kind.case) {
    case "model":
      return { case: "model", value: { inputs: [], outputColumns: [], ...kind.value } };
    case "transform": {
      const { inputs, outputs } = kind.value;
      const typed = outputs.map((it) => ({ ...it, type: COLUMN_TYPES.indexOf(it.type) }));
      return { case: "transform", value: { inputs, outputs: typed } };
    }
    case "enrich": {
      const { featureServiceVersion, viewVersions, keys, ...rest } = kind.value;
      const versions = Object.entries(viewVersions).map(([view, it]) => [view, BigInt(it)] as const);
      return {
        case: "enrich",
        value: {
          ...rest,
          featureServiceVersion: BigInt(featureServiceVersion),
          viewVersions: Object.fromEntries(versions),
          keys: keys.map(({ key, requestField, column }) => ({
            key,
            source:
              requestField !== undefined
                ? { case: "requestField", value: requestField }
                : column !== undefined
                  ? { case: "column", value: column }
                  : { case: undefined },
          })),
        },
      };
    }
    case "combine":
      return { case: "combine", value: { ...kind.value, method: COMBINE_METHODS.indexOf(kind.value.method) } };
    case "bandit":
      return { case: "bandit", value: { ...kind.value, policy: ARM_POLICIES.indexOf(kind.value.policy) } };
    case "outlierGate": {
      const { mahalanobis, model, ...rest } = kind.value;
      const method = mahalanobis
        ? ({ case: "mahalanobis", value: mahalanobis } as const)
        : model
          ? ({ case: "model", value: model } as const)
          : ({ case: undefined } as const);
      return { case: "outlierGate", value: { ...rest, method } };
    }
    case "cache": {
      const { ttlMs, ...rest } = kind.value;
      return { case: "cache", value: { ...rest, ttl: durationOf(ttlMs) } };
    }
    default:
      return kind;
  }
}

const durationOf = (ms: number): DurationMessage => ({
  seconds: BigInt(Math.floor(ms / 1_000)),
  nanos: (ms % 1_000) * 1_000_000,
});
