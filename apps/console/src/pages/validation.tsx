import type { DriftReport } from "@throughline/contracts/throughline/validation/v1/drift_pb";
import { DriftVerdict } from "@throughline/contracts/throughline/validation/v1/drift_pb";
import type { Evaluation } from "@throughline/contracts/throughline/validation/v1/evaluation_pb";
import type { DatasetStatistics } from "@throughline/contracts/throughline/validation/v1/statistics_pb";
import { validation } from "../api/clients.ts";
import { usePages } from "../api/use-pages.ts";
import type { PageProps } from "../page.ts";
import { Card, PageTitle } from "../parts/card.tsx";
import { Empty } from "../parts/states.tsx";
import { type ColumnOf, PagedTable } from "../parts/table.tsx";
import { Ago, Badge, Digest, ResourceLink } from "../parts/text.tsx";
import { count, figure } from "../thread/format.ts";

const PAGE_SIZE = 20;

/** What was looked at: evaluations of models, drift between data sets, statistics. */
export function ValidationPage({ project }: PageProps) {
  const parent = `projects/${project}`;
  const evaluations = usePages(`evaluations ${project}`, async (pageToken, signal) => {
    const answer = await validation.listEvaluations({ parent, pageSize: PAGE_SIZE, pageToken }, { signal });
    return { items: answer.evaluations, next: answer.nextPageToken };
  });
  const reports = usePages(`drift ${project}`, async (pageToken, signal) => {
    const answer = await validation.listDriftReports({ parent, pageSize: PAGE_SIZE, pageToken }, { signal });
    return { items: answer.reports, next: answer.nextPageToken };
  });
  const statistics = usePages(`statistics ${project}`, async (pageToken, signal) => {
    const answer = await validation.listStatistics({ parent, pageSize: PAGE_SIZE, pageToken }, { signal });
    return { items: answer.statistics, next: answer.nextPageToken };
  });
  const list = { rowKey: (it: { readonly name: string }) => it.name };
  return (
    <>
      <PageTitle kind="Data and models, looked at" title="Validation" />
      <Card title="Evaluations">
        <PagedTable
          {...list}
          pages={evaluations}
          what="evaluations"
          columns={evaluationColumns(project)}
          empty={<Empty title="No model was evaluated yet" />}
        />
      </Card>
      <Card title="Drift reports">
        <PagedTable
          {...list}
          pages={reports}
          what="drift reports"
          columns={reportColumns(project)}
          empty={<Empty title="No data sets were compared yet" />}
        />
      </Card>
      <Card title="Statistics">
        <PagedTable
          {...list}
          pages={statistics}
          what="statistics"
          columns={statisticsColumns(project)}
          empty={<Empty title="No statistics were computed yet" />}
        />
      </Card>
    </>
  );
}

const metricOf = (it: Evaluation, name: string): string =>
  figure(it.slices[0]?.metrics.find((metric) => metric.name === name)?.value);

const evaluationColumns = (project: string): readonly ColumnOf<Evaluation>[] => [
  { title: "Evaluation", cell: (it) => <ResourceLink name={it.name} /> },
  {
    title: "Of",
    cell: (it) => <ResourceLink name={it.subject}>{it.subject.split("/").slice(2).join(" ")}</ResourceLink>,
  },
  { title: "Rows", number: true, cell: (it) => count(it.slices[0]?.rowCount ?? 0n) },
  { title: "Slices", number: true, cell: (it) => count(Math.max(0, it.slices.length - 1)) },
  { title: "AUC", number: true, cell: (it) => metricOf(it, "auc") },
  { title: "Log loss", number: true, cell: (it) => metricOf(it, "log_loss") },
  { title: "Data", cell: (it) => <Digest digest={it.dataDigest} project={project} /> },
  { title: "Made", cell: (it) => <Ago time={it.createTime} /> },
];

const reportColumns = (project: string): readonly ColumnOf<DriftReport>[] => [
  { title: "Report", cell: (it) => <ResourceLink name={it.name} /> },
  {
    title: "Drifted",
    cell: (it) => {
      const drifted = it.columns.filter((column) => column.verdict === DriftVerdict.DRIFTED).length;
      return <Badge tone={drifted > 0 ? "look" : "good"}>{`${drifted} of ${it.columns.length} columns`}</Badge>;
    },
  },
  { title: "Anomalies", number: true, cell: (it) => count(it.anomalies.length) },
  { title: "Baseline", cell: (it) => <Digest digest={it.baselineDigest} project={project} /> },
  { title: "Compared", cell: (it) => <Digest digest={it.currentDigest} project={project} /> },
  { title: "Made", cell: (it) => <Ago time={it.createTime} /> },
];

const statisticsColumns = (project: string): readonly ColumnOf<DatasetStatistics>[] => [
  { title: "Statistics", cell: (it) => <ResourceLink name={it.name} /> },
  { title: "Rows", number: true, cell: (it) => count(it.rowCount) },
  { title: "Data", cell: (it) => <Digest digest={it.dataDigest} project={project} /> },
  { title: "Made", cell: (it) => <Ago time={it.createTime} /> },
];
