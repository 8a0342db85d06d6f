import { type Segment, type Source, SourceKind } from "@throughline/contracts/throughline/features/v1/definition_pb";
import { type Column, ValueType } from "@throughline/contracts/throughline/type/v1/value_pb";
import { Link } from "wouter";
import { features } from "../api/clients.ts";
import { useCall } from "../api/use-call.ts";
import type { PageProps } from "../page.ts";
import { Card, Facts, PageTitle } from "../parts/card.tsx";
import { VersionLink } from "../parts/commit.tsx";
import { ruleColumns } from "../parts/privacy-columns.tsx";
import { Empty, Ready } from "../parts/states.tsx";
import { type ColumnOf, LongTable } from "../parts/table.tsx";
import { Ago, Clipped, Digest, Instant } from "../parts/text.tsx";
import { count, duration, words } from "../thread/format.ts";
import { resourcePath, rowsPath } from "../thread/names.ts";

/** One source: its columns, its two times, and every load of rows. */
export function SourcePage({ project, ids: [id = ""] }: PageProps) {
  const name = `projects/${project}/sources/${id}`;
  const loaded = useCall(name, (signal) => features.getSource({ name }, { signal }));
  return (
    <>
      <PageTitle kind="Source" title={id}>
        {loaded.data?.source && <span>{count(loaded.data.source.rowCount)} rows</span>}
        {loaded.data?.source?.description && <span>{loaded.data.source.description}</span>}
        <Link href={rowsPath(name, "")}>Look at the rows</Link>
      </PageTitle>
      <Ready of={loaded} what="the source">
        {({ source }) => source && <Body of={source} project={project} />}
      </Ready>
    </>
  );
}

const WAYS_IN: Readonly<Record<SourceKind, string>> = {
  [SourceKind.UNSPECIFIED]: "files, Parquet or CSV, and pushes",
  [SourceKind.PARQUET]: "Parquet files",
  [SourceKind.CSV]: "CSV files",
  [SourceKind.REQUEST]: "each request, and are not kept",
  [SourceKind.PUSH]: "pushes; files fill in the past",
  [SourceKind.STREAM]: "a stream or pushes; files fill in the past",
};

const Body = ({ of, project }: { readonly of: Source; readonly project: string }) => (
  <>
    <Card
      title="Segments"
      aside={<span className="quiet">each load is kept as it came; forgetting alone takes rows out of it</span>}
    >
      {of.segments.length === 0 && <Empty title="No rows were loaded yet" />}
      {of.segments.length > 0 && (
        <LongTable
          rows={of.segments.toReversed()}
          rowKey={(it) => `${it.digest} ${it.dataVersion}`}
          columns={segmentColumns(project)}
        />
      )}
    </Card>
    <Card title="About">
      <Facts
        of={[
          ["Rows come by", WAYS_IN[of.kind]],
          ["Owner", <Clipped key="owner" text={of.owner || "–"} />],
          ["A row happened at", <code key="event">{of.eventTimeColumn}</code>],
          ["It was known", <span key="known">{knowledgeText(of)}</span>],
          ["Rows without a time", of.skipRowsWithoutTime ? "are left out and counted" : "refuse the load"],
        ]}
      />
    </Card>
    <ColumnsCard columns={of.columns} />
    <Classes of={of} />
  </>
);

/** What the columns can do to a person, as the policy of the source says now. */
function Classes({ of }: { readonly of: Source }) {
  const policy = of.privacyPolicy;
  const path = resourcePath(`${of.name}/privacyPolicy`) ?? "/";
  return (
    <Card
      title="Classes of columns"
      aside={<Link href={path}>{policy ? `policy, version ${policy.version}` : "policy"}</Link>}
    >
      {policy ? (
        <LongTable rows={policy.columns} rowKey={(it) => it.column} columns={ruleColumns} />
      ) : (
        <Empty title="No policy was set: every column is carried as it is" />
      )}
    </Card>
  );
}

function knowledgeText({ knowledgeTime }: Source): string {
  if (knowledgeTime.case === "knowledgeTimeColumn") return `at ${knowledgeTime.value}`;
  if (knowledgeTime.case === undefined) return "when it happened";
  const { seconds, nanos } = knowledgeTime.value;
  return `${duration(Number(seconds) * 1000 + nanos / 1e6)} after it happened`;
}

/** Columns with their types. */
export const ColumnsCard = ({
  columns,
  title = "Columns",
}: {
  readonly columns: readonly Column[];
  readonly title?: string;
}) => (
  <Card title={title}>
    <LongTable
      rows={columns}
      rowKey={(it) => it.name}
      columns={[
        { title: "Column", cell: (it) => <Clipped text={it.name} className="mono" /> },
        { title: "Type", cell: (it) => words(ValueType[it.type]) },
        { title: "What it means", cell: (it) => <Clipped text={it.description} className="quiet" /> },
      ]}
    />
  </Card>
);

const segmentColumns = (project: string): readonly ColumnOf<Segment>[] => [
  { title: "Segment", cell: (it) => <Digest digest={it.digest} project={project} /> },
  { title: "Rows", number: true, cell: (it) => count(it.rowCount) },
  { title: "Left out", number: true, cell: (it) => count(it.skippedRowCount) },
  { title: "Data version", number: true, cell: (it) => <VersionLink project={project} number={it.dataVersion} /> },
  { title: "From", cell: (it) => <Instant time={it.eventTimeMin} /> },
  { title: "To", cell: (it) => <Instant time={it.eventTimeMax} /> },
  { title: "Loaded file", cell: (it) => <Digest digest={it.loadedDigest} project={project} /> },
  { title: "Loaded", cell: (it) => <Ago time={it.loadTime} /> },
];
