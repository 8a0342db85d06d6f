import type { AliasChange, Model, ModelVersion } from "@throughline/contracts/throughline/registry/v1/model_pb";
import { registry } from "../api/clients.ts";
import { useCall } from "../api/use-call.ts";
import { usePages } from "../api/use-pages.ts";
import type { PageProps } from "../page.ts";
import { Card, PageTitle } from "../parts/card.tsx";
import { Empty, Ready } from "../parts/states.tsx";
import { type ColumnOf, LongTable, PagedTable } from "../parts/table.tsx";
import { TextPairs } from "../parts/tags.tsx";
import { Ago, Clipped, Digest, ResourceLink } from "../parts/text.tsx";
import { figure } from "../thread/format.ts";

/** One model: its versions, its aliases, and who moved them. */
export function ModelPage({ project, ids: [id = ""] }: PageProps) {
  const name = `projects/${project}/models/${id}`;
  const model = useCall(name, (signal) => registry.getModel({ name }, { signal }));
  const versions = usePages(`${name} versions`, async (pageToken, signal) => {
    const answer = await registry.listModelVersions({ parent: name, pageSize: 50, pageToken }, { signal });
    return { items: answer.versions, next: answer.nextPageToken };
  });
  return (
    <>
      <PageTitle kind="Model" title={id}>
        {model.data?.model?.description && <span>{model.data.model.description}</span>}
      </PageTitle>
      <Ready of={model} what="the model">
        {(answer) => (
          <>
            <Card title="Versions">
              <PagedTable
                pages={versions}
                what="versions"
                columns={versionColumns(project)}
                rowKey={(it) => it.name}
                empty={<Empty title="No version is registered yet" />}
              />
            </Card>
            {answer.model && <Aliases model={answer.model} />}
          </>
        )}
      </Ready>
    </>
  );
}

function Aliases({ model }: { readonly model: Model }) {
  const aliases = Object.keys(model.aliases).sort();
  const history = useCall(`${model.name} aliases ${aliases.join(" ")}`, async (signal) => {
    const answers = await Promise.all(
      aliases.map((alias) => registry.listAliasChanges({ model: model.name, alias }, { signal })),
    );
    return answers.flatMap((it, i) => it.changes.map((change): Move => ({ alias: aliases[i] ?? "", ...change })));
  });
  return (
    <div className="two">
      <Card title="Aliases and their history">
        {aliases.length === 0 ? (
          <p className="quiet">No alias names a version of this model.</p>
        ) : (
          <Ready of={history} what="the history">
            {(moves) => (
              <LongTable rows={moves} rowKey={(it) => `${it.alias} ${it.change?.revision}`} columns={MOVES} />
            )}
          </Ready>
        )}
      </Card>
      <Card title="Tags">
        <TextPairs of={model.tags} empty="No tags." />
      </Card>
    </div>
  );
}

type Move = AliasChange & { readonly alias: string };

const MOVES: readonly ColumnOf<Move>[] = [
  { title: "Alias", cell: (it) => <Clipped text={it.alias} /> },
  { title: "Names", cell: (it) => (it.version === 0n ? "removed" : `version ${it.version}`) },
  { title: "When", cell: (it) => <Ago time={it.change?.time} /> },
  { title: "By", cell: (it) => <Clipped text={it.change?.actor ?? ""} /> },
  { title: "Why", rest: true, cell: (it) => <Clipped text={it.change?.reason ?? ""} className="quiet" /> },
];

const versionColumns = (project: string): readonly ColumnOf<ModelVersion>[] => [
  { title: "Version", cell: (it) => <ResourceLink name={it.name}>{`version ${it.version}`}</ResourceLink> },
  {
    title: "Metrics",
    cell: (it) => (
      <span className="mini-pairs">
        {Object.entries(it.metrics)
          .slice(0, 4)
          .map(([key, value]) => (
            <span key={key}>
              <span className="quiet">{key}</span> <span className="number">{figure(value)}</span>
            </span>
          ))}
      </span>
    ),
  },
  { title: "Run", cell: (it) => <ResourceLink name={it.run} /> },
  { title: "Training set", cell: (it) => <ResourceLink name={it.trainingSet} /> },
  { title: "Digest", cell: (it) => <Digest digest={it.digest} project={project} /> },
  { title: "Registered", cell: (it) => <Ago time={it.createTime} /> },
  { title: "By", cell: (it) => <Clipped text={it.actor} /> },
];
