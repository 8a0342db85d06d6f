import type { Digest } from "@throughline/kernel";
import { pathConflict, tooManyNodes } from "./errors.ts";
import { foldersOf } from "./file-path.ts";

/** Whose files: a project's own, a run's, or a logged model's. */
export interface FileOwner {
  readonly project: string;
  readonly kind: "PROJECT" | "RUN" | "LOGGED_MODEL";
  /** Id of the run or of the logged model; empty for a project. */
  readonly id: string;
}

/** A path, and the bytes that it names. */
export interface TreeFile {
  readonly path: string;
  readonly digest: Digest;
  readonly sizeBytes: number;
  readonly mediaType: string;
}

/** What stands at a path: there is a folder as long as something stands in it. The revision is that of the node. */
export type TreeNode =
  | (TreeFile & { readonly type: "FILE"; readonly revision: number })
  | { readonly type: "FOLDER"; readonly path: string; readonly revision: number };

/** What one call changes in a tree. Every change of a tree takes its next revision, so that changes come one by one. */
export interface FileChange {
  readonly owner: FileOwner;
  /** Of the tree afterwards: 1 for its first change. */
  readonly revision: number;
  /** Nodes as they are afterwards. */
  readonly put: readonly TreeNode[];
  /** Nodes as they were. */
  readonly removed: readonly TreeNode[];
}

/** Files and new folders of one call: with all else of the call they have to fit into one commit. */
export const NODES_AT_ONCE_MAX = 800;

/** What has to be known of a tree to put files into it. */
export interface TreeState {
  /** 0 for a tree that never had a file. */
  readonly revision: number;
  /** What stands at the paths of the files and of their folders. */
  readonly nodes: ReadonlyMap<string, TreeNode>;
}

/** The paths that have to be looked up before files can be put. */
export const pathsToKnow = (files: readonly Pick<TreeFile, "path">[]): readonly string[] => [
  ...new Set(files.flatMap(({ path }) => [path, ...foldersOf(path)])),
];

/** A change of a tree that changes no file, for whoever must not miss one that is put at the same time. */
export const unchangedTree = (owner: FileOwner, revision: number): FileChange => ({
  owner,
  revision: revision + 1,
  put: [],
  removed: [],
});

/** What puts files into a tree. */
export interface PlannedFiles {
  readonly change: FileChange;
  readonly put: readonly TreeFile[];
  /** What stood at their paths before. */
  readonly replaced: readonly Digest[];
}

/**
 * Puts files into a tree, with the folders that they need; undefined if they are all there. A file replaces one at the
 * same path, and of files of one path the last is put. Fails with TOO_MANY_FILES, and with PATH_CONFLICT if a file would
 * stand where a folder is, or a folder where a file is, so that every tree can be written out to a disk.
 */
export function plannedFiles(
  owner: FileOwner,
  files: readonly TreeFile[],
  { revision, nodes }: TreeState,
): PlannedFiles | undefined {
  const byPath = new Map(files.map((it) => [it.path, it]));
  const folders = new Set([...byPath.keys()].flatMap(foldersOf));
  for (const [i, { path }] of files.entries()) {
    const field = `files[${i}].path`;
    if (folders.has(path) || nodes.get(path)?.type === "FOLDER") throw pathConflict(field, path, "a folder");
    const taken = foldersOf(path).find((it) => byPath.has(it) || nodes.get(it)?.type === "FILE");
    if (taken !== undefined) throw pathConflict(field, taken, "a file");
  }
  const put = [...byPath.values()].filter((it) => !isSame(it, nodes.get(it.path)));
  if (put.length === 0) return undefined;
  const fresh = [...folders].filter((it) => !nodes.has(it));
  if (put.length + fresh.length > NODES_AT_ONCE_MAX) throw tooManyNodes(put.length, fresh.length);
  const change: FileChange = {
    owner,
    revision: revision + 1,
    put: [
      ...fresh.map((path) => ({ type: "FOLDER", path, revision: 1 }) as const),
      ...put.map((it) => ({ ...it, type: "FILE", revision: (nodes.get(it.path)?.revision ?? 0) + 1 }) as const),
    ],
    removed: [],
  };
  const replaced = put.flatMap(({ path, digest }) => {
    const before = nodes.get(path);
    return before?.type === "FILE" && before.digest !== digest ? [before.digest] : [];
  });
  return { change, put, replaced };
}

const isSame = (file: TreeFile, node: TreeNode | undefined): boolean =>
  node?.type === "FILE" && node.digest === file.digest && node.mediaType === file.mediaType;
