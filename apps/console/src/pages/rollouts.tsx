import { Strategy } from "@throughline/contracts/throughline/registry/v1/deployment_pb";
import { type Rollout, RolloutState } from "@throughline/contracts/throughline/registry/v1/rollout_pb";
import { rollouts } from "../api/clients.ts";
import { usePages } from "../api/use-pages.ts";
import type { PageProps } from "../page.ts";
import { Card, PageTitle } from "../parts/card.tsx";
import { Request } from "../parts/request.tsx";
import { Empty } from "../parts/states.tsx";
import { type ColumnOf, PagedTable } from "../parts/table.tsx";
import { Ago, Badge, Clipped, ResourceLink } from "../parts/text.tsx";
import { count, words } from "../thread/format.ts";
import { actorText } from "../thread/names.ts";
import { placeOf, toneOfRollout } from "../thread/rollout-words.ts";

const REFRESH_MS = 5_000;

/** The rollouts of all deployments of a project, newest first. */
export function RolloutsPage({ project }: PageProps) {
  const parent = `projects/${project}/deployments`;
  const load = async (pageToken: string, signal: AbortSignal) => {
    const answer = await rollouts.listRollouts({ parent: `${parent}/-`, pageSize: 50, pageToken }, { signal });
    return { items: answer.rollouts, next: answer.nextPageToken };
  };
  const pages = usePages(`rollouts ${project}`, load, { refreshMs: REFRESH_MS });
  return (
    <>
      <PageTitle kind="Serving" title="Rollouts">
        <span>candidates on their way, and what the evidence said</span>
      </PageTitle>
      <Card>
        <PagedTable
          pages={pages}
          what="rollouts"
          columns={COLUMNS}
          rowKey={(it) => it.name}
          empty={<Empty title="Nothing was rolled out yet" />}
        />
      </Card>
      <Card title="To begin one">
        <p className="quiet">It takes a share of the traffic for the candidate, and moves on by evidence.</p>
        <Request
          path={`${parent}/DEPLOYMENT/rollouts`}
          body={`{"rollout": {"candidate": "projects/${project}/releases/RELEASE", "strategy": "STRATEGY_CANARY"}}`}
        />
      </Card>
    </>
  );
}

const COLUMNS: readonly ColumnOf<Rollout>[] = [
  { title: "Rollout", cell: (it) => <ResourceLink name={it.name}>{titleOfRollout(it.name)}</ResourceLink> },
  {
    title: "State",
    cell: (it) => <Badge tone={toneOfRollout(it.state)}>{words(RolloutState[it.state] ?? "")}</Badge>,
  },
  { title: "Strategy", cell: (it) => words(Strategy[it.strategy] ?? "") },
  { title: "Place", cell: placeOf },
  { title: "Candidate", cell: (it) => <ResourceLink name={it.candidate} /> },
  { title: "Decisions", number: true, cell: (it) => count(it.decisionCount) },
  { title: "Began", cell: (it) => <Ago time={it.startTime} /> },
  { title: "By", cell: (it) => <Clipped text={actorText(it.change?.actor ?? "")} /> },
  { title: "Why", rest: true, cell: (it) => <Clipped text={it.change?.reason ?? ""} className="quiet" /> },
];

/** `late 3`: the deployment and the number. */
const titleOfRollout = (name: string): string => {
  const [, , , deployment = "", , number = ""] = name.split("/");
  return `${deployment} ${number}`;
};
