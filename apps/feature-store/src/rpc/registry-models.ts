import { Code, ConnectError, createClient, type Transport } from "@connectrpc/connect";
import { ModelFormat } from "@throughline/contracts/throughline/registry/v1/model_pb";
import { RegistryService } from "@throughline/contracts/throughline/registry/v1/registry_service_pb";
import type { ReleaseManifest } from "@throughline/contracts/throughline/registry/v1/release_pb";
import { ReleaseService } from "@throughline/contracts/throughline/registry/v1/release_service_pb";
import { isDomainError, LIMITS, parseDigest } from "@throughline/kernel";
import { projectName } from "../domain/names.ts";
import {
  type KeptRelease,
  type RegisteredModel,
  type ReleasedModels,
  registryUnreachable,
} from "../domain/necessity/released-models.ts";

const TIMEOUT = { timeoutMs: LIMITS.deadlineMsDefault } as const;
const PAGE_SIZE = 1_000;

/** Models and releases through the service that owns them. Undefined: this service was not told where that is. */
export function registryModels(registry: Transport | undefined): ReleasedModels {
  if (registry === undefined) return NO_REGISTRY;
  const models = createClient(RegistryService, registry);
  const releases = createClient(ReleaseService, registry);
  return {
    model: (name) =>
      reached(async () => {
        const { version } = await models.getModelVersion({ name }, TIMEOUT).catch(emptyIfAbsent);
        if (!version) return undefined;
        const { signature } = version;
        const digest = parseDigest(version.digest, "digest");
        return version.format === ModelFormat.ONNX && signature
          ? { digest, signature: { inputs: signature.inputs.map(tensorOf), outputs: signature.outputs.map(tensorOf) } }
          : ({ digest } satisfies RegisteredModel);
      }),
    async *releases(project, limit) {
      const parent = projectName.format({ project });
      let [pageToken, seen] = ["", 0];
      do {
        const page = await reached(() => releases.listReleases({ parent, pageSize: PAGE_SIZE, pageToken }, TIMEOUT));
        for (const { name, manifest } of page.releases.slice(0, limit - seen)) {
          const kept = manifest && keptRelease(name, manifest);
          if (kept) yield kept;
        }
        seen += page.releases.length;
        pageToken = page.nextPageToken;
      } while (pageToken !== "" && seen < limit);
    },
  };
}

const unreachable = () => registryUnreachable("it was not told where: set THROUGHLINE_REGISTRY");

const NO_REGISTRY: ReleasedModels = {
  model: async () => {
    throw unreachable();
  },
  // biome-ignore lint/correctness/useYield: it fails before there is anything to give.
  async *releases() {
    throw unreachable();
  },
};

/** A vector has all features of the service in it; raw columns are the inputs of the model by their names. */
function keptRelease(name: string, { features, graph, models }: ReleaseManifest): KeptRelease | undefined {
  if (!features) return undefined;
  const nodes = graph?.nodes ?? [];
  const takesVector = nodes.some((it) => it.kind.case === "model" && it.kind.value.inputTensor !== "");
  const inputs = new Set(Object.values(models).flatMap((it) => it.signature?.inputs.map((input) => input.name) ?? []));
  return {
    name,
    featureService: features.featureService,
    featureServiceVersion: Number(features.featureServiceVersion),
    reads: takesVector ? features.features : features.features.filter((it) => inputs.has(it)),
  };
}

const tensorOf = ({ name, datatype, shape }: { name: string; datatype: string; shape: readonly bigint[] }) => ({
  name,
  datatype,
  shape: shape.map(Number),
});

function emptyIfAbsent(error: unknown): { readonly version: undefined } {
  if (ConnectError.from(error).code !== Code.NotFound) throw error;
  return { version: undefined };
}

/** Whatever keeps the registry from answering is told as what it means here. */
async function reached<T>(call: () => Promise<T>): Promise<T> {
  try {
    return await call();
  } catch (error) {
    if (isDomainError(error)) throw error;
    throw registryUnreachable(ConnectError.from(error).rawMessage, error);
  }
}
