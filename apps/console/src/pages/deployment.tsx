import { type Deployment, Strategy } from "@throughline/contracts/throughline/registry/v1/deployment_pb";
import type { DeploymentState } from "@throughline/contracts/throughline/registry/v1/deployment_service_pb";
import { deployments, inference } from "../api/clients.ts";
import { useCall } from "../api/use-call.ts";
import { usePages } from "../api/use-pages.ts";
import type { PageProps } from "../page.ts";
import { Card, PageTitle } from "../parts/card.tsx";
import { OnlineMetrics } from "../parts/online-metrics.tsx";
import { predictionColumns } from "../parts/prediction-columns.tsx";
import { SealedHours } from "../parts/sealed-hours.tsx";
import { SplitBar } from "../parts/split-bar.tsx";
import { Empty, Ready } from "../parts/states.tsx";
import { type ColumnOf, LongTable, PagedTable } from "../parts/table.tsx";
import { Ago, Badge, Clipped, ResourceLink } from "../parts/text.tsx";
import { UseOfLog } from "../parts/use-of-log.tsx";
import { words } from "../thread/format.ts";
import { actorText } from "../thread/names.ts";

const REFRESH_MS = 3_000;

/** One deployment: what serves, how each release does, every state it had, and its recent predictions. */
export function DeploymentPage({ project, ids: [id = ""] }: PageProps) {
  const name = `projects/${project}/deployments/${id}`;
  const loaded = useCall(
    name,
    async (signal) => {
      const [now, history] = await Promise.all([
        deployments.getDeployment({ name }, { signal }),
        deployments.listDeploymentChanges({ name }, { signal }),
      ]);
      return { deployment: now.deployment, states: history.states };
    },
    { refreshMs: REFRESH_MS },
  );
  return (
    <>
      <PageTitle kind="Deployment" title={id}>
        {loaded.data?.deployment && <Head of={loaded.data.deployment} />}
      </PageTitle>
      <Ready of={loaded} what="the deployment">
        {({ deployment, states }) => {
          const order = releasesOf(states);
          return (
            <>
              <Card title="Traffic">{deployment && <SplitBar traffic={deployment.traffic} order={order} />}</Card>
              <OnlineMetrics deployment={name} order={order} />
              <Card title="History">
                <LongTable
                  rows={states}
                  rowKey={(it) => String(it.deployment?.change?.revision)}
                  columns={stateColumns(order)}
                />
              </Card>
            </>
          );
        }}
      </Ready>
      {loaded.failure?.kind !== "missing" && (
        <>
          <Predictions deployment={name} />
          <SealedHours deployment={name} />
          <UseOfLog deployment={name} />
        </>
      )}
    </>
  );
}

function Predictions({ deployment }: { readonly deployment: string }) {
  const predictions = usePages(`${deployment} predictions`, async (pageToken, signal) => {
    const answer = await inference.listPredictions({ parent: deployment, pageSize: 25, pageToken }, { signal });
    return { items: answer.predictions, next: answer.nextPageToken };
  });
  const reload = (
    <button type="button" onClick={predictions.reload}>
      Look again
    </button>
  );
  return (
    <Card title="Recent predictions" aside={reload}>
      <PagedTable
        pages={predictions}
        what="predictions"
        columns={predictionColumns}
        rowKey={(it) => it.name}
        empty={<Empty title="Nothing was asked of this deployment yet" />}
      />
    </Card>
  );
}

const Head = ({ of }: { readonly of: Deployment }) => (
  <>
    <span>revision {String(of.change?.revision ?? "–")}</span>
    {of.strategy !== Strategy.UNSPECIFIED && <span>{words(Strategy[of.strategy])}</span>}
    <span>{of.stickyKey === "" ? "not sticky" : `sticky by ${of.stickyKey}`}</span>
    <span>{logWords(of)}</span>
    {of.rollout && (
      <span>
        rollout <ResourceLink name={of.rollout.name} /> under way
      </span>
    )}
    {of.description !== "" && <span>{of.description}</span>}
  </>
);

/** A rollout has everything logged, whatever the share. */
function logWords({ log, rollout }: Deployment): string {
  const share = log?.sampleBasisPoints || 10_000;
  if (share === 10_000) return "logs every prediction";
  return `logs ${share / 100} % of its predictions${rollout ? ", and all while the rollout is under way" : ""}`;
}

/** Every release that a deployment ever had, the first one first. */
const releasesOf = (states: readonly DeploymentState[]): readonly string[] => [
  ...new Set(states.toReversed().flatMap((it) => it.deployment?.traffic.map((share) => share.release) ?? [])),
];

const stateColumns = (order: readonly string[]): readonly ColumnOf<DeploymentState>[] => [
  { title: "Revision", number: true, cell: (it) => String(it.deployment?.change?.revision ?? "–") },
  { title: "Traffic", cell: (it) => <SplitBar traffic={it.deployment?.traffic ?? []} order={order} /> },
  {
    title: "What",
    cell: (it) =>
      it.restoresRevision > 0n ? (
        <Badge tone="look">{`rolled back to revision ${it.restoresRevision}`}</Badge>
      ) : (
        <Badge tone="calm">changed</Badge>
      ),
  },
  { title: "When", cell: (it) => <Ago time={it.deployment?.change?.time} /> },
  { title: "By", cell: (it) => <Clipped text={actorText(it.deployment?.change?.actor ?? "")} /> },
  { title: "Why", rest: true, cell: (it) => <Clipped text={it.deployment?.change?.reason ?? ""} className="quiet" /> },
];
