import type { NecessityReport } from "@throughline/contracts/throughline/features/v1/necessity_pb";
import { necessity } from "../api/clients.ts";
import { usePages } from "../api/use-pages.ts";
import { count } from "../thread/format.ts";
import { idOf } from "../thread/names.ts";
import { findingsText } from "../thread/necessity.ts";
import { Card } from "./card.tsx";
import { Request } from "./request.tsx";
import { Empty } from "./states.tsx";
import { type ColumnOf, PagedTable } from "./table.tsx";
import { Ago, Badge, Clipped, ResourceLink } from "./text.tsx";

interface NecessityCardProps {
  readonly project: string;
  /** Name of the feature service. */
  readonly featureService: string;
}

/** The reports on which features of a service are worth having, newest first. */
export function NecessityCard({ project, featureService }: NecessityCardProps) {
  const parent = `projects/${project}`;
  const pages = usePages(`necessity ${featureService}`, async (pageToken, signal) => {
    const asked = { parent, featureService, pageSize: 10, pageToken };
    const answer = await necessity.listNecessityReports(asked, { signal });
    return { items: answer.necessityReports, next: answer.nextPageToken };
  });
  const empty = (
    <Empty title="Nobody asked yet which features are worth having">
      <p>A report looks for unused, duplicate, nearly constant, leaking, costly and redundant features.</p>
      <Request path={`${parent}/necessityReports`} body={`{"featureService": "${featureService}"}`} />
    </Empty>
  );
  return (
    <Card title="Which features are worth having">
      <PagedTable pages={pages} what="necessity reports" columns={COLUMNS} rowKey={(it) => it.name} empty={empty} />
    </Card>
  );
}

const COLUMNS: readonly ColumnOf<NecessityReport>[] = [
  { title: "Report", cell: (it) => <ResourceLink name={it.name} /> },
  { title: "Version", number: true, cell: (it) => String(it.featureServiceVersion) },
  { title: "Rows", number: true, cell: (it) => count(it.sampledRowCount) },
  { title: "Label", cell: (it) => <Clipped text={it.label || "–"} className="mono" /> },
  { title: "Model", cell: (it) => <VersionLink name={it.importance?.modelVersion ?? ""} /> },
  {
    title: "Findings",
    cell: (it) => <Badge tone={it.findings.length === 0 ? "good" : "look"}>{findingsText(it.findings)}</Badge>,
  },
  { title: "Made", cell: (it) => <Ago time={it.createTime} /> },
];

/** A link to a version of a model, with the model's name. */
export const VersionLink = ({ name }: { readonly name: string }) => (
  <ResourceLink name={name}>{`${name.split("/")[3]} ${idOf(name)}`}</ResourceLink>
);
