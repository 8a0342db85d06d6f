import { pagePath, resourcePath, segmentText } from "./names.ts";

/** What MLflow's users write to unless their address names another project. */
const DEFAULT_PROJECT = "default";

/**
 * The page that a link of MLflow's client means, which it prints after each run: `/#/experiments/1/runs/r`, behind the address that it
 * was given. Undefined for all other addresses.
 */
export function pageOfMlflowLink({ pathname, hash }: Pick<Location, "pathname" | "hash">): string | undefined {
  const base = /^\/(?:projects\/([^/]+)\/?)?$/.exec(pathname);
  const [, collection, experiment = "", inside, id = ""] = hash
    .replace(/[?].*$/, "")
    .split("/")
    .map(segmentText);
  if (!base || !hash.startsWith("#/")) return undefined;
  const project = base[1] === undefined ? DEFAULT_PROJECT : segmentText(base[1]);
  if (collection === "models") return pagePath(project, "models");
  if (collection !== "experiments") return undefined;
  if (inside === "runs" && id !== "") return pagePath(project, "runs", id);
  if (experiment === "") return pagePath(project, "runs");
  return resourcePath(`projects/${project}/experiments/${experiment}`) ?? pagePath(project, "runs");
}
