import { Controls, type Edge, Handle, type Node, type NodeProps, Position } from "@xyflow/react";
import { type LineageGraph, type LineageNode, NODE } from "../thread/lineage-graph.ts";
import { Graph } from "./graph.tsx";

interface LineagePictureProps {
  readonly graph: LineageGraph;
  readonly start: string;
  readonly chosen: string;
  readonly choose: (id: string) => void;
}

const HEIGHT_MIN = 260;
const HEIGHT_MAX = 620;

/** The lineage graph: sources at the left, what was made from them at the right. */
export function LineagePicture({ graph, start, chosen, choose }: LineagePictureProps) {
  const nodes = graph.nodes.map(
    (it): ThingNode => ({
      id: it.id,
      type: "thing",
      position: { x: it.x, y: it.y },
      data: { node: it, isStart: isStart(it, start), isChosen: it.id === chosen, choose },
    }),
  );
  const edges = graph.edges.map(
    (it): Edge => ({ id: `${it.from} ${it.to} ${it.role}`, source: it.from, target: it.to }),
  );
  const starts = graph.nodes.filter((it) => isStart(it, start)).map((it) => it.id);
  const depth = Math.max(0, ...graph.nodes.map((it) => it.y)) + NODE.height + 60;
  return (
    <Graph
      key={start}
      nodes={nodes}
      edges={edges}
      types={TYPES}
      label="Lineage graph"
      height={Math.min(HEIGHT_MAX, Math.max(HEIGHT_MIN, depth))}
      zoomable
      {...(starts.length > 0 && { first: starts })}
    >
      <Controls showInteractive={false} />
    </Graph>
  );
}

const isStart = ({ id, resource }: LineageNode, start: string): boolean => id === start || resource === start;

type ThingNode = Node<
  {
    readonly node: LineageNode;
    readonly isStart: boolean;
    readonly isChosen: boolean;
    readonly choose: (id: string) => void;
  },
  "thing"
>;

function Thing({ data: { node, isStart, isChosen, choose } }: NodeProps<ThingNode>) {
  return (
    <>
      <Handle type="target" position={Position.Left} isConnectable={false} />
      <button
        type="button"
        className={`thing ${node.type} nopan ${isStart ? "start" : ""}`}
        style={{ width: NODE.width, height: NODE.height }}
        aria-pressed={isChosen}
        title={`${node.kind}\n${node.resource}\n${node.id}`}
        onClick={() => choose(node.id)}
      >
        <span className="item-note">{node.kind}</span>
        <span className="item-title">{node.title}</span>
      </button>
      <Handle type="source" position={Position.Right} isConnectable={false} />
    </>
  );
}

const TYPES = { thing: Thing };
