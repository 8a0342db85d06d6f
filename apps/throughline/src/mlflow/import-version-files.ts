import { Code, ConnectError } from "@connectrpc/connect";
import type { Connection } from "@throughline/client";
import { LoggedModelState } from "@throughline/contracts/throughline/tracking/v1/logged_model_pb";
import { reasonOf } from "@throughline/rpc";
import { attempt, type BroughtBack, type Import, unlessThere } from "./import.ts";
import { importFiles } from "./import-files.ts";
import { refusalOf } from "./import-parts.ts";
import type { SourceVersion } from "./source.ts";

/** A folder that nothing is ever put into: the source of versions whose files are not there. */
export const noFiles = (parent: string) => ({ parent, path: "not-imported" });

/** The logged model that a version is of, as its address says it; undefined if it is of none. */
export const loggedModelIn = (source: string): string | undefined =>
  /^models:\/(m-[\w-]+)$/.exec(source)?.[1] ?? /\/models\/(m-[\w-]+)\/artifacts\/?$/.exec(source)?.[1];

/** The mark of a logged model that is only here until versions are made of its files. */
const BROUGHT_BACK = "throughline.deletedInMlflow";

/** Not all files of a version came: the next import may bring them. */
export class FilesMissing extends Error {
  constructor(loggedModel: string) {
    super(`not all files of its logged model ${loggedModel} came. It is made when an import brings them all`);
    this.name = "FilesMissing";
  }
}

/** The logged models that an earlier import has brought back, and did not get to delete. */
export async function broughtBackBefore({ loggedModels, parent }: Connection): Promise<Map<string, BroughtBack>> {
  const left = new Map<string, BroughtBack>();
  let pageToken = "";
  do {
    const filter = `tags.\`${BROUGHT_BACK}\` = 'true'`;
    const page = await loggedModels.searchLoggedModels({ parent, filter, pageSize: 1_000, pageToken });
    for (const { name } of page.loggedModels) left.set(name, "left");
    pageToken = page.nextPageToken;
  } while (pageToken !== "");
  return left;
}

/** Deletes what was brought back, but for what is awaited: its id could not be had again. */
export async function deleteBroughtBack(work: Import): Promise<void> {
  const { loggedModels } = work.connection;
  for (const [name, state] of work.broughtBack) {
    const what = `${name}, which MLflow has deleted, is still here`;
    if (state !== "awaited")
      await attempt(work, { kind: "logged models", what }, async () => {
        await loggedModels.deleteLoggedModel({ name });
      });
  }
}

/**
 * The name of the logged model of a version, which was deleted in MLflow and is brought back with the files that MLflow still has, until the import ends. Undefined if there is no such model, or no
 * file. Fails with FilesMissing, and keeps the logged model for the next import, if only some of the files came.
 */
export async function deletedModel(
  work: Import,
  { model, version }: { readonly model: string; readonly version: SourceVersion },
): Promise<string | undefined> {
  const { connection, source, counts, broughtBack } = work;
  const { parent, loggedModels, files } = connection;
  const id = loggedModelIn(version.source);
  if (id === undefined || version.runId === "") return undefined;
  const name = `${parent}/loggedModels/${id}`;
  if (!(await bringBack(connection, { id, run: `${parent}/runs/${version.runId}` }))) return undefined;
  const before = broughtBack.get(name);
  broughtBack.set(name, "awaited");
  const artifactUri = await source.location(model, version.version);
  const isWhole = await importFiles(work, { kind: "version", id: `${version.version} of ${model}`, artifactUri }, name);
  const { files: found } = await files.listFiles({ parent: name, recursive: true, pageSize: 1 });
  if (found.length > 0 && !isWhole) throw new FilesMissing(id);
  if (before !== "awaited") broughtBack.set(name, "whole");
  if (found.length === 0) return undefined;
  await loggedModels.finalizeLoggedModel({ name, state: LoggedModelState.READY });
  counts.problem(
    `version ${version.version} of ${model}: its logged model ${id} was deleted in MLflow, and is here, too`,
  );
  return name;
}

/** True if the logged model is there, and only for versions. */
async function bringBack(
  { parent, loggedModels, tracking }: Connection,
  { id, run: sourceRun }: { readonly id: string; readonly run: string },
): Promise<boolean> {
  const { run } = await tracking.getRun({ name: sourceRun }).catch(ifAbsent({ run: undefined }));
  if (run === undefined) return false;
  const { experiment } = run;
  const loggedModel = { experiment, displayName: id, sourceRun, tags: { [BROUGHT_BACK]: "true" } };
  const create = () => unlessThere(loggedModels.createLoggedModel({ parent, loggedModelId: id, loggedModel }));
  try {
    await create().catch(async (error: unknown) => {
      if (reasonOf(error) !== "EXPERIMENT_DELETED") throw error;
      await tracking.restoreExperiment({ name: experiment });
      await create().finally(() => tracking.deleteExperiment({ name: experiment }));
    });
  } catch (error) {
    if (refusalOf(error) === undefined) throw error;
    return false;
  }
  const { loggedModel: there } = await loggedModels
    .getLoggedModel({ name: `${parent}/loggedModels/${id}` })
    .catch(ifAbsent({ loggedModel: undefined }));
  return there?.tags[BROUGHT_BACK] !== undefined;
}

const ifAbsent =
  <T>(absent: T) =>
  (error: unknown): T => {
    if (ConnectError.from(error).code !== Code.NotFound) throw error;
    return absent;
  };
