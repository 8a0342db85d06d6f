import { LineageDirection } from "@throughline/contracts/throughline/lineage/v1/lineage_service_pb";
import { type FormEvent, useMemo, useState } from "react";
import { Link, useLocation, useSearch } from "wouter";
import { lineage } from "../api/clients.ts";
import { useCall } from "../api/use-call.ts";
import type { PageProps } from "../page.ts";
import { Card, Facts, PageTitle } from "../parts/card.tsx";
import { LineagePicture } from "../parts/lineage-picture.tsx";
import { Empty, Ready } from "../parts/states.tsx";
import { Clipped, ResourceLink } from "../parts/text.tsx";
import { type LineageNode, lineageGraph } from "../thread/lineage-graph.ts";
import { idOf, lineagePath } from "../thread/names.ts";

const NODES_MAX = 300;

/** The lineage graph around an artifact, a resource or an execution, both ways. */
export function LineagePage({ project }: PageProps) {
  const start = new URLSearchParams(useSearch()).get("start") ?? "";
  return (
    <>
      <PageTitle kind="Lineage" title="What came from what">
        {start !== "" && <Clipped text={`from ${start}`} className="mono" />}
      </PageTitle>
      <StartForm project={project} start={start} key={start} />
      {start === "" ? (
        <Card>
          <Empty title="Choose where to start">
            <p>
              A digest, the name of a resource such as <code>projects/{project}/models/late/versions/1</code>, or the id
              of an execution. Every digest on the other pages leads here too.
            </p>
          </Empty>
        </Card>
      ) : (
        <Walk project={project} start={start} />
      )}
    </>
  );
}

function StartForm({ project, start }: { readonly project: string; readonly start: string }) {
  const [, navigate] = useLocation();
  const [text, setText] = useState(start);
  const go = (event: FormEvent) => {
    event.preventDefault();
    navigate(lineagePath(project, text.trim()));
  };
  return (
    <form className="start-form" onSubmit={go}>
      <label htmlFor="start">Start at</label>
      <input
        id="start"
        value={text}
        onChange={(event) => setText(event.target.value)}
        spellCheck={false}
        autoComplete="off"
      />
      <button type="submit">Show</button>
    </form>
  );
}

function Walk({ project, start }: { readonly project: string; readonly start: string }) {
  const loaded = useCall(`lineage ${project} ${start}`, (signal) =>
    lineage.getLineage(
      { project: `projects/${project}`, start, direction: LineageDirection.UNSPECIFIED, nodeLimit: NODES_MAX },
      { signal },
    ),
  );
  const graph = useMemo(() => loaded.data && lineageGraph(loaded.data), [loaded.data]);
  const [chosen, choose] = useState(start);
  const node = graph && nodeOf(graph.nodes, chosen);
  return (
    <Ready of={loaded} what="the lineage">
      {(answer) => (
        <>
          <Card
            aside={
              <span className="quiet">
                boxes are things, rounded ones are work; choose one to see more
                {answer.truncated && `; only the nearest ${NODES_MAX} are shown`}
              </span>
            }
            title={`${answer.artifacts.length} artifacts, ${answer.executions.length} executions`}
          >
            {graph && <LineagePicture graph={graph} start={start} chosen={node?.id ?? ""} choose={choose} />}
          </Card>
          {node && <Chosen node={node} project={project} start={start} />}
        </>
      )}
    </Ready>
  );
}

/** The node of an id, or of a resource; of several, the one whose digest gave the resource its name. */
function nodeOf(nodes: readonly LineageNode[], chosen: string): LineageNode | undefined {
  const ofResource = nodes.filter((it) => it.resource === chosen);
  const named = ofResource.find((it) => it.id.includes(idOf(chosen)));
  return nodes.find((it) => it.id === chosen) ?? named ?? ofResource[0];
}

interface ChosenProps {
  readonly node: LineageNode;
  readonly project: string;
  readonly start: string;
}

const Chosen = ({ node, project, start }: ChosenProps) => (
  <Card
    title={`${node.kind}: ${node.title}`}
    aside={node.id !== start && <Link href={lineagePath(project, node.id)}>Start from here</Link>}
  >
    <Facts
      of={[
        [
          "Resource",
          <ResourceLink key="resource" name={node.resource}>
            {node.resource}
          </ResourceLink>,
        ],
        [node.type === "artifact" ? "Digest" : "Execution", <Clipped key="id" text={node.id} className="mono" />],
      ]}
    />
  </Card>
);
