import type { SourceDifference } from "@throughline/contracts/throughline/features/v1/data_version_pb";
import type {
  ChangedRow,
  DiffDataVersionsResponse,
} from "@throughline/contracts/throughline/features/v1/data_version_service_pb";
import type { SourceRow } from "@throughline/contracts/throughline/features/v1/feature_store_service_pb";
import { useSearch } from "wouter";
import { dataVersions } from "../api/clients.ts";
import { useCall } from "../api/use-call.ts";
import type { PageProps } from "../page.ts";
import { Card, PageTitle } from "../parts/card.tsx";
import { segmentColumns, VersionLink } from "../parts/commit.tsx";
import { DifferenceForm } from "../parts/difference-form.tsx";
import { rowColumns } from "../parts/source-rows.tsx";
import { Empty, Ready } from "../parts/states.tsx";
import { InPages, LongTable } from "../parts/table.tsx";
import { ResourceLink } from "../parts/text.tsx";
import { counted } from "../thread/format.ts";
import { idOf } from "../thread/names.ts";

const ROWS_SHOWN = 20;
const SOURCES_SHOWN = 10;

/** What two data versions do not share, source by source. */
export function DataDifferencePage({ project }: PageProps) {
  const asked = new URLSearchParams(useSearch());
  const from = asked.get("from") ?? "";
  const to = asked.get("to") ?? "";
  const loaded = useCall(`difference ${project} ${from} ${to}`, (signal) =>
    dataVersions.diffDataVersions({ parent: `projects/${project}`, from, to, sampleRowCount: ROWS_SHOWN }, { signal }),
  );
  return (
    <>
      <PageTitle kind="Data versions" title="Difference">
        {loaded.data && (
          <>
            <span>
              from <VersionLink project={project} number={loaded.data.from} />
            </span>
            <span>
              to <VersionLink project={project} number={loaded.data.to} />
            </span>
          </>
        )}
      </PageTitle>
      <DifferenceForm project={project} from={from} to={to} key={`${from} ${to}`} />
      <Ready of={loaded} what="the difference">
        {(it) => <Sources of={it} project={project} />}
      </Ready>
    </>
  );
}

function Sources({ of, project }: { readonly of: DiffDataVersionsResponse; readonly project: string }) {
  if (of.sources.length === 0) {
    return (
      <Card>
        <Empty title="Both have the same rows">
          <p>What lies between them was undone again, or merged files without changing a row.</p>
        </Empty>
      </Card>
    );
  }
  return (
    <InPages of={of.sources} size={SOURCES_SHOWN} what="sources">
      {(part) =>
        part.map((it) => (
          <Source key={it.source} of={it} rows={of.rows.filter((row) => row.source === it.source)} project={project} />
        ))
      }
    </InPages>
  );
}

interface SourceProps {
  readonly of: SourceDifference;
  readonly rows: readonly ChangedRow[];
  readonly project: string;
}

function Source({ of, rows, project }: SourceProps) {
  const sample = (added: boolean) => rows.filter((it) => it.added === added).flatMap((it) => it.row ?? []);
  return (
    <Card title={<ResourceLink name={of.source}>{idOf(of.source)}</ResourceLink>}>
      <Side
        title={`Came in: ${counted(of.addedRowCount, "row")} in ${counted(of.addedSegmentCount, "segment")}`}
        {...{ segments: of.added, rows: sample(true), project }}
      />
      <Side
        title={`Went out: ${counted(of.removedRowCount, "row")} in ${counted(of.removedSegmentCount, "segment")}`}
        {...{ segments: of.removed, rows: sample(false), project }}
      />
    </Card>
  );
}

interface SideProps {
  readonly title: string;
  readonly segments: SourceDifference["added"];
  readonly rows: readonly SourceRow[];
  readonly project: string;
}

const Side = ({ title, segments, rows, project }: SideProps) =>
  segments.length > 0 && (
    <details className="trace" open>
      <summary>
        <strong>{title}</strong>
      </summary>
      <LongTable rows={segments} rowKey={(it) => `${it.digest} ${it.dataVersion}`} columns={segmentColumns(project)} />
      {rows.length > 0 && (
        <>
          <h3>{`Some of the rows: ${rows.length}`}</h3>
          <LongTable
            rows={rows}
            rowKey={(it) => `${it.segmentDigest} ${it.rowNumber}`}
            columns={rowColumns(rows, project)}
          />
        </>
      )}
    </details>
  );
