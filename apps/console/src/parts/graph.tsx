import {
  type Edge,
  type FitViewOptions,
  MarkerType,
  type Node,
  type NodeTypes,
  ReactFlow,
  useReactFlow,
  useStore,
} from "@xyflow/react";
import { type ReactNode, useEffect } from "react";
import "@xyflow/react/dist/base.css";

interface GraphProps {
  readonly nodes: readonly Node[];
  readonly edges: readonly Edge[];
  readonly types: NodeTypes;
  readonly label: string;
  /** Height of the picture in pixels. */
  readonly height: number;
  /** Whether the wheel zooms, in a picture as wide as there is room; otherwise it scrolls the page, and a narrow page scrolls the picture. */
  readonly zoomable: boolean;
  /** What is seen first, large enough to read, where not all nodes can be; the others are moved to. */
  readonly first?: readonly string[];
  readonly children?: ReactNode;
}

/** The least zoom at which the names in nodes can be read. */
const READABLE = 0.7;
/** So many nodes can be read in one picture of this width, in pixels. */
const READABLE_AT_ONCE = 30;
const WIDE = 860;

/** A read-only picture of nodes and edges that can be moved about. What is in its nodes is reached by the keyboard. */
export function Graph({ nodes, edges, types, label, height, zoomable, first, children }: GraphProps) {
  const whole: FitViewOptions = { padding: 0.03, maxZoom: 1 };
  const begin = first && { ...whole, minZoom: READABLE, nodes: first.map((id) => ({ id })) };
  const fitAt = (width: number): FitViewOptions =>
    begin && (width < WIDE || nodes.length > READABLE_AT_ONCE) ? begin : whole;
  return (
    <section className="graph" aria-label={label}>
      <div className={zoomable ? "graph-canvas" : "graph-canvas wide"} style={{ height }}>
        <ReactFlow
          nodes={[...nodes]}
          edges={edges.map((it) => ({ ...it, markerEnd: { type: MarkerType.ArrowClosed, width: 14, height: 14 } }))}
          nodeTypes={types}
          fitView
          fitViewOptions={fitAt(WIDE)}
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
          <FitAgain fitAt={fitAt} />
          {children}
        </ReactFlow>
      </div>
    </section>
  );
}

/** Fits the picture again when its frame gets another width, as when a phone is turned. */
function FitAgain({ fitAt }: { readonly fitAt: (width: number) => FitViewOptions }) {
  const { fitView } = useReactFlow();
  const width = useStore((it) => it.width);
  // biome-ignore lint/correctness/useExhaustiveDependencies: the width alone says when; what is new at each drawing is the same.
  useEffect(() => {
    if (width > 0) void fitView(fitAt(width));
  }, [width]);
  return null;
}
