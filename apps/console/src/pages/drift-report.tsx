import {
  type ColumnDrift,
  type DriftReport,
  DriftVerdict,
  type MeasuredDistance,
} from "@throughline/contracts/throughline/validation/v1/drift_pb";
import { type Anomaly, Distance, Severity } from "@throughline/contracts/throughline/validation/v1/schema_pb";
import { validation } from "../api/clients.ts";
import { useCall } from "../api/use-call.ts";
import type { PageProps } from "../page.ts";
import { Card, PageTitle } from "../parts/card.tsx";
import { Empty, Ready } from "../parts/states.tsx";
import { type ColumnOf, LongTable } from "../parts/table.tsx";
import { Ago, Badge, Clipped, Digest, type Tone } from "../parts/text.tsx";
import { anomalyKind } from "../thread/anomaly.ts";
import { count, figure, words } from "../thread/format.ts";

/** One drift report: how far each column is from its baseline, and what is not as expected. */
export function DriftReportPage({ project, ids: [id = ""] }: PageProps) {
  const name = `projects/${project}/driftReports/${id}`;
  const loaded = useCall(name, (signal) => validation.getDriftReport({ name }, { signal }));
  const report = loaded.data?.report;
  return (
    <>
      <PageTitle kind="Drift report" title={id}>
        {report && (
          <>
            <Ago time={report.createTime} />
            <span>
              baseline <Digest digest={report.baselineDigest} project={project} />, compared{" "}
              <Digest digest={report.currentDigest} project={project} />
            </span>
          </>
        )}
      </PageTitle>
      <Ready of={loaded} what="the report">
        {(it) => it.report && <Body of={it.report} />}
      </Ready>
    </>
  );
}

const Body = ({ of }: { readonly of: DriftReport }) => (
  <>
    <Card title="Anomalies">
      {of.anomalies.length === 0 ? (
        <Empty title="Everything is as expected" />
      ) : (
        <LongTable
          rows={of.anomalies}
          rowKey={(it) => `${it.column} ${it.type} ${it.description}`}
          columns={ANOMALIES}
        />
      )}
    </Card>
    <Card title="Columns, the furthest first">
      <LongTable rows={of.columns} rowKey={(it) => it.column} columns={COLUMNS} />
    </Card>
  </>
);

const SEVERITIES: Readonly<Record<Severity, Tone>> = {
  [Severity.UNSPECIFIED]: "calm",
  [Severity.WARNING]: "look",
  [Severity.ERROR]: "bad",
};

const ANOMALIES: readonly ColumnOf<Anomaly>[] = [
  {
    title: "Severity",
    cell: (it) => <Badge tone={SEVERITIES[it.severity] ?? "calm"}>{words(Severity[it.severity])}</Badge>,
  },
  { title: "Column", cell: (it) => <Clipped text={it.column || "whole data set"} className="mono" /> },
  { title: "What is wrong", rest: true, cell: (it) => <span className="wrapped">{it.description}</span> },
  { title: "Kind", cell: (it) => <span title={it.type}>{anomalyKind(it.type)}</span> },
];

const VERDICTS: Readonly<Record<DriftVerdict, Tone>> = {
  [DriftVerdict.UNSPECIFIED]: "calm",
  [DriftVerdict.STABLE]: "good",
  [DriftVerdict.DRIFTED]: "look",
  [DriftVerdict.NOT_ENOUGH_DATA]: "calm",
};

const COLUMNS: readonly ColumnOf<ColumnDrift>[] = [
  { title: "Column", cell: (it) => <Clipped text={it.column} className="mono" /> },
  {
    title: "Verdict",
    cell: (it) => <Badge tone={VERDICTS[it.verdict] ?? "calm"}>{words(DriftVerdict[it.verdict])}</Badge>,
  },
  {
    title: "Distances",
    cell: (it) => (
      <span className="meters">
        {it.distances.map((one) => (
          <Meter key={one.distance} of={one} />
        ))}
      </span>
    ),
  },
  { title: "p, corrected", number: true, cell: (it) => figure(it.adjustedPValue) },
  { title: "Baseline rows", number: true, cell: (it) => count(it.baselineCount) },
  { title: "Rows now", number: true, cell: (it) => count(it.currentCount) },
];

const DISTANCES: Readonly<Record<Distance, string>> = {
  [Distance.UNSPECIFIED]: "distance",
  [Distance.JENSEN_SHANNON]: "Jensen-Shannon",
  [Distance.L_INFINITY]: "L-infinity",
  [Distance.POPULATION_STABILITY]: "population stability",
  [Distance.KOLMOGOROV_SMIRNOV]: "Kolmogorov-Smirnov",
  [Distance.WASSERSTEIN]: "Wasserstein",
};

/** A distance, drawn against its limit where it has one. */
function Meter({ of: { distance, value, limit } }: { readonly of: MeasuredDistance }) {
  const name = DISTANCES[distance];
  const text = `${name} ${figure(value)}${limit > 0 ? `, limit ${figure(limit)}` : ""}`;
  return (
    <span className="meter" title={text}>
      <span className="quiet">{name}</span>
      {limit > 0 && (
        <span className="meter-bar" aria-hidden="true">
          <span className={value > limit ? "over" : ""} style={{ width: `${Math.min(100, (value / limit) * 50)}%` }} />
        </span>
      )}
      <span className="number">{figure(value)}</span>
    </span>
  );
}
