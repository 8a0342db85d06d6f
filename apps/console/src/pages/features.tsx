import type { FeatureService, FeatureView, Source } from "@throughline/contracts/throughline/features/v1/definition_pb";
import { features } from "../api/clients.ts";
import { usePages } from "../api/use-pages.ts";
import type { PageProps } from "../page.ts";
import { Card, PageTitle } from "../parts/card.tsx";
import { Empty } from "../parts/states.tsx";
import { type ColumnOf, PagedTable } from "../parts/table.tsx";
import { Ago, Clipped, Digest, ResourceLink } from "../parts/text.tsx";
import { count } from "../thread/format.ts";

/** The sources, feature views and feature services of a project. */
export function FeaturesPage({ project }: PageProps) {
  const parent = `projects/${project}`;
  const sources = usePages(`sources ${project}`, async (pageToken, signal) => {
    const answer = await features.listSources({ parent, pageToken }, { signal });
    return { items: answer.sources, next: answer.nextPageToken };
  });
  const views = usePages(`views ${project}`, async (pageToken, signal) => {
    const answer = await features.listFeatureViews({ parent, pageToken }, { signal });
    return { items: answer.featureViews, next: answer.nextPageToken };
  });
  const services = usePages(`services ${project}`, async (pageToken, signal) => {
    const answer = await features.listFeatureServices({ parent, pageToken }, { signal });
    return { items: answer.featureServices, next: answer.nextPageToken };
  });
  const noSource = (
    <Empty title="No sources yet">
      <p>Create a source, and load rows into it: a Parquet or CSV file, or rows by request.</p>
    </Empty>
  );
  return (
    <>
      <PageTitle kind="Feature store" title="Features" />
      <Card title="Sources">
        <PagedTable pages={sources} what="sources" columns={SOURCES} rowKey={(it) => it.name} empty={noSource} />
      </Card>
      <Card title="Feature views">
        <PagedTable
          pages={views}
          what="feature views"
          columns={viewColumns(project)}
          rowKey={(it) => it.name}
          empty={<Empty title="No feature views yet" />}
        />
      </Card>
      <Card title="Feature services">
        <PagedTable
          pages={services}
          what="feature services"
          columns={serviceColumns(project)}
          rowKey={(it) => it.name}
          empty={<Empty title="No feature services yet" />}
        />
      </Card>
    </>
  );
}

const SOURCES: readonly ColumnOf<Source>[] = [
  { title: "Source", cell: (it) => <ResourceLink name={it.name} /> },
  { title: "What it is", cell: (it) => <Clipped text={it.description} /> },
  { title: "Columns", number: true, cell: (it) => count(it.columns.length) },
  { title: "Rows", number: true, cell: (it) => count(it.rowCount) },
  { title: "Created", cell: (it) => <Ago time={it.createTime} /> },
];

const viewColumns = (project: string): readonly ColumnOf<FeatureView>[] => [
  { title: "View", cell: (it) => <ResourceLink name={it.name} /> },
  { title: "What it is", cell: (it) => <Clipped text={it.description} /> },
  { title: "Entity", cell: (it) => <Clipped text={it.entity.split("/").at(-1) ?? ""} /> },
  { title: "Source", cell: (it) => <ResourceLink name={it.source} /> },
  { title: "Features", number: true, cell: (it) => count(it.features.length) },
  { title: "Version", number: true, cell: (it) => String(it.version) },
  { title: "Digest", cell: (it) => <Digest digest={it.digest} project={project} /> },
];

const serviceColumns = (project: string): readonly ColumnOf<FeatureService>[] => [
  { title: "Service", cell: (it) => <ResourceLink name={it.name} /> },
  { title: "What it is", cell: (it) => <Clipped text={it.description} /> },
  {
    title: "Views",
    cell: (it) => (
      <Clipped text={it.views.map((view) => `${view.view.split("/").at(-1)} ${view.version}`).join(", ")} />
    ),
  },
  { title: "Features", number: true, cell: (it) => count(it.features.length) },
  { title: "Version", number: true, cell: (it) => String(it.version) },
  { title: "Digest", cell: (it) => <Digest digest={it.digest} project={project} /> },
];
