import type { Dataset, Run } from "@throughline/contracts/throughline/tracking/v1/run_pb";
import { useMemo } from "react";
import { CHARTS_MAX, type RunNow, useRun } from "../api/use-run.ts";
import type { PageProps } from "../page.ts";
import { Card, Facts, PageTitle } from "../parts/card.tsx";
import { Chart } from "../parts/chart.tsx";
import { Download } from "../parts/download.tsx";
import { Live } from "../parts/live.tsx";
import { Empty, Ready } from "../parts/states.tsx";
import { LongTable } from "../parts/table.tsx";
import { TextPairs } from "../parts/tags.tsx";
import { Ago, Clipped, Digest, Instant, ResourceLink } from "../parts/text.tsx";
import { bytes, count, figure } from "../thread/format.ts";
import { chartData } from "../thread/series.ts";
import { RunBadge, runDuration } from "./runs.tsx";

/** One run: what went in, what was measured, what came out. Changes by itself while the run is at work. */
export function RunPage({ project, ids: [id = ""] }: PageProps) {
  const { run, status } = useRun(`projects/${project}/runs/${id}`);
  return (
    <>
      <PageTitle kind="Run" title={run.data?.run.displayName || id}>
        {run.data && (
          <>
            <RunBadge state={run.data.run.state} />
            <span>{runDuration(run.data.run)}</span>
            <Ago time={run.data.run.startTime} />
            <Live status={status} />
          </>
        )}
      </PageTitle>
      <Ready of={run} what="the run">
        {(now) => (
          <>
            <Charts now={now} />
            <div className="two">
              <Card title="Params">
                <TextPairs of={now.run.params} empty="No params were logged." />
              </Card>
              <Card title="About">
                <About run={now.run} experiment={now.experiment} />
              </Card>
            </div>
            <Datasets run={now.run} project={project} />
            <Artifacts run={now.run} project={project} />
          </>
        )}
      </Ready>
    </>
  );
}

function Charts({ now: { run, series } }: { readonly now: RunNow }) {
  // Histories that are one point long say no more than the number.
  const long = [...series].filter(([, points]) => points.length > 1).slice(0, CHARTS_MAX);
  return (
    <Card title="Metrics">
      {run.metrics.length === 0 && <Empty title="No metrics yet" />}
      <div className="figures">
        {run.metrics.map((it) => (
          <div key={it.key}>
            <Clipped text={it.key} className="quiet" />
            <strong className="number" title={String(it.value)}>
              {figure(it.value)}
            </strong>
          </div>
        ))}
      </div>
      <div className="charts">
        {long.map(([key, points]) => (
          <MetricChart key={key} name={key} points={points} />
        ))}
      </div>
    </Card>
  );
}

interface MetricChartProps {
  readonly name: string;
  readonly points: Parameters<typeof chartData>[0];
}

function MetricChart({ name, points }: MetricChartProps) {
  const { across, data } = useMemo(() => chartData(points), [points]);
  return (
    <figure>
      <figcaption>
        <Clipped text={name} /> <span className="quiet">{count(points.length)} points</span>
      </figcaption>
      <Chart title={name} across={across} data={data} />
    </figure>
  );
}

function About({ run, experiment }: { readonly run: Run; readonly experiment: string }) {
  return (
    <>
      <Facts
        of={[
          [
            "Experiment",
            <ResourceLink key="experiment" name={run.experiment}>
              {experiment}
            </ResourceLink>,
          ],
          ["By", <Clipped key="by" text={run.actor} />],
          ["Started", <Instant key="start" time={run.startTime} />],
          ["Ended", <Instant key="end" time={run.endTime} />],
          ["Part of", <ResourceLink key="parent" name={run.parentRun} />],
        ]}
      />
      <h3>Tags</h3>
      <TextPairs of={run.tags} empty="No tags." />
    </>
  );
}

const Datasets = ({ run, project }: { readonly run: Run; readonly project: string }) => (
  <Card title="Data sets that it read">
    {run.datasets.length === 0 ? (
      <p className="quiet">None were logged.</p>
    ) : (
      <LongTable
        rows={run.datasets}
        rowKey={(it) => `${it.dataset?.digest} ${it.dataset?.externalDigest} ${it.context} ${it.dataset?.displayName}`}
        columns={[
          { title: "Data set", cell: (it) => <ResourceLink name={it.dataset?.displayName ?? ""} /> },
          { title: "For", cell: (it) => <Clipped text={it.context} /> },
          { title: "Digest", cell: (it) => <DatasetDigest of={it.dataset} project={project} /> },
          {
            title: "Rows",
            number: true,
            cell: (it) => (it.dataset?.rowCount === undefined ? "–" : count(it.dataset.rowCount)),
          },
        ]}
      />
    )}
  </Card>
);

/** The digest over the rows; of a data set that another system named, what that system knows it by. */
const DatasetDigest = ({ of, project }: { readonly of: Dataset | undefined; readonly project: string }) =>
  of?.digest || !of?.externalDigest ? (
    <Digest digest={of?.digest ?? ""} project={project} />
  ) : (
    <span className="mono quiet" title="as the program that logged it names it; not a digest over the rows">
      {of.externalDigest}
    </span>
  );

const Artifacts = ({ run, project }: { readonly run: Run; readonly project: string }) => (
  <Card title="Files that it made">
    {run.artifacts.length === 0 ? (
      <p className="quiet">None were logged.</p>
    ) : (
      <LongTable
        rows={run.artifacts}
        rowKey={(it) => it.path}
        columns={[
          { title: "Path", cell: (it) => <Clipped text={it.path} className="mono" /> },
          { title: "Media type", cell: (it) => <Clipped text={it.mediaType} className="quiet" /> },
          { title: "Digest", cell: (it) => <Digest digest={it.digest} project={project} /> },
          { title: "Size", number: true, cell: (it) => bytes(it.sizeBytes) },
          { title: "", cell: (it) => <Download project={project} digest={it.digest} fileName={it.path} /> },
        ]}
      />
    )}
  </Card>
);
