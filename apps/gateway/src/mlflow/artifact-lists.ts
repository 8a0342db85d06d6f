import { wholeJson } from "@throughline/kernel";
import { text } from "../json-fields.ts";
import type { BareCall, Endpoint, MlflowCall } from "./endpoint.ts";
import { some } from "./endpoint.ts";
import { type Entry, listFolder } from "./files.ts";
import { type Location, loggedModelUri, runUri } from "./locations.ts";
import { modelName, readLoggedModel } from "./logged-models.ts";
import { runName } from "./logging.ts";
import { readRun } from "./runs.ts";

/** Lists of files, by the run or the logged model that they belong to. */
export const ARTIFACT_LISTS: readonly Endpoint[] = [
  {
    verbs: ["GET"],
    path: "artifacts/list",
    async answer(call) {
      const run = await readRun(call, runName(call));
      return list(call, { root: runUri(run), parent: run.name, path: text(call.fields, "path") });
    },
  },
  {
    verbs: ["GET"],
    path: "logged-models/{}/artifacts/directories",
    async answer(call) {
      const model = await readLoggedModel(call, modelName(call));
      const path = text(call.fields, "artifact_directory_path");
      return list(call, { root: loggedModelUri(model), parent: model.name, path });
    },
  },
];

/** Paths are relative to the root. */
async function list(call: MlflowCall, { root, ...location }: Location & { readonly root: string }): Promise<unknown> {
  const start = location.path === "" ? "" : `${location.path}/`;
  const files = (await listFolder(call, location)).map((it) => fileJson(it, start));
  return { root_uri: root, files: some(files) };
}

const fileJson = ({ name, isFolder, sizeBytes }: Entry, start: string): unknown => ({
  path: start + name,
  is_dir: isFolder,
  file_size: isFolder ? undefined : wholeJson(sizeBytes),
});

/** What stands in a folder of any location. Paths are relative to the folder. */
export async function listLocation(call: BareCall, location: Location): Promise<unknown> {
  return { files: some((await listFolder(call, location)).map((it) => fileJson(it, ""))) };
}
