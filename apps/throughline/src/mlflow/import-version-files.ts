import { Code, ConnectError } from "@connectrpc/connect";
import { LoggedModelState } from "@throughline/contracts/throughline/tracking/v1/logged_model_pb";
import { type Import, unlessThere } from "./import.ts";
import { importFiles } from "./import-files.ts";
import type { SourceVersion } from "./source.ts";

/** A folder that nothing is ever put into: the source of versions whose files are not there. */
export const noFiles = (parent: string) => ({ parent, path: "not-imported" });

/** The logged model that a version is of, as its address says it; undefined if it is of none. */
export const loggedModelIn = (source: string): string | undefined =>
  /^models:\/(m-[\w-]+)$/.exec(source)?.[1] ?? /\/models\/(m-[\w-]+)\/artifacts\/?$/.exec(source)?.[1];

/**
 * The name of the logged model of a version, which was deleted in MLflow and is brought back with the files that MLflow still has, until the import ends. Undefined if there is no such model, or no
 * file.
 */
export async function deletedModel(
  work: Import,
  { model, version }: { readonly model: string; readonly version: SourceVersion },
): Promise<string | undefined> {
  const { connection, source, counts, broughtBack } = work;
  const { parent, loggedModels, tracking, files } = connection;
  const id = loggedModelIn(version.source);
  if (id === undefined || version.runId === "") return undefined;
  const name = `${parent}/loggedModels/${id}`;
  const sourceRun = `${parent}/runs/${version.runId}`;
  const { run } = await tracking.getRun({ name: sourceRun }).catch(ifAbsent({ run: undefined }));
  if (run === undefined) return undefined;
  const loggedModel = { experiment: run.experiment, displayName: id, sourceRun };
  await unlessThere(loggedModels.createLoggedModel({ parent, loggedModelId: id, loggedModel }));
  const { loggedModel: there } = await loggedModels
    .getLoggedModel({ name })
    .catch(ifAbsent({ loggedModel: undefined }));
  if (there === undefined) return undefined;
  broughtBack.add(name);
  const artifactUri = await source.location(model, version.version);
  await importFiles(work, { kind: "version", id: `${version.version} of ${model}`, artifactUri }, name);
  const { files: found } = await files.listFiles({ parent: name, recursive: true, pageSize: 1 });
  if (found.length === 0) return undefined;
  await loggedModels.finalizeLoggedModel({ name, state: LoggedModelState.READY });
  counts.problem(
    `version ${version.version} of ${model}: its logged model ${id} was deleted in MLflow, and is here, too`,
  );
  return name;
}

const ifAbsent =
  <T>(absent: T) =>
  (error: unknown): T => {
    if (ConnectError.from(error).code !== Code.NotFound) throw error;
    return absent;
  };
