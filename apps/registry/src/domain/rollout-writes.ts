import type { Write } from "@throughline/store";
import type { NumberedChange } from "./change.ts";
import { type Deployment, identityOf } from "./deployment.ts";
import type { DeploymentDeps, Planned } from "./deployment-writes.ts";
import type { EventName, RegistryEvent } from "./events.ts";
import { rolledOut } from "./lineage.ts";
import { isUnderWay, type Rollout, summaryOf } from "./rollout.ts";
import { stepRollout } from "./rollout-machine.ts";
import type { TrafficShare } from "./traffic.ts";

/** What ends the rollout that is under way at a deployment, because somebody else decides what serves. */
export interface Superseding {
  readonly writes: readonly Write[];
  readonly events: readonly RegistryEvent[];
  /** What the deployment's state says of it. */
  readonly mark: Pick<Deployment, "superseded">;
}

/** Ends the rollout that is under way, if there is one, with the change that overrides it. */
export async function supersede(
  deps: DeploymentDeps,
  { rollout: link }: Deployment,
  change: NumberedChange,
): Promise<Superseding> {
  const rollout = link?.underWay && (await deps.rollouts.get(link.name));
  // One that has ended meanwhile has changed the deployment with it, so that this change is planned again.
  if (!rollout || !isUnderWay(rollout)) return { writes: [], events: [], mark: {} };
  const ended = stepRollout(rollout, { kind: "SUPERSEDE" }, change.timeMs).rollout;
  const following = { ...ended, change: { ...change, revision: rollout.change.revision + 1 } };
  const { writes, events } = await rolloutWrites(deps, rollout, following);
  return { writes, events, mark: { superseded: rollout.name } };
}

/** Everything that a new state of a rollout writes, and what is told of it. `before` is undefined for the first. */
export async function rolloutWrites(
  deps: DeploymentDeps,
  before: Rollout | undefined,
  rollout: Rollout,
): Promise<{ readonly writes: readonly Write[]; readonly events: readonly RegistryEvent[] }> {
  const releases = await deps.releases.getMany([rollout.candidate, rollout.baseline]);
  const record = rolledOut(
    rollout,
    releases.filter((it) => it !== undefined),
  );
  const event = eventOf(before, rollout);
  return {
    writes: [...(await deps.rollouts.set(rollout)), ...deps.lineage(record)],
    events: event === undefined ? [] : [{ event, data: dataOf(rollout) }],
  };
}

/** The state of a deployment that follows from a state of its rollout. `traffic` is what serves from now on. */
export function stateAfter(
  current: Deployment,
  rollout: Rollout,
  { traffic, change }: { readonly traffic: readonly TrafficShare[]; readonly change: NumberedChange },
): Deployment {
  const { name, revisionBefore, strategyBefore, originBefore } = rollout;
  const isAborted = rollout.state === "ABORTED";
  return {
    ...identityOf(current),
    traffic,
    strategy: isAborted ? strategyBefore : rollout.strategy,
    change,
    restoresRevision: isAborted ? originBefore : 0,
    rollout: { name, revisionBefore, ...(isUnderWay(rollout) && { underWay: summaryOf(rollout) }) },
  };
}

/** Plans the state of a deployment and of its rollout together. */
export async function planRollout(
  deps: DeploymentDeps,
  { current, before, rollout, traffic, change }: RolloutStepPlan,
): Promise<Planned> {
  const written = await rolloutWrites(deps, before, rollout);
  return { ...written, state: stateAfter(current, rollout, { traffic, change }), newcomers: [] };
}

/** A rollout's next state, with the deployment that it belongs to. */
export interface RolloutStepPlan {
  readonly current: Deployment;
  readonly before: Rollout | undefined;
  readonly rollout: Rollout;
  readonly traffic: readonly TrafficShare[];
  /** The deployment's. */
  readonly change: NumberedChange;
}

/** What happened between two states of a rollout, where others are told of it. */
function eventOf(before: Rollout | undefined, { state, step }: Rollout): EventName | undefined {
  switch (state) {
    case "PROMOTED":
      return "rollout.promoted";
    case "ABORTED":
      return "rollout.aborted";
    case "SUPERSEDED":
      return "rollout.superseded";
    case "PAUSED":
    case "INCONCLUSIVE":
    case "WAITING_APPROVAL":
      return before?.state === state ? undefined : "rollout.paused";
    case "RUNNING":
      if (before === undefined) return "rollout.started";
      return before.step === step ? undefined : "rollout.stepped";
  }
}

const dataOf = ({ name, deployment, change, candidate, baseline, strategy, state, step }: Rollout) => ({
  name,
  deployment,
  revision: change.revision,
  candidate,
  baseline,
  strategy,
  state,
  step,
});
