import { RegistryService } from "@throughline/contracts/throughline/registry/v1/registry_service_pb";
import { FileService } from "@throughline/contracts/throughline/tracking/v1/file_service_pb";
import { DomainError, invalidField } from "@throughline/kernel";
import { type BareCall, callService } from "./endpoint.ts";
import { noSuch } from "./errors.ts";
import { type Location, lastOf } from "./locations.ts";

/** What stands directly in a folder. */
export interface Entry {
  readonly name: string;
  readonly isFolder: boolean;
  readonly sizeBytes: bigint;
}

/** The bytes that a path names. */
export interface NamedBytes {
  readonly digest: string;
  readonly sizeBytes: bigint;
}

const service = FileService.method;
const PAGE = 10_000;
/** MLflow's clients know no pages of a folder, so that it has to come whole. */
const ENTRIES_MAX = 100_000;

/** Whether a location is in a model version, whose files never change. */
const isVersion = ({ parent }: Location): boolean => parent.includes("/versions/");

/** What stands in a folder, by name. A path that is a file is a folder with nothing in it, as is one that is not there. */
export async function listFolder(call: BareCall, location: Location): Promise<readonly Entry[]> {
  if (isVersion(location)) return versionFolder(await versionFiles(call, location), location.path);
  const entries: Entry[] = [];
  for (let pageToken = ""; ; ) {
    const page = await callService(call, service.listFiles, { ...location, pageSize: PAGE, pageToken });
    for (const it of page.files)
      entries.push({ name: lastOf(it.path), isFolder: it.directory, sizeBytes: it.sizeBytes });
    pageToken = page.nextPageToken;
    if (pageToken === "") return entries;
    if (entries.length >= ENTRIES_MAX) throw folderTooLarge();
  }
}

const folderTooLarge = (): DomainError =>
  new DomainError(
    "invalid",
    "FOLDER_TOO_LARGE",
    `The folder has more than ${ENTRIES_MAX} entries. List it page by page with FileService.ListFiles.`,
  );

/** The file at a path. Fails with NOT_FOUND. */
export async function findFile(call: BareCall, location: Location): Promise<NamedBytes> {
  if (isVersion(location)) {
    const found = (await versionFiles(call, location)).find((it) => it.path === location.path);
    if (found) return found;
    throw noSuch(`The artifact ${location.path.slice(0, 300)}`);
  }
  const { file } = await callService(call, service.getFile, location);
  if (!file || file.directory) throw noSuch(`The artifact ${location.path.slice(0, 300)}`);
  return file;
}

/** Fails as writing to the path would, as far as can be told before the bytes are there. */
export async function checkWritable(call: BareCall, location: Location): Promise<void> {
  checkMutable(location);
  if (location.path === "") throw invalidField("path", "a file has a name");
  // What is not there yet is an empty folder: only the name and the parent are looked at.
  await callService(call, service.listFiles, { ...location, pageSize: 1 });
}

/** Lets a path name bytes that were uploaded. */
export async function putFile(
  call: BareCall,
  { parent, path }: Location,
  bytes: { readonly digest: string; readonly mediaType: string },
): Promise<void> {
  await callService(call, service.putFiles, { parent, files: [{ path, ...bytes }] });
}

/** Removes a file or a folder. One that is not there is as good as removed. */
export async function removeFiles(call: BareCall, location: Location): Promise<void> {
  checkMutable(location);
  await callService(call, service.deleteFiles, location);
}

function checkMutable(location: Location): void {
  if (isVersion(location))
    throw new DomainError(
      "invalid",
      "VERSION_IMMUTABLE",
      "The files of a model version never change. Register another one.",
    );
}

interface VersionFile extends NamedBytes {
  readonly path: string;
}

/** The files of a version. One that was made of a single artifact has one file. */
async function versionFiles(call: BareCall, { parent }: Location): Promise<readonly VersionFile[]> {
  const { version } = await callService(call, RegistryService.method.getModelVersion, { name: parent });
  if (!version) throw noSuch("The model version");
  if (version.files.length > 0) return version.files;
  return [{ path: "model.onnx", digest: version.digest, sizeBytes: version.sizeBytes }];
}

/** The files that stand directly in a folder, and the folders that stand there, since files stand in them. */
function versionFolder(files: readonly VersionFile[], folder: string): readonly Entry[] {
  const start = folder === "" ? "" : `${folder}/`;
  const entries = new Map<string, Entry>();
  for (const { path, sizeBytes } of files) {
    if (!path.startsWith(start)) continue;
    const rest = path.slice(start.length);
    const slash = rest.indexOf("/");
    const name = slash < 0 ? rest : rest.slice(0, slash);
    entries.set(name, { name, isFolder: slash >= 0, sizeBytes: slash < 0 ? sizeBytes : 0n });
  }
  return [...entries.values()].toSorted((a, b) => (a.name < b.name ? -1 : 1));
}
