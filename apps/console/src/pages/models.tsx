import type { Model } from "@throughline/contracts/throughline/registry/v1/model_pb";
import { registry } from "../api/clients.ts";
import { usePages } from "../api/use-pages.ts";
import type { PageProps } from "../page.ts";
import { Card, PageTitle } from "../parts/card.tsx";
import { Empty } from "../parts/states.tsx";
import { type ColumnOf, PagedTable } from "../parts/table.tsx";
import { Ago, Badge, Clipped, ResourceLink } from "../parts/text.tsx";

/** The models of a project. */
export function ModelsPage({ project }: PageProps) {
  const models = usePages(`models ${project}`, async (pageToken, signal) => {
    const answer = await registry.listModels({ parent: `projects/${project}`, pageSize: 50, pageToken }, { signal });
    return { items: answer.models, next: answer.nextPageToken };
  });
  const empty = (
    <Empty title="No models yet">
      <p>Upload the bytes of an ONNX model, create a model, and register the bytes as its first version.</p>
    </Empty>
  );
  return (
    <>
      <PageTitle kind="Registry" title="Models" />
      <Card>
        <PagedTable pages={models} what="models" columns={COLUMNS} rowKey={(it) => it.name} empty={empty} />
      </Card>
    </>
  );
}

const COLUMNS: readonly ColumnOf<Model>[] = [
  { title: "Model", cell: (it) => <ResourceLink name={it.name} /> },
  { title: "Versions", number: true, cell: (it) => String(it.latestVersion) },
  {
    title: "Aliases",
    cell: (it) => (
      <span className="badges">
        {Object.entries(it.aliases).map(([alias, version]) => (
          <Badge key={alias} tone="calm">
            {alias} → {String(version)}
          </Badge>
        ))}
      </span>
    ),
  },
  { title: "What it predicts", cell: (it) => <Clipped text={it.description} /> },
  { title: "Created", cell: (it) => <Ago time={it.createTime} /> },
];
