import type { Deployment } from "./deployment.ts";
import type { DeploymentStore } from "./deployment-store.ts";
import type { Release } from "./release.ts";
import type { ReleaseStore } from "./release-store.ts";

/** States that are read and sent at a time: what a slow reader holds in memory, whatever happens meanwhile. */
const PAGE = 100;

export interface WatchDeps {
  readonly deployments: DeploymentStore;
  readonly releases: ReleaseStore;
  /** Resolves when this process may have added a state, when it is time to look for those of others, or on `signal`. */
  readonly wait: (signal: AbortSignal) => Promise<void>;
  /** Milliseconds that a stream may be silent; then it sends an empty message, so that nobody takes it for dead. */
  readonly heartbeatMs: number;
  readonly clock: { now(): number };
}

/** One message of a stream. */
export interface DeploymentNews {
  readonly deployments: readonly Deployment[];
  /** Releases of those deployments that this stream has not sent before. */
  readonly releases: readonly Release[];
  /** Names of those that were deleted. */
  readonly removed: readonly string[];
  /** Everything that existed when the stream began has been sent. */
  readonly complete: boolean;
}

/**
 * Sends all deployments of a project (of all projects if none is named), and from then on each state that is added, by
 * any process, in order, none left out. A reader sets the pace: nothing is queued for it, it reads on in the log.
 */
export async function* watchDeployments(
  deps: WatchDeps,
  project: string | undefined,
  signal: AbortSignal,
): AsyncGenerator<DeploymentNews> {
  const seen: Seen = { revisions: new Map(), releases: new Set() };
  // Taken before the snapshot: what is added while it is read comes again, and is recognised by its revision.
  let sequence = await deps.deployments.lastSequence();
  yield* snapshot(deps, project, seen);
  let spokeMs = deps.clock.now();
  while (!signal.aborted) {
    const entries = await deps.deployments.feed(sequence, PAGE);
    for (const { sequence: at, state } of entries) {
      sequence = at;
      if (project !== undefined && state.project !== project) continue;
      if (state.change.revision <= (seen.revisions.get(state.name) ?? 0)) continue;
      yield { ...(await news(deps, [state], seen)), complete: true };
      spokeMs = deps.clock.now();
    }
    if (entries.length > 0) continue;
    if (deps.clock.now() - spokeMs >= deps.heartbeatMs) {
      yield { deployments: [], releases: [], removed: [], complete: true };
      spokeMs = deps.clock.now();
    }
    await deps.wait(signal);
  }
}

/** What a stream has sent. As large as the deployments and releases that it told of. */
interface Seen {
  readonly revisions: Map<string, number>;
  readonly releases: Set<string>;
}

async function* snapshot(deps: WatchDeps, project: string | undefined, seen: Seen): AsyncGenerator<DeploymentNews> {
  let after: string | undefined;
  do {
    const page = await deps.deployments.list(project, { limit: PAGE, ...(after !== undefined && { after }) });
    after = page.next;
    yield { ...(await news(deps, page.items, seen)), complete: after === undefined };
  } while (after !== undefined);
}

async function news(
  { releases }: WatchDeps,
  deployments: readonly Deployment[],
  seen: Seen,
): Promise<Omit<DeploymentNews, "complete">> {
  const named = new Set(deployments.flatMap((it) => it.traffic.map((share) => share.release)));
  const fresh = [...named].filter((it) => !seen.releases.has(it));
  const found: Release[] = [];
  for (let i = 0; i < fresh.length; i += PAGE)
    found.push(...(await releases.getMany(fresh.slice(i, i + PAGE))).filter((it) => it !== undefined));
  for (const it of deployments) seen.revisions.set(it.name, it.change.revision);
  for (const it of fresh) seen.releases.add(it);
  const removed = deployments.filter((it) => it.isDeleted).map((it) => it.name);
  return { deployments: deployments.filter((it) => !it.isDeleted), releases: found, removed };
}
