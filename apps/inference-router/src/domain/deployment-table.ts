import { type Deployment, type Route, routesOf } from "./deployment.ts";
import { deploymentNotReady, deploymentUnknown, registryAway } from "./errors.ts";
import { configureModels } from "./execution-settings.ts";
import type { LoadedRelease, ReleaseLoader } from "./loaded-release.ts";
import type { Release } from "./release.ts";

/** What serves at a deployment: replaced as a whole, never changed. */
export interface Snapshot {
  readonly deployment: Deployment;
  /** In the order of the buckets. Releases without a share are loaded too. */
  readonly routes: readonly Route<LoadedRelease>[];
}

/** A deployment as the registry wants it, and as far as it is there. */
export interface DeploymentState {
  readonly desired: Deployment;
  /** The state that answers; unset until the first one can. */
  readonly snapshot: Snapshot | undefined;
  /** Why the desired state does not answer, if that is known. */
  readonly problem: string;
}

/** What the registry said. */
export interface TableChange {
  readonly deployments: readonly Deployment[];
  readonly releases: readonly Release[];
  readonly removed: readonly string[];
  /** True if nothing exists that has not been said by now. */
  readonly isComplete: boolean;
}

/**
 * The deployments at work. Laws:
 * - A state serves only when all of its releases with a share are loaded and warm; until then the state before serves on.
 * - The switch from one state to the next is one assignment, so that a request sees either the old one or the new one.
 * - A state that was overtaken by a later one while it was loading never serves.
 * - The releases of the state before stay loaded, so that a way back has nothing to load however much later it is asked for.
 * - A release that no state needs any more is unloaded after a grace, and after the requests that it is answering.
 */
export interface DeploymentTable {
  apply(change: TableChange): void;
  /** Fails with DEPLOYMENT_UNKNOWN and MODEL_UNAVAILABLE; with REGISTRY_UNAVAILABLE while it may exist for all we know. */
  find(deployment: string): Snapshot;
  names(): readonly string[];
  /** What should serve at each deployment, and what does. */
  states(): readonly DeploymentState[];
  /** True if every deployment can answer. */
  isReady(): boolean;
  /** Resolves when nothing is being loaded at the moment. */
  settled(): Promise<void>;
  close(): Promise<void>;
}

export interface DeploymentTableOptions {
  readonly loader: ReleaseLoader;
  /** Pause before loading again what could not be loaded; it doubles up to a minute. */
  readonly retryMs: number;
  /** Told when a state cannot serve, and why. */
  readonly onProblem: (deployment: string, error: unknown) => void;
}

interface Entry {
  desired: Deployment;
  snapshot: Snapshot | undefined;
  /** Releases of the last state that answered with others than now. */
  before: readonly string[];
  problem: string;
  attempts: number;
  retry: NodeJS.Timeout | undefined;
}

const RETRY_MS_MAX = 60_000;

const newEntry = (desired: Deployment): Entry => ({
  desired,
  snapshot: undefined,
  before: [],
  problem: "",
  attempts: 0,
  retry: undefined,
});

const releasesOf = ({ shares }: Deployment): readonly string[] => shares.map((it) => it.release);

/** A release without a share answers nobody, such as a shadow: whether it works is no matter of the deployment's. */
const canAnswer = ({ release, start, end }: Route<LoadedRelease>): boolean => end === start || release.model.isReady();

export function deploymentTable(options: DeploymentTableOptions): DeploymentTable {
  const entries = new Map<string, Entry>();
  const releases = new Map<string, Release>();
  const underWay = new Set<Promise<void>>();
  let isComplete = false;

  const start = (entry: Entry): void => {
    const work = bring(entry).finally(() => underWay.delete(work));
    underWay.add(work);
  };
  const bring = async (entry: Entry): Promise<void> => {
    const { desired } = entry;
    const results = await Promise.allSettled(
      desired.shares.map(async (it) => {
        const release = releases.get(it.release);
        if (release === undefined) throw new Error(`the registry did not send ${it.release}`);
        return { loaded: await options.loader.load(release), basisPoints: it.basisPoints };
      }),
    );
    const isCurrent = entries.get(desired.name) === entry && entry.desired === desired;
    if (!isCurrent) return;
    const failures = results.flatMap((it, i) =>
      it.status === "rejected" ? [{ reason: it.reason as unknown, share: desired.shares[i]?.basisPoints ?? 0 }] : [],
    );
    if (failures.every((it) => it.share === 0)) {
      const ready = results.flatMap((it) => (it.status === "fulfilled" ? [it.value] : []));
      const left = entry.snapshot ? releasesOf(entry.snapshot.deployment) : [];
      const needed = releasesOf(desired);
      if (left.some((it) => !needed.includes(it))) entry.before = left;
      entry.snapshot = { deployment: desired, routes: routesOf(ready) };
      entry.problem = "";
      configure();
    }
    for (const { reason } of failures) options.onProblem(desired.name, reason);
    const failure = failures[0];
    if (failure !== undefined) tryAgain(entry, failure.reason);
    sweep();
  };
  const configure = (): void => configureModels([...entries.values()].flatMap((it) => it.snapshot ?? []));
  const tryAgain = (entry: Entry, reason: unknown): void => {
    entry.problem = reason instanceof Error ? reason.message : String(reason);
    entry.attempts += 1;
    const pauseMs = Math.min(RETRY_MS_MAX, options.retryMs * 2 ** (entry.attempts - 1));
    entry.retry = setTimeout(() => start(entry), pauseMs);
    entry.retry.unref();
  };
  const sweep = (): void => {
    const needed = [...entries.values()].flatMap((it) => [
      ...releasesOf(it.desired),
      ...(it.snapshot ? releasesOf(it.snapshot.deployment) : []),
      ...it.before,
    ]);
    options.loader.keep(new Set(needed));
  };
  const put = (deployment: Deployment): void => {
    const entry = entries.get(deployment.name);
    clearTimeout(entry?.retry);
    const next = entry ?? newEntry(deployment);
    next.desired = deployment;
    next.attempts = 0;
    entries.set(deployment.name, next);
    start(next);
  };

  return {
    apply({ deployments, releases: sent, removed, isComplete: completes }) {
      isComplete ||= completes;
      for (const it of sent) releases.set(it.name, it);
      for (const it of deployments) put(it);
      for (const name of removed) {
        clearTimeout(entries.get(name)?.retry);
        entries.delete(name);
      }
      if (removed.length > 0) configure();
      sweep();
    },
    find(name) {
      const entry = entries.get(name);
      if (entry === undefined) throw isComplete ? deploymentUnknown(name) : registryAway();
      if (entry.snapshot === undefined)
        throw deploymentNotReady(name, entry.problem || "its releases are being loaded");
      return entry.snapshot;
    },
    names: () => [...entries.keys()],
    states: () => [...entries.values()].map(({ desired, snapshot, problem }) => ({ desired, snapshot, problem })),
    isReady: () => [...entries.values()].every((it) => it.snapshot?.routes.every((route) => canAnswer(route)) ?? false),
    async settled() {
      while (underWay.size > 0) await Promise.all(underWay);
    },
    async close() {
      for (const it of entries.values()) clearTimeout(it.retry);
      entries.clear();
      while (underWay.size > 0) await Promise.all(underWay);
    },
  };
}
