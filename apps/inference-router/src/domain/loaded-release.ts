import { releaseUnusable } from "./errors.ts";
import type { BoundFeatures, FeatureSource } from "./features.ts";
import type { LoadedModel, ModelHosts } from "./model-host.ts";
import { modelInputs, takesColumns } from "./model-inputs.ts";
import type { PinnedService, ReleaseFacts } from "./prediction.ts";
import { pathOf, type Release, type ReleaseFeatures } from "./release.ts";
import { elementCount, type Signature } from "./tensor.ts";

/** A release that can answer: its model is loaded and warm, its features are bound. */
export interface LoadedRelease {
  readonly release: Release;
  readonly model: LoadedModel;
  /** What its predictions have in common. */
  readonly facts: ReleaseFacts;
  /** Unset if requests bring all inputs. */
  readonly features?: BoundFeatures;
  /** Runs work on the release, which is not unloaded meanwhile. */
  use<T>(work: () => Promise<T>): Promise<T>;
}

/** Loads releases, each once. */
export interface ReleaseLoader {
  /** Fails with RELEASE_UNUSABLE, and as loading models and binding features do. */
  load(release: Release): Promise<LoadedRelease>;
  /** Unloads after a grace all releases but these. */
  keep(names: ReadonlySet<string>): void;
  close(): Promise<void>;
}

export interface ReleaseLoaderOptions {
  readonly hosts: ModelHosts;
  readonly features: FeatureSource;
  /** How long a release stays loaded that nothing needs: a request that has just chosen it, or a quick way back. */
  readonly unloadGraceMs: number;
}

interface Kept {
  readonly loading: Promise<LoadedRelease>;
  /** Gives the model back when no request uses the release. */
  unload(): Promise<void>;
  grace: NodeJS.Timeout | undefined;
}

export function releaseLoader({ hosts, features, unloadGraceMs }: ReleaseLoaderOptions): ReleaseLoader {
  const kept = new Map<string, Kept>();

  const unload = async (name: string, entry: Kept): Promise<void> => {
    clearTimeout(entry.grace);
    if (kept.get(name) === entry) kept.delete(name);
    await entry.unload();
  };
  return {
    load(release) {
      const known = kept.get(release.name);
      if (known) {
        clearTimeout(known.grace);
        known.grace = undefined;
        return known.loading;
      }
      const users = userCount();
      const loading = loadRelease(release, { hosts, features, users });
      const entry: Kept = {
        loading,
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
      return loading;
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

interface LoadParts extends Pick<ReleaseLoaderOptions, "hosts" | "features"> {
  readonly users: UserCount;
}

async function loadRelease(release: Release, { hosts, features, users }: LoadParts): Promise<LoadedRelease> {
  const { project, node } = release;
  const inputWidth = release.features?.names.length;
  const model = await hosts.load({ project, digest: node.modelDigest, inputWidth });
  try {
    const bound = release.features === undefined ? undefined : await features.bind(release);
    await checkFit(release, model);
    return {
      release,
      model,
      facts: factsOf(release),
      use: users.use,
      ...(bound === undefined ? {} : { features: bound }),
    };
  } catch (error) {
    await model.release();
    throw error;
  }
}

const factsOf = (release: Release): ReleaseFacts => ({
  release: release.name,
  digest: release.digest,
  features: release.features?.names ?? [],
  viewVersions: release.features?.viewVersions ?? {},
  ...(release.features && { featureService: pinnedService(release.features) }),
  path: pathOf(release),
  thresholds: release.thresholds,
});

const pinnedService = ({ service, version, digest }: ReleaseFeatures): PinnedService => ({
  name: service,
  version,
  digest,
});

/** The release's words about its model are true, and the model takes one row of its features. */
async function checkFit(release: Release, model: LoadedModel): Promise<void> {
  const { outputTensor, outputColumn } = release.node;
  const output = model.signature.outputs.find((it) => it.name === outputTensor);
  if (output === undefined) throw releaseUnusable(release.name, `the model has no output ${outputTensor}`);
  const columns = output.shape.at(-1) ?? 1;
  if (output.shape.length > 1 && columns !== -1 && outputColumn >= columns) {
    throw releaseUnusable(release.name, `the output ${outputTensor} has no column ${outputColumn}`);
  }
  if (release.features === undefined) return;
  checkInputs(release, model.signature);
  // Zeros for a vector; columns have texts among them, for which there is no zero: missing ones do.
  const row = release.features.names.map(() => (takesColumns(release) ? null : 0));
  const tensors = modelInputs(release, model.signature, row);
  const [answer] = await model.run({ tensors, outputs: [outputTensor] });
  if (answer === undefined || outputColumn >= elementCount(answer.shape)) {
    throw releaseUnusable(release.name, `the output ${outputTensor} of one row has no column ${outputColumn}`);
  }
}

function checkInputs(release: Release, { inputs }: Signature): void {
  const { inputTensor } = release.node;
  if (takesColumns(release)) {
    const unknown = inputs.find((it) => !release.features?.names.includes(it.name));
    if (unknown) throw releaseUnusable(release.name, `the model needs ${unknown.name}, which is no feature`);
    return;
  }
  const input = inputs.find((it) => it.name === inputTensor);
  if (input?.datatype !== "FP32") throw releaseUnusable(release.name, `the model has no FP32 input ${inputTensor}`);
  if (inputs.length > 1) throw releaseUnusable(release.name, "the model has more than one input");
}

interface UserCount {
  use<T>(work: () => Promise<T>): Promise<T>;
  /** Resolves when nobody uses the release. */
  none(): Promise<void>;
}

function userCount(): UserCount {
  let count = 0;
  let waiting: (() => void)[] = [];
  return {
    async use(work) {
      count += 1;
      try {
        return await work();
      } finally {
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
