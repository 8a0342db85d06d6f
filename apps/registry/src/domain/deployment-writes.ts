import type { BlobStore } from "@throughline/blobs";
import { type Clock, revisionConflict } from "@throughline/kernel";
import type { Write } from "@throughline/store";
import type { Call, RunCall } from "./call.ts";
import { changeTime, type NumberedChange } from "./change.ts";
import type { CheckGates } from "./check-gates.ts";
import type { Deployment } from "./deployment.ts";
import type { DeploymentStore } from "./deployment-store.ts";
import { releaseUnknown } from "./errors.ts";
import type { RegistryEvent, RegistryEvents } from "./events.ts";
import { deployed } from "./lineage.ts";
import { projectOf } from "./names.ts";
import type { LineageWrites } from "./ports.ts";
import type { Release } from "./release.ts";
import type { ReleaseStore } from "./release-store.ts";
import type { RolloutStore } from "./rollout-store.ts";
import type { TrafficShare } from "./traffic.ts";

export interface DeploymentDeps {
  readonly deployments: DeploymentStore;
  readonly rollouts: RolloutStore;
  readonly releases: ReleaseStore;
  /** Has the baseline statistics of releases. */
  readonly blobs: Pick<BlobStore, "stat" | "get">;
  readonly lineage: LineageWrites;
  readonly clock: Clock;
  readonly run: RunCall;
  readonly checkGates: CheckGates;
  readonly events: RegistryEvents;
  /** Tells the streams of this process that a state was added. */
  readonly changed: () => void;
}

/** A state that is to follow, with the releases that pass the gates on the way. */
export interface Planned {
  readonly state: Deployment;
  readonly newcomers: readonly string[];
  /** What is told besides. */
  readonly events?: readonly RegistryEvent[];
  /** What is written in the same change. */
  readonly writes?: readonly Write[];
}

/** Stores the state that `plan` makes, with its record and the decisions of gates, and tells the streams. */
export async function storeState(deps: DeploymentDeps, call: Call, plan: () => Promise<Planned>): Promise<Deployment> {
  const deployment = await deps.run(call, async () => {
    const planned = await plan();
    return { writes: await stateWrites(deps, planned), response: planned.state };
  });
  deps.changed();
  return deployment;
}

/** Everything that a new state of a deployment writes. Fails with RELEASE_UNKNOWN and GATES_UNMET. */
export async function stateWrites(deps: DeploymentDeps, planned: Planned): Promise<readonly Write[]> {
  const { state, newcomers, events = [] } = planned;
  const releases = await knownReleases(deps, state.traffic, state.project);
  const target = state.name.slice(state.project.length + 1);
  const writes = [...(await deps.deployments.append(state)), ...deps.lineage(deployed(state, releases))];
  for (const subject of newcomers) {
    const { actor, reason, timeMs } = state.change;
    writes.push(...(await deps.checkGates({ subject, target, actor, reason, timeMs })));
  }
  writes.push(...(planned.writes ?? []), ...(await deps.events(state.project, [...events, changedEvent(state)])));
  return writes;
}

const changedEvent = ({ name, traffic, change, isDeleted }: Deployment): RegistryEvent => ({
  event: "deployment.changed",
  data: {
    name,
    revision: change.revision,
    traffic: traffic.map((it) => ({ release: it.release, weight_basis_points: it.weightBasisPoints })),
    ...(isDeleted && { deleted: true }),
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

/** Fails with REVISION_CONFLICT unless the deployment is at the etag. An empty one is not checked. */
export function checkEtag({ name, change }: Pick<Deployment, "name" | "change">, etag: string): void {
  const revision = String(change.revision);
  if (etag !== "" && etag !== revision) throw revisionConflict(name, etag, revision);
}

/** The change that follows the last one of a deployment or of a rollout. */
export const nextChange = (
  { clock }: Pick<DeploymentDeps, "clock">,
  { actor }: Pick<Call, "actor">,
  { current, reason }: { readonly current: { readonly change: NumberedChange }; readonly reason: string },
): NumberedChange => ({
  revision: current.change.revision + 1,
  actor,
  reason,
  timeMs: changeTime(clock.now(), current.change.timeMs),
});
