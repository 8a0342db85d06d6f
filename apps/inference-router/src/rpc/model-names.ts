import { invalidField } from "@throughline/kernel";
import type { LoadedRelease } from "../domain/loaded-release.ts";

/** Name of the deployment that a model of the protocol is: `deployment` of the project `default`, or `project/deployment`. */
export function deploymentName(model: string, path: string): string {
  const slash = model.indexOf("/");
  const project = slash < 0 ? "default" : model.slice(0, slash);
  const deployment = model.slice(slash + 1);
  if (project === "" || deployment === "" || deployment.includes("/"))
    throw invalidField(path, `"${model.slice(0, 300)}" is neither a deployment nor project/deployment`);
  return `projects/${project}/deployments/${deployment}`;
}

/** The model's name of a deployment: the shortest that `deploymentName` takes. */
export const modelName = (deployment: string): string =>
  deployment.replace(/^projects\/([^/]+)\/deployments\//, "$1/").replace(/^default\//, "");

/** The version that a release is: its id. */
export const releaseId = ({ release }: Pick<LoadedRelease, "release">): string => idOf(release.name);

/** The last part of a resource's name. */
export const idOf = (name: string): string => name.slice(name.lastIndexOf("/") + 1);
