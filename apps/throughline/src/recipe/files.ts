import { lstat, readdir } from "node:fs/promises";
import { join, sep } from "node:path";

/** A file below a folder. */
export interface FoundFile {
  /** Path from the folder, with `/` between the names. */
  readonly path: string;
  /** Where it is. */
  readonly location: string;
}

/**
 * The files that paths name within a folder; a folder stands for everything in it. Links are not followed. Fails for a path
 * that is not there, or leads out of the folder.
 */
export async function filesOf(folder: string, paths: readonly string[]): Promise<readonly FoundFile[]> {
  const found = await Promise.all(paths.map((path) => filesAt(folder, withoutSlash(path))));
  return found.flat().sort((a, b) => (a.path < b.path ? -1 : 1));
}

async function filesAt(folder: string, path: string): Promise<readonly FoundFile[]> {
  if (path.split("/").some((it) => it === "" || it === "." || it === ".."))
    throw new Error(`${path || "an empty path"} is not a path within ${folder}`);
  const location = join(folder, ...path.split("/"));
  const about = await lstat(location).catch(() => undefined);
  if (about === undefined) throw new Error(`${path} is not there in ${folder}`);
  if (about.isFile()) return [{ path, location }];
  if (!about.isDirectory()) throw new Error(`${path} in ${folder} is neither a file nor a folder`);
  const names = await readdir(location);
  return (await Promise.all(names.map((name) => filesAt(folder, `${path}/${name}`)))).flat();
}

const withoutSlash = (path: string): string => path.split(sep).join("/").replace(/^\.\//, "").replace(/\/+$/, "");
