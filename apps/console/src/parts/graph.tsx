import { type Edge, MarkerType, type Node, type NodeTypes, ReactFlow } from "@xyflow/react";
import type { ReactNode } from "react";
import "@xyflow/react/dist/base.css";

interface GraphProps {
  readonly nodes: readonly Node[];
  readonly edges: readonly Edge[];
  readonly types: NodeTypes;
  readonly label: string;
  /** Height of the picture in pixels. */
  readonly height: number;
  /** Whether the wheel zooms; otherwise it scrolls the page. */
  readonly zoomable: boolean;
  readonly children?: ReactNode;
}

/** A read-only picture of nodes and edges that can be moved about. What is in its nodes is reached by the keyboard. */
export function Graph({ nodes, edges, types, label, height, zoomable, children }: GraphProps) {
  return (
    <section className="graph" aria-label={label}>
      <div className="graph-canvas" style={{ height }}>
        <ReactFlow
          nodes={[...nodes]}
          edges={edges.map((it) => ({ ...it, markerEnd: { type: MarkerType.ArrowClosed, width: 14, height: 14 } }))}
          nodeTypes={types}
          fitView
          fitViewOptions={{ padding: 0.03, maxZoom: 1 }}
          minZoom={0.2}
          maxZoom={1.6}
          nodesDraggable={false}
          nodesConnectable={false}
          nodesFocusable={false}
          edgesFocusable={false}
          elementsSelectable={false}
          zoomOnScroll={zoomable}
          preventScrolling={zoomable}
          zoomOnDoubleClick={zoomable}
          proOptions={{ hideAttribution: true }}
        >
          {children}
        </ReactFlow>
      </div>
    </section>
  );
}
