import type { FileOwner, TreeNode } from "./file-tree.ts";

/** A part of a list of nodes: at most `limit` of them (1 to 1,000), after the path `after`. */
export interface NodePage {
  readonly after?: string;
  readonly limit: number;
}

/**
 * Reads trees of files. Laws, checked by `file-store.test.ts`:
 *
 * - Paths are ordered by the bytes of their UTF-8, and trees of different owners never meet.
 * - A page costs the same however many nodes stand beside those on it.
 */
export interface FileStore {
  /** How often the tree was changed; 0 for one that never was. */
  revision(owner: FileOwner): Promise<number>;
  /** True for what never had a file, as most runs have none: told at once, by the tree alone. */
  isBare(owner: FileOwner): Promise<boolean>;
  /** What stands at the paths, by path. */
  nodes(owner: FileOwner, paths: readonly string[]): Promise<ReadonlyMap<string, TreeNode>>;
  /** What stands directly in a folder, by path. The empty folder is the top. */
  children(owner: FileOwner, folder: string, page: NodePage): Promise<readonly TreeNode[]>;
  /** The files in a folder, at any depth, by path. */
  files(owner: FileOwner, folder: string, page: NodePage): Promise<readonly TreeNode[]>;
  /** The last nodes in a folder, at any depth, by path backwards: what stands in a folder comes before it. */
  lastBelow(owner: FileOwner, folder: string, limit: number): Promise<readonly TreeNode[]>;
}
