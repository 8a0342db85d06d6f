import type {
  Graph as GraphMessage,
  GraphNode,
  ReleaseModel,
} from "@throughline/contracts/throughline/registry/v1/release_pb";
import { Dependency } from "@throughline/contracts/throughline/registry/v1/release_pb";
import { type Edge, Handle, type Node, type NodeProps, Position } from "@xyflow/react";
import { useMemo } from "react";
import { arrowsInto } from "../thread/node-arrows.ts";
import { BOX, doesWhat, drawnGraph, type GraphBox } from "../thread/release-graph.ts";
import { Graph } from "./graph.tsx";
import { Table } from "./table.tsx";
import { Clipped, ResourceLink } from "./text.tsx";

interface ReleaseGraphProps {
  readonly graph: GraphMessage;
  readonly models: Readonly<Record<string, ReleaseModel>>;
}

const HEIGHT_MIN = 120;
const HEIGHT_MAX = 460;

/** How a release answers: its graph as a picture, and the same in a table for those who do not see it. */
export function ReleaseGraph({ graph, models }: ReleaseGraphProps) {
  const { boxes, arrows } = useMemo(() => drawnGraph(graph), [graph]);
  const nodes = boxes.map(
    (it): BoxNode => ({ id: it.name, type: "box", position: { x: it.x, y: it.y }, data: { box: it } }),
  );
  const edges = arrows.map(
    (it, i): Edge => ({
      id: String(i),
      source: it.from,
      target: it.to,
      className: it.isMirror ? "mirror" : "",
      ...(it.label !== "" && { label: it.label }),
    }),
  );
  const depth = Math.max(0, ...boxes.map((it) => it.y)) + BOX.height + 40;
  return (
    <>
      <Graph
        nodes={nodes}
        edges={edges}
        types={TYPES}
        label="Inference graph"
        height={Math.min(HEIGHT_MAX, Math.max(HEIGHT_MIN, depth))}
        zoomable={false}
      />
      <Table
        rows={graph.nodes}
        rowKey={(it) => it.name}
        columns={[
          { title: "Node", cell: (it) => (it.name === graph.outputNode ? <strong>{it.name}</strong> : it.name) },
          { title: "Does", cell: (it) => <Does node={it} model={models[it.name]} /> },
          { title: "Pulls", cell: pulls },
          { title: "If it fails", cell: failing },
          { title: "Within", cell: within },
        ]}
      />
    </>
  );
}

function Does({ node, model }: { readonly node: GraphNode; readonly model: ReleaseModel | undefined }) {
  return (
    <>
      <Clipped text={doesWhat(node)} />
      {model && (
        <>
          {": "}
          <ResourceLink name={model.modelVersion}>
            {model.modelVersion.split("/").slice(3).join(" ").replace("versions ", "")}
          </ResourceLink>
        </>
      )}
    </>
  );
}

const pulls = (node: GraphNode) => (
  <Clipped
    text={arrowsInto(node)
      .map(({ from, label, condition = label }) => (condition === "" ? from : `${from} (${condition})`))
      .join(", ")}
  />
);

const failing = ({ dependency }: GraphNode): string =>
  dependency === Dependency.SOFT ? "it is absent" : "what pulls it fails";

const within = ({ deadline }: GraphNode): string =>
  deadline ? `${Number(deadline.seconds) * 1_000 + deadline.nanos / 1_000_000} ms` : "the request's time";

type BoxNode = Node<{ readonly box: GraphBox }, "box">;

function Box({ data: { box } }: NodeProps<BoxNode>) {
  const { name, kind, isOutput, isSoft } = box;
  return (
    <>
      <Handle type="target" position={Position.Left} isConnectable={false} />
      <div
        className={`thing ${isOutput ? "start" : ""} ${isSoft ? "soft" : ""}`}
        style={{ width: BOX.width, height: BOX.height }}
        title={`${name}: ${kind}${isOutput ? ", answers" : ""}${isSoft ? ", may be absent" : ""}`}
      >
        <span className="item-note">{kind}</span>
        <span className="item-title">{name}</span>
      </div>
      <Handle type="source" position={Position.Right} isConnectable={false} />
    </>
  );
}

const TYPES = { box: Box };
