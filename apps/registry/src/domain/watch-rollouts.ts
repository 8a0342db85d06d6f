import type { DeploymentStore } from "./deployment-store.ts";
import type { Rollout } from "./rollout.ts";
import type { RolloutStore } from "./rollout-store.ts";
import type { WatchDeps } from "./watch-deployments.ts";

/** States that are read at a time. */
const PAGE = 100;

export interface WatchRolloutsDeps extends Pick<WatchDeps, "wait" | "heartbeatMs" | "clock"> {
  readonly deployments: DeploymentStore;
  readonly rollouts: RolloutStore;
}

/** One message of a stream. */
export interface RolloutNews {
  readonly rollouts: readonly Rollout[];
  /** Everything that was under way when the stream began has been sent. */
  readonly complete: boolean;
}

/**
 * Sends the rollouts that are under way in a project (in all if none is named), and from then on the newest state of each that
 * changes, whichever process changed it. Every change of a rollout is a change of its deployment, so that the log of deployments
 * tells of it.
 */
export async function* watchRollouts(
  deps: WatchRolloutsDeps,
  project: string | undefined,
  signal: AbortSignal,
): AsyncGenerator<RolloutNews> {
  const revisions = new Map<string, number>();
  const fresh = async (name: string | undefined): Promise<readonly Rollout[]> => {
    const rollout = name === undefined ? undefined : await deps.rollouts.get(name);
    if (!rollout || rollout.change.revision <= (revisions.get(rollout.name) ?? 0)) return [];
    revisions.set(rollout.name, rollout.change.revision);
    return [rollout];
  };
  // Taken before the snapshot: what is added while it is read comes again, and is recognised by its revision.
  let sequence = await deps.deployments.lastSequence();
  let after: string | undefined;
  do {
    const page = await deps.deployments.list(project, { limit: PAGE, ...(after !== undefined && { after }) });
    after = page.next;
    const rollouts: Rollout[] = [];
    for (const { rollout } of page.items) rollouts.push(...(await fresh(rollout?.underWay?.name)));
    yield { rollouts, complete: after === undefined };
  } while (after !== undefined);
  let spokeMs = deps.clock.now();
  while (!signal.aborted) {
    const entries = await deps.deployments.feed(sequence, PAGE);
    for (const { sequence: at, state } of entries) {
      sequence = at;
      if (project !== undefined && state.project !== project) continue;
      const rollouts = await fresh(state.superseded ?? state.rollout?.name);
      if (rollouts.length === 0) continue;
      yield { rollouts, complete: true };
      spokeMs = deps.clock.now();
    }
    if (entries.length > 0) continue;
    if (deps.clock.now() - spokeMs >= deps.heartbeatMs) {
      yield { rollouts: [], complete: true };
      spokeMs = deps.clock.now();
    }
    await deps.wait(signal);
  }
}
