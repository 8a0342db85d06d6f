import { DomainError } from "@throughline/kernel";
import type { DeploymentState } from "./deployment-table.ts";
import type { LoadedRelease, ReleaseLoader } from "./loaded-release.ts";
import type { Release } from "./release.ts";

/**
 * Releases that were loaded at somebody's wish, ahead of any traffic: the way to them is short, and requests may ask for
 * them by name. Laws:
 * - What was loaded stays until it is unloaded, or its deployment is removed, or names it: then the deployment decides.
 * - At most `most` are kept.
 */
export interface Preloads {
  /** Resolves when the release can answer. Fails with PRELOADS_FULL, and as loading does; then nothing is kept. */
  load(deployment: string, release: Release): Promise<LoadedRelease>;
  /** Lets go of one, or of all of the deployment's; the number of them. */
  unload(deployment: string, release?: string): number;
  /** What can answer or is being loaded, by the name of the release. */
  of(deployment: string): ReadonlyMap<string, LoadedRelease | undefined>;
  /** The loader with these kept too, for who decides what else is needed. */
  readonly loader: ReleaseLoader;
}

export interface PreloadsOptions {
  readonly loader: ReleaseLoader;
  /** What the deployments name, with a share or without. */
  readonly states: () => readonly Pick<DeploymentState, "desired">[];
  readonly most: number;
}

export function preloads({ loader, states, most }: PreloadsOptions): Preloads {
  const kept = new Map<string, Map<string, LoadedRelease | undefined>>();
  let needed: ReadonlySet<string> = new Set();

  const drop = (deployment: string, release: string): boolean => {
    const all = kept.get(deployment);
    const found = all?.delete(release) ?? false;
    if (all?.size === 0) kept.delete(deployment);
    return found;
  };
  const sweep = (): void => {
    if (kept.size > 0) {
      const all = new Map(states().map(({ desired }) => [desired.name, desired.shares] as const));
      for (const deployment of [...kept.keys()]) {
        const shares = all.get(deployment);
        if (shares === undefined) kept.delete(deployment);
        else for (const { release } of shares) drop(deployment, release);
      }
    }
    loader.keep(new Set([...needed, ...[...kept.values()].flatMap((it) => [...it.keys()])]));
  };
  return {
    async load(deployment, release) {
      const all = kept.get(deployment) ?? new Map<string, LoadedRelease | undefined>();
      const count = [...kept.values()].reduce((sum, it) => sum + it.size, 0);
      if (!all.has(release.name) && count >= most) throw preloadsFull(most);
      kept.set(deployment, all.set(release.name, all.get(release.name)));
      try {
        const loaded = await loader.load(release);
        // Whoever unloaded it meanwhile has the last word.
        if (all.has(release.name)) all.set(release.name, loaded);
        sweep();
        return loaded;
      } catch (error) {
        drop(deployment, release.name);
        throw error;
      }
    },
    unload(deployment, release) {
      const names = release === undefined ? [...(kept.get(deployment)?.keys() ?? [])] : [release];
      const count = names.filter((it) => drop(deployment, it)).length;
      sweep();
      return count;
    },
    of: (deployment) => kept.get(deployment) ?? new Map(),
    loader: {
      ...loader,
      keep(names) {
        needed = names;
        sweep();
      },
    },
  };
}

/** As many releases are kept ahead of traffic as may be. */
const preloadsFull = (most: number): DomainError =>
  new DomainError(
    "exhausted",
    "PRELOADS_FULL",
    `${most} releases are kept ahead of traffic already. Unload one of them, or give the release a share (0 is enough).`,
    { metadata: { most: String(most) } },
  );
