import { alreadyExists, notFound } from "@throughline/kernel";
import type { Call } from "./call.ts";
import type { ListPage, PageRequest } from "./change.ts";
import { checkTraffic, type Deployment, identityOf, rolledBack, type Traffic, weightOf } from "./deployment.ts";
import { DEPLOYMENT_STATES_MAX } from "./deployment-store.ts";
import { checkEtag, type DeploymentDeps, nextChange, storeState } from "./deployment-writes.ts";
import { deploymentServing, noEarlierState } from "./errors.ts";
import type { ExecutionSettings } from "./execution-settings.ts";
import type { LogPolicy } from "./log-policy.ts";
import { type Alarm, stateBefore, stateBeforeRelease } from "./rollback-target.ts";
import { releaseNeverServed } from "./rollout-errors.ts";
import { supersede } from "./rollout-writes.ts";
import { type TrafficShare, WHOLE_BASIS_POINTS } from "./traffic.ts";

/** What a caller says of a deployment to create. */
export interface DeploymentText extends Traffic {
  readonly name: string;
  readonly stickyKey: string;
  readonly description: string;
  readonly execution?: ExecutionSettings;
  readonly log?: LogPolicy;
  readonly reason: string;
}

/** Fails with ALREADY_EXISTS, RELEASE_UNKNOWN, WEIGHTS_SUM, GATES_UNMET. */
export async function createDeployment(deps: DeploymentDeps, call: Call, text: DeploymentText): Promise<Deployment> {
  checkTraffic(text.traffic, "deployment.traffic");
  return storeState(deps, call, async () => {
    const gone = await deps.deployments.newest(text.name);
    if (gone && !gone.isDeleted) throw alreadyExists(text.name);
    const { reason, ...said } = text;
    const first = { revision: 1, actor: call.actor, reason, timeMs: deps.clock.now() };
    const change = gone ? nextChange(deps, call, { current: gone, reason }) : first;
    const state = { ...said, project: call.project, createTimeMs: change.timeMs, change, restoresRevision: 0 };
    return { state, newcomers: newcomers(text.traffic, []) };
  });
}

/** A change that is only made if the deployment is at the etag. An empty etag is not checked. */
export interface Guarded {
  readonly name: string;
  readonly etag: string;
  readonly reason: string;
}

/** Shares, and whatever else of the deployment is to change. */
export interface WantedTraffic extends Guarded, Traffic {
  readonly stickyKey?: string;
  readonly description?: string;
  readonly execution?: ExecutionSettings;
  readonly log?: LogPolicy;
}

/** Fails with NOT_FOUND, REVISION_CONFLICT, WEIGHTS_SUM, RELEASE_UNKNOWN, GATES_UNMET. */
export async function setTraffic(deps: DeploymentDeps, call: Call, wanted: WantedTraffic): Promise<Deployment> {
  const { name: _, etag: __, reason, ...said } = wanted;
  const { traffic } = said;
  checkTraffic(traffic, "traffic");
  return storeState(deps, call, async () => {
    const current = await guarded(deps, wanted);
    const change = nextChange(deps, call, { current, reason });
    const ended = await supersede(deps, current, change);
    const state = { ...identityOf(current), ...said, change, restoresRevision: 0, ...ended.mark };
    return { ...ended, state, newcomers: newcomers(traffic, current.traffic) };
  });
}

/** A rollback to what served before; at `toRevision`, unless it is 0; or before the release of an alarm got its share. */
export interface Rollback extends Guarded {
  readonly toRevision: number;
  readonly alarm?: Alarm;
}

/**
 * Fails with NOT_FOUND, REVISION_CONFLICT and NO_EARLIER_STATE; for an alarm with RELEASE_NOT_SERVING and ALARM_OUTDATED. No gate keeps
 * a deployment from what it served before.
 */
export const rollBackDeployment = (deps: DeploymentDeps, call: Call, wanted: Rollback): Promise<Deployment> =>
  storeState(deps, call, async () => {
    const current = await guarded(deps, wanted);
    const before = await rollbackTarget(deps, current, wanted);
    const change = nextChange(deps, call, { current, reason: wanted.reason });
    const ended = await supersede(deps, current, change);
    return { ...ended, state: { ...rolledBack(current, before, change), ...ended.mark }, newcomers: [] };
  });

async function rollbackTarget({ deployments }: DeploymentDeps, current: Deployment, { toRevision, alarm }: Rollback) {
  if (alarm) return stateBeforeRelease(deployments, current, alarm);
  if (toRevision === 0) return stateBefore(deployments, current);
  const named = toRevision < current.change.revision && (await deployments.atRevision(current.name, toRevision));
  if (!named || named.isDeleted) throw noEarlierState(current.name);
  return named;
}

/** Fails with NOT_FOUND, REVISION_CONFLICT, RELEASE_NEVER_SERVED. No gate keeps a deployment from what it served before. */
export const fastTrackDeployment = (
  deps: DeploymentDeps,
  call: Call,
  wanted: Guarded & { readonly release: string },
): Promise<Deployment> =>
  storeState(deps, call, async () => {
    const { name, release, reason } = wanted;
    const current = await guarded(deps, wanted);
    const states = await deps.deployments.history(name, DEPLOYMENT_STATES_MAX);
    const served = states.some(({ traffic }) => weightOf(traffic, release) > 0);
    if (!served) throw releaseNeverServed(name, release);
    const change = nextChange(deps, call, { current, reason });
    const ended = await supersede(deps, current, change);
    const traffic = [{ release, weightBasisPoints: WHOLE_BASIS_POINTS }];
    const identity = identityOf(current);
    const state: Deployment = {
      ...identity,
      traffic,
      strategy: "RECREATE",
      change,
      restoresRevision: 0,
      ...ended.mark,
    };
    return { ...ended, state, newcomers: [] };
  });

/** Fails with NOT_FOUND, REVISION_CONFLICT, DEPLOYMENT_SERVING. What it was stays, and its revisions go on if one of its name is created again. */
export async function deleteDeployment(
  deps: DeploymentDeps,
  call: Call,
  wanted: Guarded & { readonly allowServing: boolean },
): Promise<void> {
  await storeState(deps, call, async () => {
    const current = await guarded(deps, wanted);
    const serving = current.traffic.filter((it) => it.weightBasisPoints > 0).map((it) => it.release);
    if (serving.length > 0 && !wanted.allowServing) throw deploymentServing(current.name, serving);
    const change = nextChange(deps, call, { current, reason: wanted.reason });
    const ended = await supersede(deps, current, change);
    const { strategy } = current;
    const state: Deployment = {
      ...identityOf(current),
      traffic: [],
      strategy,
      change,
      restoresRevision: 0,
      isDeleted: true,
      ...ended.mark,
    };
    return { ...ended, state, newcomers: [] };
  });
}

/** The deployment now, or as it was at an instant. Fails with NOT_FOUND. */
export async function getDeployment(
  { deployments }: Pick<DeploymentDeps, "deployments">,
  name: string,
  asOfMs?: number,
): Promise<Deployment> {
  const deployment = await deployments.get(name, asOfMs);
  if (!deployment) throw notFound(name);
  return deployment;
}

/** Deployments by name, now or as they were at an instant. */
export const listDeployments = (
  { deployments }: Pick<DeploymentDeps, "deployments">,
  { project, asOfMs }: { readonly project: string; readonly asOfMs?: number },
  page: PageRequest,
): Promise<ListPage<Deployment>> =>
  asOfMs === undefined ? deployments.list(project, page) : deployments.listAsOf(project, asOfMs, page);

/** Every state that a deployment had, newest first, also of one that is deleted. Fails with NOT_FOUND. */
export async function listDeploymentChanges(deps: DeploymentDeps, name: string): Promise<readonly Deployment[]> {
  if (!(await deps.deployments.newest(name))) throw notFound(name);
  return deps.deployments.history(name, DEPLOYMENT_STATES_MAX);
}

/**
 * Releases that get traffic and have none now. Gates are looked at when a release gets its first share, and not while shares
 * move between releases that serve already: nothing must keep a canary from being taken back.
 */
function newcomers(traffic: readonly TrafficShare[], before: readonly TrafficShare[]): readonly string[] {
  const serving = new Set(before.filter((it) => it.weightBasisPoints > 0).map((it) => it.release));
  return traffic.filter((it) => it.weightBasisPoints > 0 && !serving.has(it.release)).map((it) => it.release);
}

async function guarded(deps: DeploymentDeps, { name, etag }: Guarded): Promise<Deployment> {
  const current = await getDeployment(deps, name);
  checkEtag(current, etag);
  return current;
}
