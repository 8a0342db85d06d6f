import type { Json } from "@throughline/kernel";
import { type Graph, type GraphNode, kindOf, type NodeKind } from "./graph.ts";

/**
 * A graph in the JSON form of its message: members in lowerCamelCase, int64 as text, durations as seconds, enums by name, members
 * with default values left out. Digests of releases are of this, so that any client can compute them from the message.
 */
export const graphJson = ({ nodes, outputNode }: Graph): Json => given({ nodes: nodes.map(nodeJson), outputNode });

/** One node in the same form. */
export function nodeJson(node: GraphNode): Json {
  const kind = kindOf(node);
  return given({
    name: node.name,
    ...(kind && { [kind.case]: kindJson(kind) }),
    ...(node.deadlineMs !== undefined && { deadline: duration(node.deadlineMs) }),
    dependency: node.dependency ? `DEPENDENCY_${node.dependency}` : "",
  });
}

function kindJson(kind: NodeKind): Json {
  switch (kind.case) {
    case "transform": {
      const outputs = kind.value.outputs.map((it) => given({ ...it, type: `COLUMN_TYPE_${it.type}` }));
      return given({ ...kind.value, outputs });
    }
    case "enrich": {
      const { featureServiceVersion: version, viewVersions, keys, ...rest } = kind.value;
      const versions = Object.entries(viewVersions).map(([view, it]) => [view, String(it)] as const);
      return given({
        ...rest,
        featureServiceVersion: version === 0 ? "" : String(version),
        ...(versions.length > 0 && { viewVersions: Object.fromEntries(versions) }),
        keys: keys.map((it) => ({ ...it })),
      });
    }
    case "combine": {
      const { fallback, ...rest } = kind.value;
      const combined = given({ ...rest, method: `COMBINE_METHOD_${kind.value.method}` });
      // It is there even as 0, which is not the same as none.
      return fallback === undefined ? combined : { ...(combined as object), fallback };
    }
    case "bandit":
      return given({
        ...kind.value,
        arms: kind.value.arms.map((it) => given({ ...it })),
        policy: `ARM_POLICY_${kind.value.policy}`,
      });
    case "split":
      return given({ ...kind.value, branches: kind.value.branches.map((it) => given({ ...it })) });
    case "switch":
      return given({ ...kind.value, cases: kind.value.cases.map((it) => given({ ...it })) });
    case "outlierGate": {
      const { mahalanobis, model, ...rest } = kind.value;
      return given({
        ...rest,
        ...(mahalanobis && { mahalanobis: given({ ...mahalanobis }) }),
        ...(model && { model: given({ ...model }) }),
      });
    }
    case "cache":
      return given({ node: kind.value.node, ttl: duration(kind.value.ttlMs), maxEntries: kind.value.maxEntries });
    default:
      return given({ ...kind.value });
  }
}

/** Leaves out members with the default value of their type. Messages and present optional members are put in by others. */
const given = (members: Readonly<Record<string, Json>>): Json =>
  Object.fromEntries(Object.entries(members).filter(([, it]) => !isDefault(it)));

const isDefault = (value: Json): boolean =>
  value === "" || value === 0 || value === false || (Array.isArray(value) && value.length === 0);

/** Seconds with none, or three digits behind the point, as the JSON form of protobuf has them. */
function duration(ms: number): string {
  const [seconds, rest] = [Math.floor(ms / 1_000), ms % 1_000];
  return `${seconds}${rest === 0 ? "" : `.${String(rest).padStart(3, "0")}`}s`;
}
