import type { DeploymentState } from "@throughline/contracts/throughline/registry/v1/deployment_service_pb";
import { type Rollout, RolloutState } from "@throughline/contracts/throughline/registry/v1/rollout_pb";
import type { Json } from "@throughline/kernel";
import { unlessMissing } from "../content.ts";
import type { Services } from "../services.ts";
import type { Reader } from "./reader.ts";

/** What a change did, by `deployment/reason`: each change has a reason of its own, whose last words say what it does. */
export const readRolloutChanges: Reader = async (services, names) => {
  const found = new Map<string, Json>();
  for (const deployment of deploymentsOf(names)) {
    const states = await statesOf(services, deployment);
    for (const [reason, of] of Map.groupBy(states, reasonOf))
      found.set(`${deployment}/${reason}`, of.length === 1 ? kindOf(reason) : `${of.length} states`);
  }
  return found;
};

/**
 * The states of a deployment and of its rollouts tell the same: each change of a rollout is one state of the deployment, with
 * shares that are the whole, revisions have no holes, one rollout at most is under way, and it is the one that the deployment
 * names; an abort gave exactly the shares of before.
 */
export async function checkRollouts(services: Services, names: readonly string[]): Promise<readonly string[]> {
  const problems: string[] = [];
  const known = new Set(names);
  for (const deployment of deploymentsOf(names)) {
    const say = (what: string): void => void problems.push(`deployment ${deployment}: ${what}`);
    const states = (await statesOf(services, deployment)).toReversed();
    for (const [i, state] of states.entries()) {
      const sum = state.deployment?.traffic.reduce((total, it) => total + it.weightBasisPoints, 0);
      if (sum !== 10_000) say(`its state ${i + 1} has shares of ${sum}`);
      if (Number(state.deployment?.change?.revision) !== i + 1) say(`its state ${i + 1} has another revision`);
      const reason = reasonOf(state);
      if (!known.has(`${deployment}/${reason}`)) say(`it was changed by "${reason}", which nobody wrote`);
    }
    const rollouts = await rolloutsOf(services, deployment);
    for (const it of rollouts) for (const what of await rolloutProblems(services, it, states)) say(what);
    const underWay = rollouts.filter((it) => it.state < RolloutState.PROMOTED).map((it) => [it.name, it.etag]);
    const { rollout } = states.at(-1)?.deployment ?? {};
    const named = rollout ? [[rollout.name, String(rollout.revision)]] : [];
    if (JSON.stringify(underWay) !== JSON.stringify(named))
      say(`${JSON.stringify(underWay)} are under way, and it names ${JSON.stringify(named)}`);
  }
  return problems;
}

async function rolloutProblems(
  { rollouts }: Services,
  { name, trafficBefore }: Rollout,
  of: readonly DeploymentState[],
): Promise<readonly string[]> {
  const problems: string[] = [];
  const { states } = await rollouts.listRolloutChanges({ name, pageSize: 1_000 });
  for (const [i, state] of states.toReversed().entries()) {
    const reason = state.change?.reason ?? "";
    const same = of.filter((it) => reasonOf(it) === reason);
    if (same.length !== 1) problems.push(`${name} was changed by "${reason}", and the deployment ${same.length} times`);
    if (Number(state.change?.revision) !== i + 1) problems.push(`change ${i + 1} of ${name} has another revision`);
    const left = same[0]?.deployment?.traffic;
    if (state.state === RolloutState.ABORTED && shown(left) !== shown(trafficBefore))
      problems.push(`${name} was aborted and left ${shown(left)}`);
  }
  const { decisions } = await rollouts.listDecisions({ parent: name, pageSize: 1_000 });
  const sequences = decisions.map((it) => Number(it.sequence)).toReversed();
  if (sequences.some((it, i) => it !== i + 1)) problems.push(`${name} has the decisions ${sequences}`);
  return problems;
}

const shown = (traffic: Rollout["trafficBefore"] | undefined): string =>
  JSON.stringify(traffic?.map((it) => [it.release, it.weightBasisPoints]));

const reasonOf = ({ deployment }: DeploymentState): string => deployment?.change?.reason ?? "";

const kindOf = (reason: string): string => reason.slice(reason.indexOf(" ") + 1);

const deploymentsOf = (names: readonly string[]): readonly string[] => [
  ...new Set(names.map((it) => it.split("/")[0] ?? "")),
];

const statesOf = async ({ deployments, parent }: Services, deployment: string): Promise<readonly DeploymentState[]> => {
  const name = `${parent}/deployments/${deployment}`;
  return (await unlessMissing(deployments.listDeploymentChanges({ name })))?.states ?? [];
};

const rolloutsOf = async ({ rollouts, parent }: Services, deployment: string): Promise<readonly Rollout[]> =>
  (await rollouts.listRollouts({ parent: `${parent}/deployments/${deployment}`, pageSize: 1_000 })).rollouts;
