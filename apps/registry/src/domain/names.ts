import { invalidField, resourceName } from "@throughline/kernel";

export const PROJECT = resourceName("projects/{project}");
export const MODEL = resourceName("projects/{project}/models/{model}");
export const RELEASE = resourceName("projects/{project}/releases/{release}");
export const GATE = resourceName("projects/{project}/models/{model}/gates/{gate}");
export const STATEMENT = resourceName("projects/{project}/models/{model}/scorecard/{test}");
export const DEPLOYMENT = resourceName("projects/{project}/deployments/{deployment}");
export const ROLLOUT = resourceName("projects/{project}/deployments/{deployment}/rollouts/{rollout}");
export const DECISION = resourceName(
  "projects/{project}/deployments/{deployment}/rollouts/{rollout}/decisions/{decision}",
);
export const CALIBRATION = resourceName("projects/{project}/calibrations/{calibration}");
export const WEBHOOK = resourceName("projects/{project}/webhooks/{webhook}");

/** `projects/{project}` of any name that starts with it. */
export const projectOf = (name: string): string => name.split("/").slice(0, 2).join("/");

/** The model and the last segment of a version's name: a number, an alias, or `latest`. Fails with BAD_NAME. */
export function parseVersionName(name: string, path: string): { readonly model: string; readonly selector: string } {
  const match = /^(.+)\/versions\/([\p{L}\p{N}_-]{1,255})$/u.exec(name);
  if (!match?.[1] || !match[2] || !MODEL.matches(match[1]))
    throw invalidField(
      path,
      `"${name.slice(0, 300)}" is not a name of the form ${MODEL.pattern}/versions/{version}`,
      "BAD_NAME",
    );
  return { model: match[1], selector: match[2] };
}

/** True for names of versions, whatever their last segment is. */
export const isVersionName = (name: string): boolean => /^projects\/[^/]+\/models\/[^/]+\/versions\/[^/]+$/.test(name);

export const versionName = (model: string, version: number): string => `${model}/versions/${version}`;

/** The number in a version's name, undefined if it is an alias. */
export const versionNumber = (selector: string): number | undefined =>
  /^[1-9]\d{0,14}$/.test(selector) ? Number(selector) : undefined;

/** The model of a name such as `projects/p/models/m/canvas`. Fails with BAD_NAME. */
export function partOfModel(name: string, part: "canvas" | "card", path: string): string {
  const model = name.endsWith(`/${part}`) ? name.slice(0, -part.length - 1) : "";
  if (!MODEL.matches(model))
    throw invalidField(path, `"${name.slice(0, 300)}" is not a name of the form ${MODEL.pattern}/${part}`, "BAD_NAME");
  return model;
}
