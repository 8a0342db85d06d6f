import type { Edge, Node, NodeProps } from "@xyflow/react";
import { Handle, Position } from "@xyflow/react";
import { Link } from "wouter";
import { COLUMNS, placeInColumns } from "../thread/columns.ts";
import { count } from "../thread/format.ts";
import { pagePath, resourcePath } from "../thread/names.ts";
import type { Item, Stage } from "../thread/overview.ts";
import { Graph } from "./graph.tsx";
import { ClippedInside } from "./text.tsx";

interface ThreadPictureProps {
  readonly project: string;
  /** The stages with all that was read, for their counts. */
  readonly all: readonly Stage[];
  /** The stages with what is drawn. */
  readonly shown: readonly Stage[];
}

/** The thread of a project: one column for each stage, and lines from each thing to what was made from it. */
export function ThreadPicture({ project, all, shown }: ThreadPictureProps) {
  const places = new Map(placeInColumns(shown).map((it) => [it.id, it]));
  const headers = all.map(
    (stage, i): StageNode => ({
      id: `stage ${stage.key}`,
      type: "stage",
      position: { x: i * (COLUMNS.width + COLUMNS.gap), y: 0 },
      data: { stage, path: pagePath(project, stage.page) },
    }),
  );
  const items = shown.flatMap((stage) =>
    stage.items.map((item): ItemNode => {
      const place = places.get(item.id);
      return { id: item.id, type: "item", position: { x: place?.x ?? 0, y: place?.y ?? 0 }, data: { item } };
    }),
  );
  const edges = shown.flatMap((stage) => stage.items.flatMap((item) => edgesTo(item, places)));
  const rows = Math.max(1, ...shown.map((it) => it.items.length));
  const height = COLUMNS.header + rows * (COLUMNS.item + COLUMNS.itemGap) + 2 * COLUMNS.itemGap;
  return (
    <Graph
      // A picture with other things in it is fitted into its frame anew.
      key={items.map((it) => it.id).join(" ")}
      nodes={[...headers, ...items]}
      edges={edges}
      types={TYPES}
      label="The thread of the project"
      height={height}
      zoomable={false}
    />
  );
}

const edgesTo = (item: Item, places: ReadonlyMap<string, unknown>): readonly Edge[] =>
  [...new Set(item.from)]
    .filter((id) => places.has(id))
    .map((id) => ({ id: `${id} ${item.id}`, source: id, target: item.id }));

type StageNode = Node<{ readonly stage: Stage; readonly path: string }, "stage">;
type ItemNode = Node<{ readonly item: Item }, "item">;

function StageHeader({ data: { stage, path } }: NodeProps<StageNode>) {
  return (
    <Link href={path} className="stage nopan" style={{ width: COLUMNS.width, height: COLUMNS.header }}>
      <span className="stage-count">
        {stage.answered ? count(stage.items.length) : "?"}
        {stage.more && "+"}
      </span>
      <span className="stage-title">{stage.title}</span>
    </Link>
  );
}

function ItemCard({ data: { item } }: NodeProps<ItemNode>) {
  const note = item.note || " ";
  return (
    <>
      <Handle type="target" position={Position.Left} isConnectable={false} />
      <Link
        href={resourcePath(item.id) ?? "/"}
        className="item nopan"
        style={{ width: COLUMNS.width, height: COLUMNS.item }}
        title={`${item.id}\n${item.note}`}
        aria-label={`${item.title} ${item.note}`.trim()}
      >
        <ClippedInside text={item.title} className="item-title" />
        <span className="item-note">{note}</span>
      </Link>
      <Handle type="source" position={Position.Right} isConnectable={false} />
    </>
  );
}

const TYPES = { stage: StageHeader, item: ItemCard };
