import type { ServiceImpl } from "@connectrpc/connect";
import type { GRPCInferenceService } from "@throughline/contracts/inference/open_inference_pb";
import { DomainError } from "@throughline/kernel";
import type { DeploymentState, DeploymentTable } from "../domain/deployment-table.ts";
import { deploymentNotReady } from "../domain/errors.ts";
import type { Preloads } from "../domain/preloads.ts";
import type { Release } from "../domain/release.ts";
import { deploymentName, idOf, modelName } from "./model-names.ts";
import { releaseAsked } from "./repository-parameters.ts";

export interface RepositoryParts {
  readonly table: DeploymentTable;
  readonly preloads: Preloads;
  /** Asks the registry for a release. */
  readonly findRelease: (name: string) => Promise<Release>;
}

type RepositoryMethods = "repositoryIndex" | "repositoryModelLoad" | "repositoryModelUnload";

/** The registry's deployments and releases as a repository of models. It decides nothing: what serves is the registry's. */
export function repositoryHandlers(
  parts: RepositoryParts,
): Pick<ServiceImpl<typeof GRPCInferenceService>, RepositoryMethods> {
  const { table, preloads } = parts;
  return {
    repositoryIndex({ ready }) {
      const models = table.states().flatMap((it) => indexOf(it, preloads));
      models.sort((a, b) => (a.name === b.name ? order(a.version, b.version) : order(a.name, b.name)));
      return { models: ready ? models.filter((it) => it.state === "READY") : models };
    },
    async repositoryModelLoad({ modelName: model, parameters }) {
      const state = stateOf(table, model);
      const { name } = state.desired;
      const asked = releaseAsked(parameters);
      const release = asked === undefined ? undefined : releaseName(name, asked);
      if (release !== undefined && !names(state, release)) {
        await preloads.load(name, await parts.findRelease(release));
        return {};
      }
      if (!isServing(state)) await table.settled();
      const settled = stateOf(table, model);
      if (isServing(settled)) return {};
      throw deploymentNotReady(name, settled.problem || "its releases are being loaded");
    },
    repositoryModelUnload({ modelName: model, parameters }) {
      const state = stateOf(table, model);
      const { name } = state.desired;
      const asked = releaseAsked(parameters);
      const release = asked === undefined ? undefined : releaseName(name, asked);
      if (release !== undefined && names(state, release)) throw releaseDeployed(state, release);
      const count = preloads.unload(name, release);
      const [first] = state.desired.shares;
      // Without a release the whole model is meant: it goes only if nothing serves it.
      if (release === undefined && count === 0 && first !== undefined) throw releaseDeployed(state, first.release);
      return {};
    },
  };
}

const isServing = ({ desired, snapshot, problem }: DeploymentState): boolean =>
  snapshot?.deployment === desired && problem === "";

const order = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);

/** What is at work for a deployment. Fails with DEPLOYMENT_UNKNOWN and REGISTRY_UNAVAILABLE. */
function stateOf(table: DeploymentTable, model: string): DeploymentState {
  const name = deploymentName(model, "model_name");
  const state = table.states().find((it) => it.desired.name === name);
  if (state !== undefined) return state;
  table.find(name);
  throw deploymentNotReady(name, "it has just changed");
}

const names = ({ desired }: DeploymentState, release: string): boolean =>
  desired.shares.some((it) => it.release === release);

const releaseName = (deployment: string, id: string): string =>
  `${deployment.slice(0, deployment.indexOf("/deployments/"))}/releases/${id}`;

function indexOf({ desired, snapshot, problem }: DeploymentState, preloads: Preloads) {
  const name = modelName(desired.name);
  const routes = snapshot?.routes ?? [];
  // What serves until the desired state can is there too.
  const served = routes.map(({ release }) => release.release.name);
  const wanted = desired.shares.map((it) => it.release);
  const deployed = [...new Set([...wanted, ...served])].map((release) => {
    const loaded = routes.find((it) => it.release.release.name === release)?.release;
    const isReady = loaded?.model.isReady() ?? false;
    const state = isReady ? "READY" : problem === "" && loaded === undefined ? "LOADING" : "UNAVAILABLE";
    const why = loaded === undefined ? problem : "its process is being replaced";
    return { name, version: idOf(release), state, reason: isReady ? "" : why };
  });
  const ahead = [...preloads.of(desired.name)].map(([release, loaded]) => {
    const state = loaded === undefined ? "LOADING" : loaded.model.isReady() ? "READY" : "UNAVAILABLE";
    return { name, version: idOf(release), state, reason: "loaded ahead of traffic" };
  });
  return [...deployed, ...ahead];
}

/** What the registry wants served is not unloaded here. */
function releaseDeployed({ desired }: DeploymentState, release: string): DomainError {
  const share = desired.shares.find((it) => it.release === release)?.basisPoints ?? 0;
  return new DomainError(
    "precondition",
    "RELEASE_DEPLOYED",
    `${desired.name} names ${release} with a share of ${share / 100} %. Take it out of the deployment's traffic instead.`,
    { metadata: { deployment: desired.name, release, basisPoints: String(share) } },
  );
}
