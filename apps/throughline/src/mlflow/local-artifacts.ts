import { createReadStream } from "node:fs";
import { lstat, readdir, realpath } from "node:fs/promises";
import { join, relative, resolve, sep } from "node:path";
import { fileURLToPath } from "node:url";
import { type ArtifactOwner, ArtifactsUnreachable, type SourceFile } from "./source.ts";

/**
 * The files of a run or a logged model in a folder that MLflow has written. Only what is within `root` is read, whatever the
 * records say, and links are not followed.
 */
export async function* localFiles(root: string, owner: ArtifactOwner): AsyncIterable<SourceFile> {
  const folder = await folderOf(root, owner);
  if (folder !== undefined) yield* filesBelow(folder, "");
}

/** Undefined where nothing was ever written. */
async function folderOf(root: string, owner: ArtifactOwner): Promise<string | undefined> {
  const places = candidates(root, owner);
  if (places.length === 0) throw new ArtifactsUnreachable(owner, "only files below the imported folder are read");
  const top = await realpath(root);
  for (const place of places) {
    const real = await realpath(place).catch(() => undefined);
    if (real === undefined) continue;
    const path = relative(top, real);
    if (path !== ".." && !path.startsWith(`..${sep}`) && path !== "") return real;
    throw new ArtifactsUnreachable(owner, `it is outside of ${root}`);
  }
  return undefined;
}

/** Where an address may lead within the root: as it says, or by its end if the folder was moved. */
function candidates(root: string, { artifactUri }: ArtifactOwner): readonly string[] {
  const served = /^mlflow-artifacts:(?:\/\/[^/]*)?\/(.*)$/.exec(artifactUri)?.[1];
  if (served !== undefined) return ["mlartifacts", "mlruns", "."].map((it) => join(root, it, served));
  if (/^[a-z][a-z0-9+.-]+:/i.test(artifactUri) && !artifactUri.startsWith("file:")) return [];
  const path = artifactUri.startsWith("file:") ? pathOf(artifactUri) : artifactUri;
  const moved = /(?:^|\/)(?:mlruns|mlartifacts)\/(.*)$/.exec(path)?.[1];
  return [
    resolve(root, path),
    ...(moved === undefined ? [] : ["mlruns", "mlartifacts", "."].map((it) => join(root, it, moved))),
  ];
}

function pathOf(uri: string): string {
  try {
    return fileURLToPath(uri);
  } catch {
    return uri.replace(/^file:\/*/, "/");
  }
}

async function* filesBelow(folder: string, prefix: string): AsyncIterable<SourceFile> {
  for (const name of (await readdir(folder)).sort()) {
    const location = join(folder, name);
    const path = prefix === "" ? name : `${prefix}/${name}`;
    const about = await lstat(location);
    if (about.isDirectory()) yield* filesBelow(location, path);
    else yield { path, read: () => (about.isFile() ? createReadStream(location) : notRead(path)) };
  }
}

/** A link may lead anywhere, and a pipe never end. */
function notRead(path: string): never {
  throw new Error(`${path} is neither a file nor a folder, and was not read`);
}
