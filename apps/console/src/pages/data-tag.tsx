import type { DataTag } from "@throughline/contracts/throughline/features/v1/data_version_pb";
import { Link } from "wouter";
import { dataVersions } from "../api/clients.ts";
import { usePages } from "../api/use-pages.ts";
import type { PageProps } from "../page.ts";
import { Card, PageTitle } from "../parts/card.tsx";
import { VersionLink } from "../parts/commit.tsx";
import { Empty } from "../parts/states.tsx";
import { type ColumnOf, PagedTable } from "../parts/table.tsx";
import { Ago, Badge, Clipped } from "../parts/text.tsx";
import { differencePath, pagePath } from "../thread/names.ts";

/** One tag of the data, with everything that it ever named. */
export function DataTagPage({ project, ids: [id = ""] }: PageProps) {
  const name = `projects/${project}/dataTags/${id}`;
  const changes = usePages(`${name} changes`, async (pageToken, signal) => {
    const answer = await dataVersions.listDataTagChanges({ name, pageSize: 50, pageToken }, { signal });
    return { items: answer.changes, next: answer.nextPageToken };
  });
  const now = changes.number === 1 ? changes.data?.items[0] : undefined;
  return (
    <>
      <PageTitle kind="Tag of data" title={id}>
        {now && (
          <span>
            names data version <VersionLink project={project} number={now.dataVersion} />
          </span>
        )}
        <Link href={pagePath(project, "data")}>All data versions</Link>
        <Link href={differencePath(project, id, "")}>What came since</Link>
      </PageTitle>
      <Card title="Changes">
        <PagedTable
          pages={changes}
          what="changes"
          columns={columns(project)}
          rowKey={(it) => String(it.revision)}
          empty={<Empty title="This tag was never set" />}
        />
      </Card>
    </>
  );
}

const columns = (project: string): readonly ColumnOf<DataTag>[] => [
  { title: "Change", number: true, cell: (it) => String(it.revision) },
  {
    title: "Named from then on",
    cell: (it) =>
      it.dataVersion === 0n ? (
        <Badge tone="look">removed</Badge>
      ) : (
        <VersionLink project={project} number={it.dataVersion} />
      ),
  },
  { title: "When", cell: (it) => <Ago time={it.setTime} /> },
  { title: "By", cell: (it) => <Clipped text={it.actor} /> },
  { title: "Why", cell: (it) => <Clipped text={it.reason} className="quiet" /> },
];
