import { type Digest, isDigest, resourceName } from "@throughline/kernel";
import { badName } from "./errors.ts";

/** `projects/{project}`. */
export const projectName = resourceName("projects/{project}");
/** `projects/{project}/experiments/{experiment}`. */
export const experimentName = resourceName("projects/{project}/experiments/{experiment}");
/** `projects/{project}/runs/{run}`. */
export const runName = resourceName("projects/{project}/runs/{run}");
/** `projects/{project}/loggedModels/{model}`. */
export const loggedModelName = resourceName("projects/{project}/loggedModels/{model}");
/** `projects/{project}/datasets/{dataset}`. */
export const datasetName = resourceName("projects/{project}/datasets/{dataset}");

/** What addresses a resource of this service: ids of one project say nothing about those of another. */
export interface Key {
  readonly project: string;
  readonly id: string;
}

/** Reads the name of a project, and returns its id. Fails with BAD_NAME, naming the field `path`. */
export const parseProject = (name: string, path: string): string => projectName.parse(name, path).project;

/** Reads the name of a run. Fails with BAD_NAME, naming the field `path`. */
export function parseRunName(name: string, path: string): Key {
  const { project, run } = runName.parse(name, path);
  return { project, id: run };
}

/** Reads the name of an experiment. Fails with BAD_NAME, naming the field `path`. */
export function parseExperimentName(name: string, path: string): Key {
  const { project, experiment } = experimentName.parse(name, path);
  return { project, id: experiment };
}

/** Reads the name of a logged model. Fails with BAD_NAME, naming the field `path`. */
export function parseLoggedModelName(name: string, path: string): Key {
  const { project, model } = loggedModelName.parse(name, path);
  return { project, id: model };
}

/** Reads the name of a data set. Fails with BAD_NAME, naming the field `path`. */
export function parseDatasetName(name: string, path: string): Key {
  const { project, dataset } = datasetName.parse(name, path);
  return { project, id: dataset };
}

/** Reads `projects/{project}/artifacts/{digest}`. Fails with BAD_NAME. */
export function parseArtifactName(name: string): { readonly project: string; readonly digest: Digest } {
  const split = name.lastIndexOf("/artifacts/");
  const digest = name.slice(split + "/artifacts/".length);
  if (split < 0 || !isDigest(digest)) throw badName(name, "projects/{project}/artifacts/{digest}");
  return { project: projectName.parse(name.slice(0, split)).project, digest };
}
