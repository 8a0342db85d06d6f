import type { SourceRow, ViewTrace } from "@throughline/contracts/throughline/features/v1/feature_store_service_pb";
import { count } from "../thread/format.ts";
import { idOf } from "../thread/names.ts";
import { valueText } from "../thread/value.ts";
import { type ColumnOf, LongTable } from "./table.tsx";
import { Clipped, Digest, Instant, ResourceLink } from "./text.tsx";

const COLUMNS_SHOWN = 8;

/** For each view, the source rows behind its features. */
export function SourceRows({ of, project }: { readonly of: readonly ViewTrace[]; readonly project: string }) {
  return of.map((trace) => (
    <details key={`${trace.view} ${trace.source}`} className="trace" open={of.length < 6}>
      <summary>
        <strong>{`${idOf(trace.view)} ${trace.version}`}</strong>
        <span className="quiet">
          {count(trace.rowCount)} {trace.rowCount === 1n ? "row" : "rows"} of {idOf(trace.source)}
          {trace.rowCount > BigInt(trace.rows.length) && `, the latest ${trace.rows.length} shown`}
        </span>
      </summary>
      <p className="quiet">
        View <ResourceLink name={trace.view} /> from source <ResourceLink name={trace.source} />
      </p>
      {trace.rows.length > 0 && (
        <LongTable
          rows={trace.rows}
          rowKey={(it) => `${it.segmentDigest} ${it.rowNumber}`}
          columns={rowColumns(trace.rows, project)}
        />
      )}
    </details>
  ));
}

/** The columns of a table of source rows: where each is kept, its two times, and the first of its values. */
export function rowColumns(rows: readonly SourceRow[], project: string): readonly ColumnOf<SourceRow>[] {
  const names = [...new Set(rows.flatMap((it) => Object.keys(it.values)))].slice(0, COLUMNS_SHOWN);
  return [
    { title: "Segment", cell: (it) => <Digest digest={it.segmentDigest} project={project} /> },
    { title: "Row", number: true, cell: (it) => count(it.rowNumber) },
    { title: "Happened", cell: (it) => <Instant time={it.eventTime} /> },
    { title: "Known", cell: (it) => <Instant time={it.knowledgeTime} /> },
    ...names.map((name) => ({ title: name, cell: (it: SourceRow) => <Clipped text={valueText(it.values[name])} /> })),
  ];
}
