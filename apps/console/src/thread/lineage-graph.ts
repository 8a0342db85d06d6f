import dagre from "@dagrejs/dagre";
import { ArtifactKind, EventType, ExecutionKind } from "@throughline/contracts/throughline/lineage/v1/artifact_pb";
import type { GetLineageResponse } from "@throughline/contracts/throughline/lineage/v1/lineage_service_pb";
import { words } from "./format.ts";
import { shortDigest, titleOf } from "./names.ts";

/** A node of the lineage graph with its place. */
export interface LineageNode {
  /** The digest of an artifact, or the id of an execution. */
  readonly id: string;
  readonly type: "artifact" | "execution";
  readonly kind: string;
  readonly title: string;
  readonly resource: string;
  readonly x: number;
  readonly y: number;
}

export interface LineageEdge {
  readonly from: string;
  readonly to: string;
  readonly role: string;
}

export interface LineageGraph {
  readonly nodes: readonly LineageNode[];
  readonly edges: readonly LineageEdge[];
}

/** Size of a node, in pixels. */
export const NODE = { width: 144, height: 54 } as const;

/** Lays the answer of a lineage walk out from left (sources) to right (what was made). */
export function lineageGraph(answer: GetLineageResponse): LineageGraph {
  const bare = [
    ...answer.artifacts.map((it) => ({
      id: it.digest,
      type: "artifact" as const,
      kind: words(ArtifactKind[it.kind]),
      title: it.resource === "" ? shortDigest(it.digest) : titleOf(it.resource),
      resource: it.resource,
    })),
    ...answer.executions.map((it) => ({
      id: it.id,
      type: "execution" as const,
      kind: words(ExecutionKind[it.kind]),
      title: it.resource === "" ? it.id : titleOf(it.resource),
      resource: it.resource,
    })),
  ];
  const known = new Set(bare.map((it) => it.id));
  const edges = answer.events
    .map((it): LineageEdge => {
      const made = it.type === EventType.OUTPUT;
      return {
        from: made ? it.executionId : it.artifactDigest,
        to: made ? it.artifactDigest : it.executionId,
        role: it.role,
      };
    })
    .filter((it) => known.has(it.from) && known.has(it.to));
  return { nodes: placed(bare, edges), edges };
}

function placed(nodes: readonly Omit<LineageNode, "x" | "y">[], edges: readonly LineageEdge[]): readonly LineageNode[] {
  const graph = new dagre.graphlib.Graph();
  graph.setGraph({ rankdir: "LR", nodesep: 14, ranksep: 24 });
  graph.setDefaultEdgeLabel(() => ({}));
  for (const it of nodes) graph.setNode(it.id, { ...NODE });
  for (const it of edges) graph.setEdge(it.from, it.to);
  dagre.layout(graph);
  return nodes.map((it) => {
    const { x, y } = graph.node(it.id) as { x: number; y: number };
    return { ...it, x: x - NODE.width / 2, y: y - NODE.height / 2 };
  });
}
