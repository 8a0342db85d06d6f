import type { DataTag, DataVersion } from "@throughline/contracts/throughline/features/v1/data_version_pb";
import { Link } from "wouter";
import { dataVersions } from "../api/clients.ts";
import { useCall } from "../api/use-call.ts";
import { usePages } from "../api/use-pages.ts";
import type { PageProps } from "../page.ts";
import { Card, PageTitle } from "../parts/card.tsx";
import { CommitBadge, VersionLink } from "../parts/commit.tsx";
import { DifferenceForm } from "../parts/difference-form.tsx";
import { Request } from "../parts/request.tsx";
import { Empty } from "../parts/states.tsx";
import { type ColumnOf, PagedTable } from "../parts/table.tsx";
import { Ago, Clipped, ResourceLink } from "../parts/text.tsx";
import { keptWords } from "../thread/commits.ts";
import { count } from "../thread/format.ts";
import { idOf, pagePath } from "../thread/names.ts";

/** The log of a project's data: every load, push, revert, compaction and forgetting, and the tags that name some of them. */
export function DataVersionsPage({ project }: PageProps) {
  const parent = `projects/${project}`;
  const commits = usePages(`data versions ${project}`, async (pageToken, signal) => {
    const answer = await dataVersions.listDataVersions({ parent, pageSize: 50, pageToken }, { signal });
    return { items: answer.dataVersions, next: answer.nextPageToken };
  });
  const tags = usePages(`data tags ${project}`, async (pageToken, signal) => {
    const answer = await dataVersions.listDataTags({ parent, pageSize: 25, pageToken }, { signal });
    return { items: answer.tags, next: answer.nextPageToken };
  });
  const kept = useCall(`data retention ${project}`, (signal) =>
    dataVersions.getDataRetention({ name: `${parent}/dataRetention` }, { signal }),
  );
  const newest = commits.number === 1 ? (commits.data?.items[0]?.number ?? 0n) : 0n;
  const again = (
    <button type="button" onClick={commits.reload}>
      Look again
    </button>
  );
  return (
    <>
      <PageTitle kind="Feature store" title="Data versions">
        {newest > 0n && <span>the newest is {String(newest)}</span>}
        {kept.data?.retention && <span>{keptWords(kept.data.retention)}</span>}
      </PageTitle>
      <Card title="Log of commits" aside={again}>
        <PagedTable
          pages={commits}
          what="data versions"
          columns={commitColumns(project)}
          rowKey={(it) => it.name}
          empty={<NoCommits project={project} />}
        />
      </Card>
      <div className="two">
        <Card title="Tags">
          <PagedTable
            pages={tags}
            what="tags"
            columns={tagColumns(project)}
            rowKey={(it) => it.name}
            empty={<NoTags project={project} newest={newest} />}
          />
        </Card>
        <Card title="Difference of two">
          <DifferenceForm project={project} from={String(newest > 1n ? newest - 1n : 0n)} to="" />
          <p className="quiet">
            Numbers or tags. 0 is before the first, and nothing stands for the newest. What came in and what went out is
            told source by source.
          </p>
        </Card>
      </div>
    </>
  );
}

const NoCommits = ({ project }: { readonly project: string }) => (
  <Empty title="No data came in yet">
    <p>
      Each load of a file and each push of rows into a source makes a data version. Sources are under{" "}
      <Link href={pagePath(project, "features")}>Features</Link>; one push looks like this:
    </p>
    <Request
      path={`projects/${project}/sources/SOURCE:push`}
      body={`{"rows": [{"values": {"COLUMN": {"stringValue": "..."}}}]}`}
    />
  </Empty>
);

const NoTags = ({ project, newest }: { readonly project: string; readonly newest: bigint }) => (
  <Empty title="No data version has a name yet">
    <p>A tag names a data version, and can be moved. Training sets and reports take it instead of a number.</p>
    <Request
      path={`projects/${project}/dataTags:set`}
      body={`{"tag": "good", "dataVersion": "${newest || 1n}", "reason": "why"}`}
    />
  </Empty>
);

const rowsOrNone = (rows: bigint) => (rows === 0n ? <span className="quiet">–</span> : count(rows));

const commitColumns = (project: string): readonly ColumnOf<DataVersion>[] => [
  { title: "Version", number: true, cell: (it) => <VersionLink project={project} number={it.number} /> },
  { title: "What", cell: (it) => <CommitBadge kind={it.kind} /> },
  { title: "Source", cell: (it) => <ResourceLink name={it.source} /> },
  { title: "Rows in", number: true, cell: (it) => rowsOrNone(it.addedRowCount) },
  { title: "Rows out", number: true, cell: (it) => rowsOrNone(it.removedRowCount + it.forgottenRowCount) },
  {
    title: "Tags",
    cell: (it) => (
      <span className="badges">
        {it.tags.map((tag) => (
          <ResourceLink key={tag} name={tagName(project, tag)} />
        ))}
      </span>
    ),
  },
  { title: "When", cell: (it) => <Ago time={it.createTime} /> },
  { title: "By", cell: (it) => <Clipped text={it.actor} /> },
  { title: "Why", cell: (it) => <Clipped text={it.reason} className="quiet" /> },
];

/** The name of a tag, which may be given by its id or by its name. */
const tagName = (project: string, tag: string): string => `projects/${project}/dataTags/${idOf(tag)}`;

const tagColumns = (project: string): readonly ColumnOf<DataTag>[] => [
  { title: "Tag", cell: (it) => <ResourceLink name={it.name} /> },
  { title: "Names version", number: true, cell: (it) => <VersionLink project={project} number={it.dataVersion} /> },
  { title: "Set", cell: (it) => <Ago time={it.setTime} /> },
  { title: "By", cell: (it) => <Clipped text={it.actor} /> },
  { title: "Why", cell: (it) => <Clipped text={it.reason} className="quiet" /> },
];
