import { digestOfBytes } from "@throughline/kernel";
import type { Document, Filter, Write } from "@throughline/store";
import { folderOf } from "../domain/file-path.ts";
import type { FileStore, NodePage } from "../domain/file-store.ts";
import type { FileChange, FileOwner, TreeNode } from "../domain/file-tree.ts";
import type { Collections, FileValue, TreeValue } from "./collections.ts";
import { findUpTo, getAll } from "./documents.ts";

/** The trees of files of all owners. */
export function fileStore({ files, fileTrees }: Collections): FileStore {
  const page = async (where: Filter<FileValue>, { after, limit }: NodePage): Promise<readonly TreeNode[]> => {
    const rest: Filter<FileValue> = after === undefined ? where : { and: [where, { field: "path", gt: after }] };
    return (await findUpTo(files, { where: rest, orderBy: [{ field: "path" }] }, limit)).map(nodeOf);
  };
  return {
    async revision(owner) {
      return (await fileTrees.get(ownerKey(owner)))?.revision ?? 0;
    },
    async isBare(owner) {
      return (await fileTrees.get(ownerKey(owner)))?.value.isBare ?? true;
    },
    async nodes(owner, paths) {
      const documents = await getAll(
        files,
        paths.map((it) => nodeId(owner, it)),
      );
      return new Map(documents.flatMap((it) => (it === undefined ? [] : [[it.value.path, nodeOf(it)] as const])));
    },
    children: (owner, folder, part) =>
      page(
        {
          and: [
            { field: "owner", eq: ownerKey(owner) },
            { field: "folder", eq: folder },
          ],
        },
        part,
      ),
    files: (owner, folder, part) =>
      page(
        { and: [{ field: "owner", eq: ownerKey(owner) }, { field: "type", eq: "FILE" }, ...inFolder(folder)] },
        part,
      ),
    async lastBelow(owner, folder, limit) {
      const where: Filter<FileValue> = { and: [{ field: "owner", eq: ownerKey(owner) }, ...inFolder(folder)] };
      const orderBy = [{ field: "path", descending: true }] as const;
      return (await findUpTo(files, { where, orderBy }, limit)).map(nodeOf);
    },
  };
}

/** The writes of one change of a tree, the one of the tree first: it decides who of several writers was first. */
export function fileWrites(
  { files, fileTrees }: Collections,
  { owner, revision, put, removed }: FileChange,
): readonly Write[] {
  const key = ownerKey(owner);
  const tree: TreeValue = { owner: key, isBare: revision === 1 && put.length === 0 };
  return [
    revision === 1 ? fileTrees.writes.insert(key, tree) : fileTrees.writes.replace(key, revision - 1, tree),
    ...removed.map((it) => files.writes.remove(nodeId(owner, it.path), it.revision)),
    ...put.map(({ revision: after, ...node }) => {
      const value: FileValue = { ...node, owner: key, folder: folderOf(node.path) };
      const id = nodeId(owner, node.path);
      return after === 1 ? files.writes.insert(id, value) : files.writes.replace(id, after - 1, value);
    }),
  ];
}

/** What stands in a folder at any depth begins with its path and a slash, after which `0` is the next character. */
const inFolder = (folder: string): readonly Filter<FileValue>[] =>
  folder === ""
    ? []
    : [
        { field: "path", gt: `${folder}/` },
        { field: "path", lt: `${folder}0` },
      ];

const KINDS = { PROJECT: "project", RUN: "run", LOGGED_MODEL: "model" } as const;

/** A text for each owner. Neither projects nor ids have a slash. */
export const ownerKey = ({ project, kind, id }: FileOwner): string => `${project}/${KINDS[kind]}/${id}`;

/** A digest, because ids are no longer than paths may be. */
const nodeId = (owner: FileOwner, path: string): string => `${ownerKey(owner)}/${digestOfBytes(path)}`;

function nodeOf({ value, revision }: Document<FileValue>): TreeNode {
  if (value.type === "FOLDER") return { type: "FOLDER", path: value.path, revision };
  const { path, digest, sizeBytes, mediaType } = value;
  return { type: "FILE", path, digest, sizeBytes, mediaType, revision };
}
