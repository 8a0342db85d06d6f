import { alreadyExists, type Clock, notFound, revisionConflict } from "@throughline/kernel";
import type { Call, RunCall } from "./call.ts";
import { changeTime, type ListPage, type PageRequest } from "./change.ts";
import type { CheckGates } from "./check-gates.ts";
import { checkTraffic, type Deployment, originOf, rolledBack, type Traffic, type TrafficShare } from "./deployment.ts";
import type { DeploymentStore } from "./deployment-store.ts";
import { noEarlierState, releaseUnknown } from "./errors.ts";
import type { RegistryEvent, RegistryEvents } from "./events.ts";
import { deployed } from "./lineage.ts";
import { projectOf } from "./names.ts";
import type { LineageWrites } from "./ports.ts";
import type { Release } from "./release.ts";
import type { ReleaseStore } from "./release-store.ts";

/** Most states of a deployment that are listed: the newest. */
export const DEPLOYMENT_CHANGES_MAX = 1_000;

export interface DeploymentDeps {
  readonly deployments: DeploymentStore;
  readonly releases: ReleaseStore;
  readonly lineage: LineageWrites;
  readonly clock: Clock;
  readonly run: RunCall;
  readonly checkGates: CheckGates;
  readonly events: RegistryEvents;
  /** Tells the streams of this process that a state was added. */
  readonly changed: () => void;
}

/** What a caller says of a deployment to create. */
export interface DeploymentText extends Traffic {
  readonly name: string;
  readonly stickyKey: string;
  readonly description: string;
  readonly reason: string;
}

/** Fails with ALREADY_EXISTS, RELEASE_UNKNOWN, WEIGHTS_SUM, GATES_UNMET. */
export async function createDeployment(deps: DeploymentDeps, call: Call, text: DeploymentText): Promise<Deployment> {
  checkTraffic(text.traffic, "deployment.traffic");
  return stored(deps, call, async () => {
    if (await deps.deployments.get(text.name)) throw alreadyExists(text.name);
    const { reason, ...said } = text;
    const timeMs = deps.clock.now();
    const change = { revision: 1, actor: call.actor, reason, timeMs };
    const state = { ...said, project: call.project, createTimeMs: timeMs, change, restoresRevision: 0 };
    return { state, newcomers: newcomers(text.traffic, []) };
  });
}

/** A change that is only made if the deployment is at the etag. An empty etag is not checked. */
export interface Guarded {
  readonly name: string;
  readonly etag: string;
  readonly reason: string;
}

/** Fails with NOT_FOUND, REVISION_CONFLICT, WEIGHTS_SUM, RELEASE_UNKNOWN, GATES_UNMET. */
export async function setTraffic(deps: DeploymentDeps, call: Call, wanted: Guarded & Traffic): Promise<Deployment> {
  const { traffic, strategy } = wanted;
  checkTraffic(traffic, "traffic");
  return stored(deps, call, async () => {
    const current = await guarded(deps, wanted);
    const change = nextChange(deps, call, { current, reason: wanted.reason });
    const state = { ...current, traffic, strategy, change, restoresRevision: 0 };
    return { state, newcomers: newcomers(traffic, current.traffic) };
  });
}

/** A rollback to what served before; or at `toRevision`, unless it is 0. */
export interface Rollback extends Guarded {
  readonly toRevision: number;
}

/** Fails with NOT_FOUND, REVISION_CONFLICT, NO_EARLIER_STATE. No gate keeps a deployment from what it served before. */
export const rollBackDeployment = (deps: DeploymentDeps, call: Call, wanted: Rollback): Promise<Deployment> =>
  stored(deps, call, async () => {
    const current = await guarded(deps, wanted);
    const target = wanted.toRevision || originOf(current) - 1;
    const before = target < current.change.revision && (await deps.deployments.atRevision(wanted.name, target));
    if (!before) throw noEarlierState(wanted.name);
    const state = rolledBack(current, before, nextChange(deps, call, { current, reason: wanted.reason }));
    return { state, newcomers: [] };
  });

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

/** Deployments by name. */
export const listDeployments = (
  deps: DeploymentDeps,
  project: string,
  page: PageRequest,
): Promise<ListPage<Deployment>> => deps.deployments.list(project, page);

/** Every state that a deployment had, newest first. Fails with NOT_FOUND. */
export async function listDeploymentChanges(deps: DeploymentDeps, name: string): Promise<readonly Deployment[]> {
  await getDeployment(deps, name);
  return deps.deployments.history(name, DEPLOYMENT_CHANGES_MAX);
}

/** A state that is to follow, with the releases that pass the gates on the way. */
interface Planned {
  readonly state: Deployment;
  readonly newcomers: readonly string[];
}

/**
 * Releases that get traffic and have none now. Gates are looked at when a release gets its first share, and not while shares
 * move between releases that serve already: nothing must keep a canary from being taken back.
 */
function newcomers(traffic: readonly TrafficShare[], before: readonly TrafficShare[]): readonly string[] {
  const serving = new Set(before.filter((it) => it.weightBasisPoints > 0).map((it) => it.release));
  return traffic.filter((it) => it.weightBasisPoints > 0 && !serving.has(it.release)).map((it) => it.release);
}

/** Stores the state that `plan` makes, with its record and the decisions of gates, and tells the streams. */
async function stored(deps: DeploymentDeps, call: Call, plan: () => Promise<Planned>): Promise<Deployment> {
  const deployment = await deps.run(call, async () => {
    const { state, newcomers } = await plan();
    const releases = await knownReleases(deps, state.traffic, state.project);
    const target = state.name.slice(state.project.length + 1);
    const writes = [...(await deps.deployments.append(state)), ...deps.lineage(deployed(state, releases))];
    for (const subject of newcomers) {
      const { actor, reason, timeMs } = state.change;
      writes.push(...(await deps.checkGates({ subject, target, actor, reason, timeMs })));
    }
    writes.push(...(await deps.events(state.project, [changedEvent(state)])));
    return { writes, response: state };
  });
  deps.changed();
  return deployment;
}

const changedEvent = ({ name, traffic, change }: Deployment): RegistryEvent => ({
  event: "deployment.changed",
  data: {
    name,
    revision: change.revision,
    traffic: traffic.map((it) => ({ release: it.release, weight_basis_points: it.weightBasisPoints })),
  },
});

async function knownReleases(
  { releases }: DeploymentDeps,
  traffic: readonly TrafficShare[],
  project: string,
): Promise<readonly Release[]> {
  const found = await releases.getMany(traffic.map((it) => it.release));
  const missing = traffic.flatMap(({ release }, i) =>
    found[i] && projectOf(release) === project
      ? []
      : [{ path: `traffic[${i}].release`, description: `${release} does not exist in ${project}` }],
  );
  if (missing.length > 0) throw releaseUnknown(missing);
  return found.filter((it) => it !== undefined);
}

async function guarded(deps: DeploymentDeps, { name, etag }: Guarded): Promise<Deployment> {
  const current = await getDeployment(deps, name);
  const revision = String(current.change.revision);
  if (etag !== "" && etag !== revision) throw revisionConflict(name, etag, revision);
  return current;
}

const nextChange = (
  { clock }: DeploymentDeps,
  { actor }: Call,
  { current, reason }: { readonly current: Deployment; readonly reason: string },
) => ({
  revision: current.change.revision + 1,
  actor,
  reason,
  timeMs: changeTime(clock.now(), current.change.timeMs),
});
