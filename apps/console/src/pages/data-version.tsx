import {
  CommitKind,
  type CommittedSegment,
  type CompactedSegment,
  type DataVersion,
} from "@throughline/contracts/throughline/features/v1/data_version_pb";
import { Link } from "wouter";
import { dataVersions } from "../api/clients.ts";
import { useCall } from "../api/use-call.ts";
import type { PageProps } from "../page.ts";
import { Card, Facts, PageTitle } from "../parts/card.tsx";
import { CommitBadge, segmentColumns, VersionLink } from "../parts/commit.tsx";
import { Request } from "../parts/request.tsx";
import { Ready } from "../parts/states.tsx";
import { LongTable } from "../parts/table.tsx";
import { Ago, Clipped, Digest, Instant, ResourceLink } from "../parts/text.tsx";
import { count } from "../thread/format.ts";
import { differencePath, idOf, rowsPath } from "../thread/names.ts";

/** One commit on the log of a project's data, by its number or by a tag. */
export function DataVersionPage({ project, ids: [id = ""] }: PageProps) {
  const name = `projects/${project}/dataVersions/${id}`;
  const loaded = useCall(name, (signal) => dataVersions.getDataVersion({ name }, { signal }));
  const it = loaded.data?.dataVersion;
  return (
    <>
      <PageTitle kind="Data version" title={it ? String(it.number) : id}>
        {it && (
          <>
            <CommitBadge kind={it.kind} />
            <Ago time={it.createTime} />
            <span>by {it.actor || "unknown"}</span>
            {it.number > 1n && (
              <span>
                after <VersionLink project={project} number={it.number - 1n} />
              </span>
            )}
          </>
        )}
      </PageTitle>
      <Ready of={loaded} what="the data version">
        {({ dataVersion }) => dataVersion && <Body of={dataVersion} project={project} />}
      </Ready>
    </>
  );
}

interface BodyProps {
  readonly of: DataVersion;
  readonly project: string;
}

const Body = ({ of, project }: BodyProps) => (
  <>
    {of.reason !== "" && <p className="lead">{of.reason}</p>}
    <div className="two">
      <Card title="What it did">
        <Facts
          of={[
            ["Source", <ResourceLink key="source" name={of.source} />],
            ["Rows in", count(of.addedRowCount)],
            ["Rows out", count(of.removedRowCount)],
            ["Rows forgotten", count(of.forgottenRowCount)],
            ["When", <Instant key="when" time={of.createTime} />],
            ["Tags", <Tags key="tags" of={of.tags} project={project} />],
          ]}
        />
      </Card>
      <Card title="Look further">
        <ul className="choices">
          <li>
            <Link href={differencePath(project, String(of.number - 1n), String(of.number))}>
              Difference from the one before
            </Link>
          </li>
          <li>
            <Link href={differencePath(project, String(of.number), "")}>What came since</Link>
          </li>
          <li>
            <Link href={rowsPath(of.source, String(of.number))}>{`Rows of ${idOf(of.source)} as of then`}</Link>
          </li>
        </ul>
      </Card>
    </div>
    <Segments title="Loads and pushes that came in" of={of.added} project={project} />
    <Segments title="Loads and pushes that went out" of={of.removed} project={project} />
    {of.compacted.length > 0 && <Merged of={of.compacted} project={project} />}
    {of.kind !== CommitKind.COMPACTION && of.kind !== CommitKind.FORGET && (
      <Card title="To undo it">
        <p className="quiet">
          A revert is a new data version. What is read online changes all at once when it is done, and earlier data
          versions stay as they are.
        </p>
        <Request path={`${of.name}:revert`} body={`{"reason": "why"}`} />
      </Card>
    )}
  </>
);

const Tags = ({ of, project }: { readonly of: readonly string[]; readonly project: string }) =>
  of.length === 0 ? (
    <span className="quiet">none</span>
  ) : (
    <span className="badges">
      {of.map((it) => (
        <ResourceLink key={it} name={`projects/${project}/dataTags/${idOf(it)}`} />
      ))}
    </span>
  );

interface SegmentsProps {
  readonly title: string;
  readonly of: readonly CommittedSegment[];
  readonly project: string;
}

const Segments = ({ title, of, project }: SegmentsProps) =>
  of.length > 0 && (
    <Card title={title}>
      <LongTable rows={of} rowKey={(it) => `${it.digest} ${it.dataVersion}`} columns={segmentColumns(project)} />
    </Card>
  );

const Merged = ({ of, project }: { readonly of: readonly CompactedSegment[]; readonly project: string }) => (
  <Card title="Files that were written" aside={<span className="quiet">the same rows, each proven by its digest</span>}>
    <LongTable
      rows={of}
      rowKey={(it) => it.digest}
      columns={[
        { title: "File", cell: (it) => <Digest digest={it.digest} project={project} /> },
        { title: "Rows", number: true, cell: (it) => count(it.rowCount) },
        { title: "Made of files", number: true, cell: (it) => count(it.parts.length) },
        {
          title: "Holds rows of",
          cell: (it) => (
            <>
              <VersionLink project={project} number={it.firstDataVersion} /> to{" "}
              <VersionLink project={project} number={it.lastDataVersion} />
            </>
          ),
        },
        { title: "Digest of its rows", cell: (it) => <Clipped text={it.rowsDigest} className="mono" /> },
      ]}
    />
  </Card>
);
