import type { Release } from "@throughline/contracts/throughline/registry/v1/release_pb";
import { releases } from "../api/clients.ts";
import { usePages } from "../api/use-pages.ts";
import type { PageProps } from "../page.ts";
import { Card, PageTitle } from "../parts/card.tsx";
import { Empty } from "../parts/states.tsx";
import { type ColumnOf, PagedTable } from "../parts/table.tsx";
import { Ago, Clipped, ResourceLink } from "../parts/text.tsx";

/** The releases of a project, newest first. */
export function ReleasesPage({ project }: PageProps) {
  const pages = usePages(`releases ${project}`, async (pageToken, signal) => {
    const answer = await releases.listReleases({ parent: `projects/${project}`, pageSize: 50, pageToken }, { signal });
    return { items: answer.releases, next: answer.nextPageToken };
  });
  const empty = (
    <Empty title="No releases yet">
      <p>A release binds a model version, its features and its checks into one object that never changes.</p>
    </Empty>
  );
  return (
    <>
      <PageTitle kind="Registry" title="Releases" />
      <Card>
        <PagedTable pages={pages} what="releases" columns={COLUMNS} rowKey={(it) => it.name} empty={empty} />
      </Card>
    </>
  );
}

const COLUMNS: readonly ColumnOf<Release>[] = [
  { title: "Release", cell: (it) => <ResourceLink name={it.name} /> },
  {
    title: "Models",
    cell: (it) => (
      <span className="badges">
        {Object.values(it.manifest?.models ?? {}).map((model) => (
          <ResourceLink key={model.modelVersion} name={model.modelVersion}>
            {model.modelVersion.split("/").slice(3).join(" ").replace("versions ", "")}
          </ResourceLink>
        ))}
      </span>
    ),
  },
  { title: "Features", cell: (it) => <ResourceLink name={it.manifest?.features?.featureService ?? ""} /> },
  { title: "Description", cell: (it) => <Clipped text={it.description} /> },
  { title: "Made", cell: (it) => <Ago time={it.createTime} /> },
  { title: "By", cell: (it) => <Clipped text={it.actor} /> },
];
