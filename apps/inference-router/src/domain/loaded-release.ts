import type { Clock } from "@throughline/kernel";
import type { BoundFeatures, FeatureSource } from "./features.ts";
import { type CompiledGraph, compileGraph, singleModel } from "./graph/compile.ts";
import { graphModel } from "./graph/graph-model.ts";
import type { CalibrationSource } from "./interval-source.ts";
import type { LoadedModel, ModelHosts } from "./model-host.ts";
import type { ReleaseFacts } from "./prediction.ts";
import type { ModelUse, Release } from "./release.ts";
import { enrichedFeatures, factsOf } from "./release-facts.ts";
import { loadModels, releaseAll, warm } from "./release-models.ts";

/** A release that can answer: its models are loaded and warm, its features are bound. */
export interface LoadedRelease {
  readonly release: Release;
  /** The one model; of a graph of several nodes, all of them as one. */
  readonly model: LoadedModel;
  /** What its predictions have in common. */
  readonly facts: ReleaseFacts;
  /** Unset if requests bring all inputs, or enrich nodes look them up. */
  readonly features?: BoundFeatures;
  readonly answers: Answers;
  /** Runs work on the release, which is not unloaded meanwhile. `over` is told at its end of what it failed, if it did. */
  use<T>(work: () => Promise<T>, over?: (failure?: Failure) => void): Promise<T>;
}

/** Why work failed: whatever was thrown. */
export interface Failure {
  readonly error: unknown;
}

/** How a release comes to its answer: by one model alone, at no further cost, or by a graph of nodes. */
export type Answers =
  | { readonly by: "model"; readonly use: ModelUse }
  | { readonly by: "graph"; readonly graph: CompiledGraph };

/** Loads releases, each once. */
export interface ReleaseLoader {
  /** Fails with RELEASE_UNUSABLE, and as loading models and binding features do. */
  load(release: Release): Promise<LoadedRelease>;
  /** Loads a release and runs work on it, which is not unloaded meanwhile, whatever serves. Fails as `load` and the work do. */
  using<T>(release: Release, work: (loaded: LoadedRelease) => Promise<T>): Promise<T>;
  /** Unloads after a grace all releases but these. */
  keep(names: ReadonlySet<string>): void;
  close(): Promise<void>;
}

export interface ReleaseLoaderOptions {
  readonly hosts: Pick<ModelHosts, "load">;
  readonly features: FeatureSource;
  readonly calibrations: CalibrationSource;
  readonly clock: Clock;
  /** How long a release stays loaded that nothing needs: a request that has just chosen it, or a quick way back. */
  readonly unloadGraceMs: number;
}

interface Kept {
  readonly loading: Promise<LoadedRelease>;
  readonly users: UserCount;
  /** Gives the model back when no request uses the release. */
  unload(): Promise<void>;
  grace: NodeJS.Timeout | undefined;
}

export function releaseLoader(options: ReleaseLoaderOptions): ReleaseLoader {
  const { unloadGraceMs } = options;
  const kept = new Map<string, Kept>();

  const unload = async (name: string, entry: Kept): Promise<void> => {
    clearTimeout(entry.grace);
    if (kept.get(name) === entry) kept.delete(name);
    await entry.unload();
  };
  const entryOf = (release: Release): Kept => {
    const known = kept.get(release.name);
    if (known) {
      clearTimeout(known.grace);
      known.grace = undefined;
      return known;
    }
    const users = userCount();
    const loading = loadRelease(release, { ...options, users });
    const entry: Kept = {
      loading,
      users,
      grace: undefined,
      unload: async () => {
        const loaded = await loading.catch(() => undefined);
        await users.none();
        await loaded?.model.release();
      },
    };
    kept.set(release.name, entry);
    loading.catch(() => {
      if (kept.get(release.name) === entry) kept.delete(release.name);
    });
    return entry;
  };
  return {
    load: (release) => entryOf(release).loading,
    using(release, work) {
      const { loading, users } = entryOf(release);
      // In use from now on: what is being loaded may be unwanted already when it is there.
      return users.use(async () => work(await loading));
    },
    keep(names) {
      for (const [name, entry] of kept) {
        if (names.has(name)) {
          clearTimeout(entry.grace);
          entry.grace = undefined;
        } else if (entry.grace === undefined) {
          entry.grace = setTimeout(() => void unload(name, entry), unloadGraceMs);
          entry.grace.unref();
        }
      }
    },
    async close() {
      await Promise.all([...kept].map(([name, entry]) => unload(name, entry)));
    },
  };
}

interface LoadParts extends Omit<ReleaseLoaderOptions, "unloadGraceMs"> {
  readonly users: UserCount;
}

async function loadRelease(release: Release, parts: LoadParts): Promise<LoadedRelease> {
  const { hosts, features, calibrations, clock, users } = parts;
  const models = await loadModels(release, hosts);
  try {
    const { calibrationDigest } = release;
    const [bound, enrichments, calibration] = await Promise.all([
      release.features === undefined ? undefined : features.bind(release),
      bindEnrichments(release, features),
      calibrationDigest && calibrations(release.name, calibrationDigest),
    ]);
    await warm(release, models);
    const graph = compileGraph({ release, models, enrichments, clock });
    const use = singleModel(release.graph);
    const [model] = models.values();
    const isSingle = use !== undefined && model !== undefined;
    return {
      release,
      model: isSingle ? model : graphModel({ graph, models, clock }),
      facts: factsOf(release, calibration),
      answers: isSingle ? { by: "model", use } : { by: "graph", graph },
      use: users.use,
      ...(bound === undefined ? {} : { features: bound }),
    };
  } catch (error) {
    await releaseAll(models);
    throw error;
  }
}

async function bindEnrichments(release: Release, source: FeatureSource): Promise<ReadonlyMap<string, BoundFeatures>> {
  const bound = Object.entries(enrichedFeatures(release)).map(
    async ([node, features]) => [node, await source.bind({ name: release.name, features })] as const,
  );
  return new Map(await Promise.all(bound));
}

interface UserCount {
  readonly use: LoadedRelease["use"];
  /** Resolves when nobody uses the release. */
  none(): Promise<void>;
}

function userCount(): UserCount {
  let count = 0;
  let waiting: (() => void)[] = [];
  return {
    async use(work, over) {
      count += 1;
      let failure: Failure | undefined;
      try {
        return await work();
      } catch (error) {
        failure = { error };
        throw error;
      } finally {
        over?.(failure);
        count -= 1;
        if (count === 0) for (const resolve of waiting.splice(0)) resolve();
      }
    },
    none: () =>
      count === 0
        ? Promise.resolve()
        : new Promise((resolve) => {
            waiting = [...waiting, resolve];
          }),
  };
}
