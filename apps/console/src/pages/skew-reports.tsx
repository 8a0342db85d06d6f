import type { SkewReport } from "@throughline/contracts/throughline/features/v1/skew_report_pb";
import { skew } from "../api/clients.ts";
import { usePages } from "../api/use-pages.ts";
import type { PageProps } from "../page.ts";
import { Card, PageTitle } from "../parts/card.tsx";
import { VersionLink } from "../parts/commit.tsx";
import { Request } from "../parts/request.tsx";
import { Empty } from "../parts/states.tsx";
import { type ColumnOf, PagedTable } from "../parts/table.tsx";
import { Ago, Badge, Clipped, ResourceLink } from "../parts/text.tsx";
import { WindowText } from "../parts/window.tsx";
import { count } from "../thread/format.ts";
import { share } from "../thread/skew.ts";

/** Reports of what was served beside what training joins, newest first. */
export function SkewReportsPage({ project }: PageProps) {
  const parent = `projects/${project}`;
  const reports = usePages(`skew reports ${project}`, async (pageToken, signal) => {
    const answer = await skew.listSkewReports({ parent, pageSize: 50, pageToken }, { signal });
    return { items: answer.skewReports, next: answer.nextPageToken };
  });
  return (
    <>
      <PageTitle kind="Feature store" title="Skew">
        <span>what was served beside what training joins for the same keys and times</span>
      </PageTitle>
      <Card title="Reports">
        <PagedTable
          pages={reports}
          what="skew reports"
          columns={columns(project)}
          rowKey={(it) => it.name}
          empty={<Empty title="Nothing was compared yet" />}
        />
      </Card>
      <Card title="To make one">
        <p className="quiet">
          It takes the logged predictions of a deployment, joins their features anew, and compares value by value.
        </p>
        <Request path={`${parent}/skewReports`} body={`{"deployment": "${parent}/deployments/DEPLOYMENT"}`} />
      </Card>
    </>
  );
}

const columns = (project: string): readonly ColumnOf<SkewReport>[] => [
  { title: "Report", cell: (it) => <ResourceLink name={it.name} /> },
  { title: "Deployment", cell: (it) => <ResourceLink name={it.deployment} /> },
  {
    title: "Predictions that differ",
    cell: (it) => (
      <Badge tone={it.differingRowCount === 0n ? "good" : "look"}>
        {it.differingRowCount === 0n
          ? "none"
          : `${count(it.differingRowCount)}, ${share(it.differingRowCount, it.rowCount)}`}
      </Badge>
    ),
  },
  { title: "Compared", number: true, cell: (it) => count(it.rowCount) },
  {
    title: "Features that differ",
    cell: (it) => <Clipped text={differing(it)} className="mono" />,
  },
  { title: "Data version", number: true, cell: (it) => <VersionLink project={project} number={it.dataVersion} /> },
  { title: "Window", cell: (it) => <WindowText start={it.startTime} end={it.endTime} /> },
  { title: "Made", cell: (it) => <Ago time={it.createTime} /> },
];

const differing = (it: SkewReport): string =>
  it.features
    .filter((one) => one.differingCount > 0n)
    .map((one) => one.feature)
    .join(", ") || "–";
