import type { ReleaseMetrics } from "@throughline/contracts/throughline/inference/v1/prediction_pb";
import { useState } from "react";
import { inference } from "../api/clients.ts";
import { useStream } from "../api/use-stream.ts";
import { count, figure } from "../thread/format.ts";
import { Card } from "./card.tsx";
import { Coverage } from "./coverage.tsx";
import { Live } from "./live.tsx";
import { shareClass } from "./split-bar.tsx";
import { Empty, Failed, Loading } from "./states.tsx";
import { type ColumnOf, Table } from "./table.tsx";
import { ResourceLink } from "./text.tsx";
import { Whiskers } from "./whiskers.tsx";

interface OnlineMetricsProps {
  readonly deployment: string;
  /** Releases in the order of their colours. */
  readonly order: readonly string[];
}

/** How each release does at a deployment, live. */
export function OnlineMetrics({ deployment, order }: OnlineMetricsProps) {
  const [now, setNow] = useState<{ readonly deployment: string; readonly releases: readonly ReleaseMetrics[] }>();
  const status = useStream({
    key: deployment,
    open: (signal) => inference.watchDeploymentMetrics({ deployment }, { signal }),
    onMessage: ({ releases }) => setNow({ deployment, releases }),
    whenEnded: "reopen",
  });
  const releases = now?.deployment === deployment ? now.releases : undefined;
  return (
    <Card title="Online metrics by release" aside={<Live status={status} />}>
      {!releases && (status.failure ? <Failed failure={status.failure} /> : <Loading what="metrics" />)}
      {releases?.length === 0 && <Empty title="No release answered yet" />}
      {releases && releases.length > 0 && (
        <>
          <Table rows={releases} rowKey={(it) => it.release} columns={columnsOf(order)} />
          <Sampled of={releases} />
          <Intervals of={releases} />
          <Coverage of={releases} />
        </>
      )}
    </Card>
  );
}

/** Says what is of a sample alone, where only a sample is logged. */
function Sampled({ of }: { readonly of: readonly ReleaseMetrics[] }) {
  const total = of.reduce((sum, it) => sum + it.predictionCount, 0n);
  const logged = of.reduce((sum, it) => sum + it.loggedCount, 0n);
  if (logged === total) return null;
  return (
    <p className="quiet">
      {count(logged)} of {count(total)} answers are logged whole: what follows from actual values is of this sample;
      answers, mean scores, times and errors are of all.
    </p>
  );
}

const columnsOf = (order: readonly string[]): readonly ColumnOf<ReleaseMetrics>[] => [
  {
    title: "Release",
    cell: (it) => (
      <>
        <span className={`swatch ${shareClass(it.release, order)}`} aria-hidden="true" />{" "}
        <ResourceLink name={it.release} />
      </>
    ),
  },
  { title: "Answers", number: true, cell: (it) => count(it.predictionCount) },
  { title: "With actual", number: true, cell: (it) => count(it.feedbackCount) },
  { title: "Mean score", number: true, cell: (it) => figure(it.meanScore) },
  { title: "Mean actual", number: true, cell: (it) => (it.feedbackCount > 0n ? figure(it.meanActual) : "–") },
  { title: "AUC", number: true, cell: (it) => figure(it.feedbackCount > 0n ? it.auc : undefined) },
  { title: "Log loss", number: true, cell: (it) => figure(it.feedbackCount > 0n ? it.logLoss : undefined) },
  { title: "Brier", number: true, cell: (it) => figure(it.feedbackCount > 0n ? it.brier : undefined) },
  { title: "Median ms", number: true, cell: (it) => figure(it.latencyMsP50) },
  { title: "99 % ms", number: true, cell: (it) => figure(it.latencyMsP99) },
  { title: "Errors", number: true, cell: (it) => count(it.errorCount) },
];

function Intervals({ of }: { readonly of: readonly ReleaseMetrics[] }) {
  const whiskers = of.flatMap((it) =>
    it.aucInterval
      ? [
          {
            label: it.release.split("/").at(-1) ?? "",
            value: it.auc,
            low: it.aucInterval.low,
            high: it.aucInterval.high,
            level: it.aucInterval.level,
            count: it.feedbackCount,
          },
        ]
      : [],
  );
  if (whiskers.length === 0) return null;
  return (
    <>
      <h3>AUC with its interval</h3>
      <Whiskers of={whiskers} name="AUC" />
    </>
  );
}
