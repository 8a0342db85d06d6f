import type { Graph } from "@throughline/contracts/throughline/registry/v1/release_pb";
import type { NodeOnPath } from "../thread/answer-path.ts";
import { titleOf } from "../thread/names.ts";
import { doesWhat } from "../thread/release-graph.ts";
import { type ColumnOf, LongTable } from "./table.tsx";
import { Badge, Clipped, ResourceLink } from "./text.tsx";

interface AnswerPathProps {
  readonly of: readonly NodeOnPath[];
  /** Tells what nodes do of which there is nothing to say. Undefined while it is not here. */
  readonly graph: Graph | undefined;
}

/** What each node did for a prediction. */
export const AnswerPath = ({ of, graph }: AnswerPathProps) => (
  <LongTable rows={of} rowKey={(it) => it.name} columns={columnsOf(graph)} />
);

const columnsOf = (graph: Graph | undefined): readonly ColumnOf<NodeOnPath>[] => [
  { title: "#", number: true, cell: (it) => it.place ?? "–" },
  { title: "Node", cell: (it) => <Clipped text={it.name} /> },
  {
    title: "Model",
    cell: ({ modelVersion }) => <ResourceLink name={modelVersion}>{titleOf(modelVersion)}</ResourceLink>,
  },
  {
    title: "What it did",
    cell: ({ name, findings }) =>
      findings.length === 0 ? (
        <Clipped text={doing(graph, name)} className="quiet" />
      ) : (
        findings.map(({ tone, text }) =>
          tone === "look" ? (
            <Badge key={text} tone="look">
              {text}
            </Badge>
          ) : (
            <Clipped key={text} text={text} />
          ),
        )
      ),
  },
];

function doing(graph: Graph | undefined, name: string): string {
  const node = graph?.nodes.find((it) => it.name === name);
  return node ? doesWhat(node) : "";
}
