import dagre from "@dagrejs/dagre";
import {
  ArmPolicy,
  CombineMethod,
  Dependency,
  type Graph,
  type GraphNode,
} from "@throughline/contracts/throughline/registry/v1/release_pb";
import { figure, words } from "./format.ts";
import { arrowsInto, type NodeArrow, REQUEST } from "./node-arrows.ts";

/** A node of a release's graph with its place, or what stands for the features of the release. */
export interface GraphBox {
  readonly name: string;
  /** What it does, in a word or two. */
  readonly kind: string;
  readonly isOutput: boolean;
  readonly isSoft: boolean;
  readonly x: number;
  readonly y: number;
}

export interface GraphArrow extends NodeArrow {
  readonly to: string;
}

/** A graph as a picture, from the features at the left to the answer at the right. */
export interface GraphDrawing {
  readonly boxes: readonly GraphBox[];
  readonly arrows: readonly GraphArrow[];
}

/** Size of a box, in pixels. */
export const BOX = { width: 136, height: 50 } as const;

/** Lays a graph out. Names are those of a graph that the registry took: unique, and all there. */
export function drawnGraph({ nodes, outputNode }: Graph): GraphDrawing {
  const arrows = nodes.flatMap((node) => arrowsInto(node).map((it): GraphArrow => ({ ...it, to: node.name })));
  const bare = [
    ...(arrows.some((it) => it.from === REQUEST)
      ? [{ name: REQUEST, kind: "features", isOutput: false, isSoft: false }]
      : []),
    ...nodes.map((it) => ({
      name: it.name,
      kind: kindOf(it),
      isOutput: it.name === outputNode,
      isSoft: it.dependency === Dependency.SOFT,
    })),
  ];
  const layout = new dagre.graphlib.Graph({ multigraph: true });
  layout.setGraph({ rankdir: "LR", nodesep: 16, ranksep: 56 });
  layout.setDefaultEdgeLabel(() => ({}));
  for (const it of bare) layout.setNode(it.name, { ...BOX });
  // Told of what is near the features first, dagre lets fewer arrows cross: graphs are mostly written from their answer on.
  for (const [i, it] of [...arrows.entries()].reverse()) layout.setEdge(it.from, it.to, {}, String(i));
  dagre.layout(layout);
  const boxes = bare.map((it) => {
    const { x, y } = layout.node(it.name) as { x: number; y: number };
    return { ...it, x: x - BOX.width / 2, y: y - BOX.height / 2 };
  });
  return { boxes, arrows };
}

/** Name of what a node does. */
const kindOf = ({ kind }: GraphNode): string =>
  (kind.case ?? "nothing").replace(/[A-Z]/g, (it) => ` ${it.toLowerCase()}`);

/** What a node does, in words that need no picture. */
export function doesWhat({ kind }: GraphNode): string {
  switch (kind.case) {
    case "model":
      return "runs its model";
    case "transform":
      return `computes ${kind.value.outputs.map((it) => `${it.name} = ${it.expression}`).join("; ")}`;
    case "enrich":
      return `looks up ${kind.value.featureService.split("/").at(-1)} at version ${kind.value.featureServiceVersion}`;
    case "combine": {
      const { method, expression, threshold } = kind.value;
      if (method === CombineMethod.EXPRESSION) return `computes ${expression}`;
      return method === CombineMethod.VOTE ? `takes the vote from ${figure(threshold)} on` : "takes the mean";
    }
    case "switch":
      return `takes the first of ${kind.value.cases.length} whose condition holds`;
    case "split":
      return kind.value.stickyField === "" ? "splits by chance" : `splits by ${kind.value.stickyField}`;
    case "bandit":
      return `learns which is best, by ${words(ArmPolicy[kind.value.policy])}`;
    case "outlierGate": {
      const how = kind.value.method.case === "model" ? "its model" : "the Mahalanobis distance";
      return `keeps outliers away by ${how}, ${figure(100 * kind.value.falsePositiveRate)} % of usual rows too`;
    }
    case "shadow":
      return "lets others compute the same for the log";
    case "cache":
      return `keeps scores for ${kind.value.ttl?.seconds ?? 0n} s`;
    default:
      return "nothing";
  }
}
