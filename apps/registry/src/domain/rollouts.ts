import { notFound, revisionConflict } from "@throughline/kernel";
import type { Call } from "./call.ts";
import type { ListPage, PageRequest } from "./change.ts";
import { coverageProblems } from "./check-coverage.ts";
import { driftProblems } from "./check-drift.ts";
import { rolloutProblems } from "./check-rollout.ts";
import { type Deployment, originOf } from "./deployment.ts";
import { checkEtag, type DeploymentDeps, nextChange, stateWrites } from "./deployment-writes.ts";
import { type Guarded, getDeployment } from "./deployments.ts";
import { releaseUnknown } from "./errors.ts";
import { projectOf } from "./names.ts";
import type { Rollout } from "./rollout.ts";
import { deploymentSplit, rolloutInvalid, rolloutRunning } from "./rollout-errors.ts";
import { type RolloutEvent, stepRollout } from "./rollout-machine.ts";
import { filledIn, type RolloutPlan } from "./rollout-plan.ts";
import { firstArmShares, sharesUnderWay } from "./rollout-shares.ts";
import { planRollout } from "./rollout-writes.ts";
import { type Strategy, WHOLE_BASIS_POINTS } from "./traffic.ts";

/** What a caller says of a rollout to create. The etag is the deployment's. */
export interface WantedRollout {
  readonly deployment: string;
  readonly etag: string;
  readonly reason: string;
  readonly candidate: string;
  readonly strategy: Strategy;
  /** As it was said: what is empty is filled in. */
  readonly plan: RolloutPlan;
}

/**
 * Begins a rollout with its first change of the shares. Fails with NOT_FOUND, REVISION_CONFLICT, ROLLOUT_RUNNING,
 * DEPLOYMENT_SPLIT, ROLLOUT_INVALID, RELEASE_UNKNOWN, GATES_UNMET.
 */
export async function createRollout(deps: DeploymentDeps, call: Call, wanted: WantedRollout): Promise<Rollout> {
  const rollout = await deps.run(call, async () => {
    const current = await getDeployment(deps, wanted.deployment);
    checkEtag(current, wanted.etag);
    if (current.rollout?.underWay) throw rolloutRunning(current.name, current.rollout.name);
    const change = nextChange(deps, call, { current, reason: wanted.reason });
    const first = await firstState(deps, current, { ...wanted, change });
    // Both are known to work here, or need no steps: the same event that a person would send.
    const isAtOnce = first.strategy === "RECREATE" || (await servedLately(deps, current, first));
    const begun = isAtOnce ? stepRollout(first, { kind: "PROMOTE" }, change.timeMs) : undefined;
    const next = begun?.rollout ?? first;
    const traffic = begun?.traffic ?? sharesUnderWay(first);
    const planned = await planRollout(deps, { current, before: undefined, rollout: next, traffic, change });
    const arms = (first.armShares ?? []).map((it) => it.release).filter((it) => it !== first.baseline);
    const newcomers = [...new Set([first.candidate, ...arms])];
    return { writes: await stateWrites(deps, { ...planned, newcomers }), response: next };
  });
  deps.changed();
  return rollout;
}

async function firstState(
  deps: DeploymentDeps,
  current: Deployment,
  wanted: WantedRollout & Pick<Rollout, "change">,
): Promise<Rollout> {
  const { candidate, strategy, change } = wanted;
  const plan = filledIn(wanted.plan, strategy);
  const baseline = baselineOf(current);
  const problems = rolloutProblems({ candidate, baseline, strategy, plan, traffic: current.traffic });
  if (problems.length > 0) throw rolloutInvalid(problems);
  await checkReleases(deps, current.project, { candidate, baseline, plan });
  const number = (await deps.rollouts.lastNumber(current.name)) + 1;
  return {
    name: `${current.name}/rollouts/${number}`,
    project: current.project,
    deployment: current.name,
    number,
    candidate,
    baseline,
    strategy,
    plan,
    state: "RUNNING",
    step: 0,
    stepApproved: false,
    isOpenEnded: false,
    startTimeMs: change.timeMs,
    stepStartTimeMs: change.timeMs,
    ...(strategy === "BANDIT" && {
      armShares: firstArmShares({ plan, baseline }),
      armSharesTimeMs: change.timeMs,
    }),
    trafficBefore: current.traffic,
    strategyBefore: current.strategy,
    revisionBefore: current.change.revision,
    originBefore: originOf(current),
    change: { ...change, revision: 1 },
  };
}

/** Fails with RELEASE_UNKNOWN and where each release is named that the project does not have, and with ROLLOUT_INVALID if one lacks what is judged. */
async function checkReleases(
  { releases, blobs }: DeploymentDeps,
  project: string,
  { candidate, baseline, plan }: Pick<Rollout, "candidate" | "baseline" | "plan">,
): Promise<void> {
  const arms = plan.bandit?.arms ?? [];
  const named = [
    { path: "rollout.candidate", release: candidate },
    ...arms.map(({ release }, i) => ({ path: `rollout.plan.bandit.arms[${i}].release`, release })),
  ];
  const found = await releases.getMany(named.map((it) => it.release));
  const missing = named.filter(({ release }, i) => !found[i] || projectOf(release) !== project);
  if (missing.length > 0)
    throw releaseUnknown(
      missing.map(({ path, release }) => ({ path, description: `${release} does not exist in ${project}` })),
    );
  const compared = await releases.getMany([candidate, baseline]);
  const known = compared.filter((it) => it !== undefined);
  const problems = [...coverageProblems(plan, known), ...(await driftProblems(blobs, plan, known))];
  if (problems.length > 0) throw rolloutInvalid(problems);
}

function baselineOf({ name, traffic }: Deployment): string {
  const serving = traffic.filter((it) => it.weightBasisPoints > 0).map((it) => it.release);
  const [baseline] = serving;
  if (baseline === undefined || serving.length > 1) throw deploymentSplit(name, serving);
  return baseline;
}

/** True if the candidate had all traffic in one of the last states that the plan counts. */
async function servedLately(
  { deployments }: DeploymentDeps,
  { name }: Deployment,
  { candidate, plan }: Rollout,
): Promise<boolean> {
  if (plan.fastTrackRevisions === 0) return false;
  const states = await deployments.history(name, plan.fastTrackRevisions);
  return states.some(({ traffic }) =>
    traffic.some((it) => it.release === candidate && it.weightBasisPoints === WHOLE_BASIS_POINTS),
  );
}

/**
 * Does to a rollout what a person asks for. The etag is the rollout's. Fails with NOT_FOUND, REVISION_CONFLICT, ROLLOUT_ENDED,
 * ROLLOUT_STATE, STEP_MOVED.
 */
export async function changeRollout(
  deps: DeploymentDeps,
  call: Call,
  { name, etag, reason, event }: Guarded & { readonly event: RolloutEvent },
): Promise<Rollout> {
  const changed = await deps.run(call, async () => {
    const { current, rollout } = await rolloutAt(deps, name);
    checkRevision(rollout, etag);
    const change = nextChange(deps, call, { current, reason });
    const stepped = stepRollout(rollout, event, change.timeMs);
    const next = { ...stepped.rollout, change: { ...change, revision: rollout.change.revision + 1 } };
    const traffic = stepped.traffic ?? current.traffic;
    const planned = await planRollout(deps, { current, before: rollout, rollout: next, traffic, change });
    return { writes: await stateWrites(deps, planned), response: next };
  });
  deps.changed();
  return changed;
}

/**
 * A rollout with its deployment, which was read first: every change of the rollout changes the deployment too, so that writes
 * that hold the deployment to its revision hold the rollout as well. Fails with NOT_FOUND.
 */
export async function rolloutAt(
  deps: Pick<DeploymentDeps, "deployments" | "rollouts">,
  name: string,
): Promise<{ readonly current: Deployment; readonly rollout: Rollout }> {
  const current = await deps.deployments.get(name.replace(/\/rollouts\/[^/]+$/, ""));
  const rollout = await deps.rollouts.get(name);
  if (!current || !rollout) throw notFound(name);
  return { current, rollout };
}

/** Fails with REVISION_CONFLICT unless the rollout is at the etag. An empty one is not checked. */
export function checkRevision({ name, change }: Rollout, etag: string): void {
  const revision = String(change.revision);
  if (etag !== "" && etag !== revision) throw revisionConflict(name, etag, revision);
}

/** The rollout now, or as it was at an instant. Fails with NOT_FOUND. */
export async function getRollout(
  { rollouts }: Pick<DeploymentDeps, "rollouts">,
  name: string,
  asOfMs?: number,
): Promise<Rollout> {
  const rollout = await rollouts.get(name, asOfMs);
  if (!rollout) throw notFound(name);
  return rollout;
}

/** Rollouts of a deployment, or of all of a project if the deployment is `-`, now or as they were. Newest first. */
export const listRollouts = (
  { rollouts }: Pick<DeploymentDeps, "rollouts">,
  { deployment, asOfMs }: { readonly deployment: string; readonly asOfMs?: number },
  page: PageRequest,
): Promise<ListPage<Rollout>> => {
  const project = /^(projects\/[^/]+)\/deployments\/-$/.exec(deployment)?.[1];
  return rollouts.list(project === undefined ? { deployment } : { project }, page, asOfMs);
};

/** Every state of a rollout, newest first. Fails with NOT_FOUND. */
export async function listRolloutChanges(
  deps: Pick<DeploymentDeps, "rollouts">,
  name: string,
  page: PageRequest,
): Promise<ListPage<Rollout>> {
  await getRollout(deps, name);
  return deps.rollouts.history(name, page);
}
