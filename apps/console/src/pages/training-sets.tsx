import type { TrainingSet } from "@throughline/contracts/throughline/features/v1/training_set_pb";
import { features } from "../api/clients.ts";
import { usePages } from "../api/use-pages.ts";
import type { PageProps } from "../page.ts";
import { Card, PageTitle } from "../parts/card.tsx";
import { Empty } from "../parts/states.tsx";
import { type ColumnOf, PagedTable } from "../parts/table.tsx";
import { Ago, Badge, Clipped, ResourceLink } from "../parts/text.tsx";
import { bytes, count } from "../thread/format.ts";

/** The training sets of a project, newest first. */
export function TrainingSetsPage({ project }: PageProps) {
  const parent = `projects/${project}`;
  const pages = usePages(`training sets ${project}`, async (pageToken, signal) => {
    const answer = await features.listTrainingSets({ parent, pageSize: 50, pageToken }, { signal });
    return { items: answer.trainingSets, next: answer.nextPageToken };
  });
  const empty = (
    <Empty title="No training sets yet">
      <p>A training set joins features to rows as they were known at each row's own moment, and proves it.</p>
    </Empty>
  );
  return (
    <>
      <PageTitle kind="Feature store" title="Training sets" />
      <Card>
        <PagedTable pages={pages} what="training sets" columns={COLUMNS} rowKey={(it) => it.name} empty={empty} />
      </Card>
    </>
  );
}

const COLUMNS: readonly ColumnOf<TrainingSet>[] = [
  { title: "Training set", cell: (it) => <ResourceLink name={it.name} /> },
  { title: "Feature service", cell: (it) => <ResourceLink name={it.featureService} /> },
  { title: "Version", number: true, cell: (it) => String(it.featureServiceVersion) },
  { title: "Rows from", cell: (it) => (it.servedRows ? "a prediction log" : "a spine") },
  { title: "Labels", cell: (it) => <Clipped text={it.labelColumns.join(", ")} /> },
  { title: "Rows", number: true, cell: (it) => count(it.rowCount) },
  { title: "Size", number: true, cell: (it) => bytes(it.sizeBytes) },
  {
    title: "Certificate",
    cell: (it) => (
      <Badge tone={it.certificate === undefined ? "look" : it.certificate.passed ? "good" : "bad"}>
        {it.certificate === undefined ? "not checked" : it.certificate.passed ? "no leak found" : "leaks"}
      </Badge>
    ),
  },
  { title: "Made", cell: (it) => <Ago time={it.createTime} /> },
];
