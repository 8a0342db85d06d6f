import type { FeatureSkew, SkewReport } from "@throughline/contracts/throughline/features/v1/skew_report_pb";
import { Link } from "wouter";
import { skew } from "../api/clients.ts";
import { useCall } from "../api/use-call.ts";
import type { PageProps } from "../page.ts";
import { Card, Facts, PageTitle } from "../parts/card.tsx";
import { VersionLink } from "../parts/commit.tsx";
import { Download } from "../parts/download.tsx";
import { LeftOut, LogFacts } from "../parts/log-facts.tsx";
import { DifferingFeature, skewDistances } from "../parts/skew.tsx";
import { Empty, Ready } from "../parts/states.tsx";
import { type ColumnOf, InPages, LongTable } from "../parts/table.tsx";
import { Ago, Badge, Clipped, Digest, Instant, ResourceLink } from "../parts/text.tsx";
import { WindowText } from "../parts/window.tsx";
import { bytes, count, figure } from "../thread/format.ts";
import { idOf, pagePath } from "../thread/names.ts";
import { share, skewVerdict, versionsText } from "../thread/skew.ts";

/** Each has its causes and its examples below the table of all. */
const FEATURES_SHOWN = 10;

/** One skew report: exact differences first, where they come from, then the distributions. */
export function SkewReportPage({ project, ids: [id = ""] }: PageProps) {
  const name = `projects/${project}/skewReports/${id}`;
  const loaded = useCall(name, (signal) => skew.getSkewReport({ name }, { signal }));
  const report = loaded.data?.skewReport;
  return (
    <>
      <PageTitle kind="Skew report" title={id}>
        {report && (
          <>
            <ResourceLink name={report.deployment} />
            <Digest digest={report.digest} project={project} />
            <Ago time={report.createTime} />
            <span>by {report.actor || "unknown"}</span>
          </>
        )}
      </PageTitle>
      <Ready of={loaded} what="the report">
        {({ skewReport }) => skewReport && <Body of={skewReport} project={project} />}
      </Ready>
    </>
  );
}

interface BodyProps {
  readonly of: SkewReport;
  readonly project: string;
}

function Body({ of, project }: BodyProps) {
  const verdict = skewVerdict(of);
  const differing = of.features.filter((it) => it.differingCount > 0n);
  return (
    <>
      <p className="lead">
        <Badge tone={verdict.tone}>{verdict.tone === "good" ? "no skew" : "skew"}</Badge> {verdict.text}
      </p>
      {of.notes.map((it) => (
        <p key={it} className="lead quiet">
          {it}
        </p>
      ))}
      <Card title="Exact differences, value by value">
        {of.features.length === 0 ? (
          <Empty title="No feature comes from a view" />
        ) : (
          <LongTable rows={of.features} rowKey={(it) => it.feature} columns={differences(of, project)} />
        )}
      </Card>
      <InPages of={differing} size={FEATURES_SHOWN} what="features that differ">
        {(part) => part.map((it) => <DifferingFeature key={it.feature} of={it} project={project} />)}
      </InPages>
      <Card title="Distributions, served beside joined">
        <LongTable rows={of.features} rowKey={(it) => it.feature} columns={skewDistances} />
        {of.uncomparedFeatures.length > 0 && (
          <p className="quiet">Not compared, since callers bring them: {of.uncomparedFeatures.join(", ")}.</p>
        )}
      </Card>
      <About of={of} project={project} />
      <LogFacts releases={of.releases} segments={of.logSegments} project={project} />
    </>
  );
}

const differences = (report: SkewReport, project: string): readonly ColumnOf<FeatureSkew>[] => [
  { title: "Feature", cell: (it) => <Clipped text={it.feature} className="mono" /> },
  {
    title: "View",
    cell: (it) => (
      <>
        <Link href={`${pagePath(project, "views", it.view)}?version=${it.viewVersion}`}>{it.view}</Link>{" "}
        <span className="quiet">{versionsText(it)}</span>
      </>
    ),
  },
  {
    title: "Rows that differ",
    number: true,
    cell: (it) =>
      it.differingCount === 0n ? (
        <Badge tone="good">none</Badge>
      ) : (
        <Badge tone="look">{`${count(it.differingCount)}, ${share(it.differingCount, report.rowCount)}`}</Badge>
      ),
  },
  { title: "Only served missing", number: true, cell: (it) => count(it.servedMissingCount) },
  { title: "Only joined missing", number: true, cell: (it) => count(it.joinedMissingCount) },
  { title: "Largest difference", number: true, cell: (it) => figure(it.absoluteDifferenceMax) },
  { title: "Mean difference", number: true, cell: (it) => figure(it.absoluteDifferenceMean) },
];

const About = ({ of, project }: BodyProps) => (
  <div className="two">
    <Card title="What was compared">
      <Facts
        of={[
          ["Deployment", <ResourceLink key="deployment" name={of.deployment} />],
          ["Window", <WindowText key="window" start={of.startTime} end={of.endTime} />],
          ["Release", of.release === "" ? "all that answered" : <ResourceLink key="release" name={of.release} />],
          ["Feature service", <ResourceLink key="service" name={of.featureService} />],
          ["Its version, served", String(of.servedFeatureServiceVersion)],
          ["Its version, joined", String(of.featureServiceVersion)],
          ["Data version, joined", <VersionLink key="data" project={project} number={of.dataVersion} />],
          ["The log as of", <Instant key="known" time={of.knownBy} />],
          [
            "File",
            <span key="file">
              {bytes(of.sizeBytes)} ·{" "}
              <Download project={project} digest={of.digest} fileName={`skew-${idOf(of.name)}.json`} />
            </span>,
          ],
          ["Predictions, as a file", <Digest key="predictions" digest={of.predictionsDigest} project={project} />],
        ]}
      />
    </Card>
    <Card title="Predictions that were left out">
      <LeftOut of={of.leftOut} />
    </Card>
  </div>
);
