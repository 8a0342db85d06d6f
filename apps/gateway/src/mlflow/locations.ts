import { invalidField } from "@throughline/kernel";

/**
 * What a path of `mlflow-artifacts:/` names: files of a run, of a logged model, of a model version, or of the project.
 * It is a name that the platform gave out, and never a place.
 */
export interface Location {
  /** `projects/{project}`, or a run, a logged model or a model version in it. */
  readonly parent: string;
  /** Within the parent; empty for all of it. */
  readonly path: string;
}

/** Where the files of runs and logged models of an experiment are, for MLflow. */
export const experimentUri = (experiment: string): string => `mlflow-artifacts:/${lastOf(experiment)}`;

export const runUri = (run: { readonly name: string; readonly experiment: string }): string =>
  `${experimentUri(run.experiment)}/${lastOf(run.name)}/artifacts`;

export const loggedModelUri = (model: { readonly name: string; readonly experiment: string }): string =>
  `${experimentUri(model.experiment)}/models/${lastOf(model.name)}/artifacts`;

/** Where the files of a model version are: those that it was registered with, whatever became of them since. */
export function versionUri(version: string): string {
  const [, , , model, , number] = version.split("/");
  return `mlflow-artifacts:/registered-models/${model}/${number}`;
}

/** The last segment of a name: an id. */
export const lastOf = (name: string): string => name.slice(name.lastIndexOf("/") + 1);

/** What a path behind `mlflow-artifacts:/` names. The rules for paths are those of the services. */
export function locationOf(project: string, path: string): Location {
  const segments = path.split("/");
  const [first = "", second = "", third = "", fourth = ""] = segments;
  const rest = (from: number): string => segments.slice(from).join("/");
  if (first === "registered-models" && /^\d{1,18}$/.test(third))
    return { parent: `${project}/models/${second}/versions/${third}`, path: rest(3) };
  if (second === "models" && fourth === "artifacts")
    return { parent: `${project}/loggedModels/${third}`, path: rest(4) };
  if (third === "artifacts") return { parent: `${project}/runs/${second}`, path: rest(3) };
  return { parent: project, path };
}

/** What the source of a model version names. */
export type Source =
  | { readonly kind: "files"; readonly location: Location }
  | { readonly kind: "version"; readonly model: string; readonly version: string }
  | { readonly kind: "alias"; readonly model: string; readonly alias: string };

/**
 * Reads a source in one of the forms that the platform gave out: `mlflow-artifacts:/…`, `runs:/RUN/PATH`, `models:/m-…`,
 * `models:/NAME/VERSION` and `models:/NAME@ALIAS`. Fails with INVALID_FIELD for any other: nothing else is ever opened.
 */
export function sourceOf(project: string, uri: string): Source {
  const [, scheme = "", rest = ""] = /^(mlflow-artifacts|runs|models):\/(?!\/)(.+)$/s.exec(uri) ?? [];
  if (scheme === "" || leadsAway(rest)) throw badSource();
  if (scheme === "mlflow-artifacts") {
    const location = locationOf(project, rest.replace(/\/$/, ""));
    if (location.parent === project) throw badSource();
    return { kind: "files", location };
  }
  const slash = rest.indexOf("/");
  if (scheme === "runs") {
    if (slash < 1) throw badSource();
    const path = rest.slice(slash + 1).replace(/\/$/, "");
    return { kind: "files", location: { parent: `${project}/runs/${rest.slice(0, slash)}`, path } };
  }
  if (slash < 0 && /^m-[\w-]+$/.test(rest))
    return { kind: "files", location: { parent: `${project}/loggedModels/${rest}`, path: "" } };
  const [, byVersion, version = ""] = /^([^/]+)\/(\d{1,18})$/s.exec(rest) ?? [];
  if (byVersion !== undefined) return { kind: "version", model: byVersion, version };
  const [, byAlias, alias = ""] = /^([^/]+)@([\p{L}\p{N}_-]+)$/su.exec(rest) ?? [];
  if (byAlias !== undefined) return { kind: "alias", model: byAlias, alias };
  throw badSource();
}

/** Segments that lead back, marks that end a path, and all of that percent-encoded. */
const leadsAway = (path: string): boolean =>
  /[\\\p{Cc}?#]|%(2e|2f|5c|00|25)/iu.test(path) || path.split("/").some((it) => it === "." || it === "..");

const badSource = (): Error =>
  invalidField(
    "source",
    "Invalid model version source. Give the address of files on this server: `models:/m-…`, `runs:/RUN/PATH`, `mlflow-artifacts:/…` of a run or a logged model, or `models:/NAME/VERSION`",
  );

/** Checks the artifact location of an experiment, which is the server's to choose. */
export function checkedArtifactLocation(uri: string): void {
  if (uri !== "" && (!/^mlflow-artifacts:\/(?!\/)/.test(uri) || leadsAway(uri)))
    throw invalidField("artifact_location", "leave it out: files are kept by the server, which opens no other address");
}
