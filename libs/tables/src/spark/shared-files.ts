import { randomUUID } from "node:crypto";
import { constants, realpathSync } from "node:fs";
import { copyFile, rm, stat } from "node:fs/promises";
import { basename, join } from "node:path";
import { invariant } from "@throughline/kernel";
import { notShared } from "./failures.ts";

/** A folder that the cluster sees as well. */
export interface SharedFolder {
  /** An absolute path of this process. */
  readonly folder: string;
  /**
   * What the cluster calls the folder, such as `file:/mnt/throughline`; or what it calls a file of it, with `{name}` for the file's
   * name, such as `s3a://bucket/sha256/{name}`.
   */
  readonly url: string;
}

/** Spark runs where the same paths are the same files. */
export const EVERYWHERE: readonly SharedFolder[] = [{ folder: "/", url: "file:/" }];

/** What the cluster calls a local path; undefined if it does not see it. */
export type Locate = (path: string) => string | undefined;

/** The innermost of the folders decides. */
export function locateIn(folders: readonly SharedFolder[]): Locate {
  const places = folders
    .flatMap(({ folder, url }) => [folder, realOf(folder)].map((it) => ({ folder: open(it), url })))
    .sort((a, b) => b.folder.length - a.folder.length);
  return (path) => {
    const place = places.find((it) => path.startsWith(`${it.folder}/`));
    if (!place) return undefined;
    if (place.url.includes("{name}")) return place.url.replaceAll("{name}", () => basename(path));
    return open(place.url) + path.slice(place.folder.length);
  };
}

/** Without the slash at its end. */
const open = (path: string): string => path.replace(/\/+$/, "");

/** Files are given by the paths that links lead to, where the folder was found by a link. */
function realOf(folder: string): string {
  try {
    return realpathSync(folder);
  } catch {
    return folder;
  }
}

/** The files of one call as the cluster sees them. */
export interface SharedFiles extends AsyncDisposable {
  /** What the cluster calls something in the exchange folder. */
  exchanged(path: string): string;
  /** What it calls a file to read. A small one that it does not see is copied for the call; else this fails with TABLE_NOT_SHARED. */
  find(path: string): Promise<string>;
}

/** What the names of copies begin with. */
export const COPY_PREFIX = "copy-";

/** A larger file that the cluster does not see is somebody's mistake: to copy it for each call would only hide that. */
const COPIED_BYTES_MAX = 64 * 1024 * 1024;

/** Shares files for one call; its end removes the copies. */
export function shareFiles(locate: Locate, exchangeDir: string): SharedFiles {
  const copies = new Map<string, Promise<string>>();
  const exchanged = (path: string): string => {
    const url = locate(path);
    invariant(url !== undefined, "the exchange folder is shared");
    return url;
  };
  const copied = async (path: string): Promise<string> => {
    if ((await stat(path)).size > COPIED_BYTES_MAX) throw notShared(basename(path));
    const copy = join(exchangeDir, `${COPY_PREFIX}${randomUUID()}.parquet`);
    await copyFile(path, copy, constants.COPYFILE_FICLONE);
    return copy;
  };
  return {
    exchanged,
    async find(path) {
      const url = locate(path);
      if (url !== undefined) return url;
      const copy = copies.get(path) ?? copied(path);
      copies.set(path, copy);
      return exchanged(await copy);
    },
    async [Symbol.asyncDispose]() {
      const made = await Promise.allSettled(copies.values());
      for (const it of made) if (it.status === "fulfilled") await rm(it.value, { force: true });
    },
  };
}
