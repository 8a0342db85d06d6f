import { type Deployment, Strategy } from "@throughline/contracts/throughline/registry/v1/deployment_pb";
import {
  type Rollout,
  type RolloutDecision,
  RolloutState,
  Verdict,
} from "@throughline/contracts/throughline/registry/v1/rollout_pb";
import { deployments, rollouts } from "../api/clients.ts";
import { useCall } from "../api/use-call.ts";
import type { PageProps } from "../page.ts";
import { Card, Facts, PageTitle } from "../parts/card.tsx";
import { RolloutEvidence } from "../parts/rollout-evidence.tsx";
import { RolloutRequests } from "../parts/rollout-requests.tsx";
import { RolloutSteps } from "../parts/rollout-steps.tsx";
import { SplitBar } from "../parts/split-bar.tsx";
import { Empty, Ready } from "../parts/states.tsx";
import { type ColumnOf, LongTable } from "../parts/table.tsx";
import { Ago, Badge, Clipped, ResourceLink } from "../parts/text.tsx";
import { basisPoints, count, counted, percent, words } from "../thread/format.ts";
import { actorText } from "../thread/names.ts";
import { isUnderWay, placeOf, toneOfRollout, toneOfVerdict } from "../thread/rollout-words.ts";

const REFRESH_MS = 3_000;

/** Decisions that are drawn and listed: the newest. */
const DECISIONS_SHOWN = 1_000;

/** One rollout: where it stands, its steps, what each analysis knows over time, every decision and every change. */
export function RolloutPage({ project, ids: [deployment = "", number = ""] }: PageProps) {
  const parent = `projects/${project}/deployments/${deployment}`;
  const name = `${parent}/rollouts/${number}`;
  const loaded = useCall(
    name,
    async (signal) => {
      const [now, served, decided, changed] = await Promise.all([
        rollouts.getRollout({ name }, { signal }),
        deployments.getDeployment({ name: parent }, { signal }),
        rollouts.listDecisions({ parent: name, pageSize: DECISIONS_SHOWN }, { signal }),
        rollouts.listRolloutChanges({ name, pageSize: 1_000 }, { signal }),
      ]);
      return {
        rollout: now.rollout,
        deployment: served.deployment,
        decisions: decided.decisions,
        states: changed.states,
      };
    },
    { refreshMs: REFRESH_MS },
  );
  const rollout = loaded.data?.rollout;
  return (
    <>
      <PageTitle kind="Rollout" title={`${deployment} ${number}`}>
        {rollout && (
          <>
            <Badge tone={toneOfRollout(rollout.state)}>{words(RolloutState[rollout.state] ?? "")}</Badge>
            <span>{words(Strategy[rollout.strategy] ?? "")}</span>
            <span>{placeOf(rollout)}</span>
            <Ago time={rollout.startTime} />
          </>
        )}
      </PageTitle>
      <Ready of={loaded} what="the rollout">
        {({ rollout: it, ...more }) => it && <Body of={it} {...more} />}
      </Ready>
    </>
  );
}

interface BodyProps {
  readonly of: Rollout;
  readonly deployment: Deployment | undefined;
  readonly decisions: readonly RolloutDecision[];
  readonly states: readonly Rollout[];
}

const Body = ({ of, deployment, decisions, states }: BodyProps) => (
  <>
    <Card title="What is rolled out">
      {isUnderWay(of.state) && deployment && (
        <SplitBar traffic={deployment.traffic} order={[of.baseline, of.candidate]} />
      )}
      <Facts
        of={[
          ["candidate", <ResourceLink key="candidate" name={of.candidate} />],
          ["baseline", <ResourceLink key="baseline" name={of.baseline} />],
          ["deployment", <ResourceLink key="deployment" name={deployment?.name ?? ""} />],
          ["false aborts at most", percent(of.plan?.alpha ?? 0)],
          ["power", percent(of.plan?.power ?? 0)],
          ["evidence of", routersText(decisions)],
          ...(of.strategy === Strategy.SHADOW
            ? [["mirrored to the candidate", basisPoints(of.plan?.mirrorBasisPoints || 10_000)] as const]
            : []),
        ]}
      />
    </Card>
    <Card title={of.strategy === Strategy.BANDIT ? "Arms" : "Steps"}>
      <RolloutSteps of={of} />
    </Card>
    {of.plan?.analyses.map((it) => (
      <RolloutEvidence key={it.name} analysis={it} decisions={decisions} />
    ))}
    <Card title="Decisions" aside={<span className="quiet">{count(of.decisionCount)} in all</span>}>
      {decisions.length === 0 ? (
        <Empty title="Nothing was decided yet" />
      ) : (
        <LongTable rows={decisions} rowKey={(it) => it.name} columns={DECISION_COLUMNS} />
      )}
    </Card>
    {isUnderWay(of.state) && (
      <Card title="To step in">
        <RolloutRequests of={of} />
      </Card>
    )}
    <Card title="History">
      <LongTable rows={states} rowKey={(it) => it.etag} columns={STATE_COLUMNS} />
    </Card>
  </>
);

/** Whose evidence the newest decision had. */
function routersText([newest]: readonly RolloutDecision[]): string {
  const routers = newest?.parts.length ?? 0;
  return routers === 0 ? "–" : counted(routers, "router");
}

const DECISION_COLUMNS: readonly ColumnOf<RolloutDecision>[] = [
  { title: "Decision", number: true, cell: (it) => count(it.sequence) },
  {
    title: "Evidence says",
    cell: (it) => <Badge tone={toneOfVerdict(it.verdict)}>{words(Verdict[it.verdict] ?? "")}</Badge>,
  },
  { title: "Done", cell: (it) => words(Verdict[it.applied] ?? "") },
  { title: "Why", rest: true, cell: (it) => <Clipped text={it.note || it.reason} className="quiet" /> },
  { title: "Step", number: true, cell: (it) => it.step + 1 },
  { title: "When", cell: (it) => <Ago time={it.time} /> },
  { title: "By", cell: (it) => <Clipped text={actorText(it.actor)} /> },
];

const STATE_COLUMNS: readonly ColumnOf<Rollout>[] = [
  { title: "Revision", number: true, cell: (it) => it.etag },
  {
    title: "State",
    cell: (it) => <Badge tone={toneOfRollout(it.state)}>{words(RolloutState[it.state] ?? "")}</Badge>,
  },
  { title: "Place", cell: placeOf },
  { title: "When", cell: (it) => <Ago time={it.change?.time} /> },
  { title: "By", cell: (it) => <Clipped text={actorText(it.change?.actor ?? "")} /> },
  { title: "Why", rest: true, cell: (it) => <Clipped text={it.change?.reason ?? ""} className="quiet" /> },
];
