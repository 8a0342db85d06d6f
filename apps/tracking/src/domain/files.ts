import { notFound, type Page, pageSize } from "@throughline/kernel";
import { checkedFiles, filesPut, type LoggedFile, letGoBy } from "./file-changes.ts";
import { ownerName, parseOwner } from "./file-owner.ts";
import { checkedFolder, checkedPath, foldersOf } from "./file-path.ts";
import type { FileOwner, TreeFile, TreeNode } from "./file-tree.ts";
import { getLoggedModel } from "./logged-models.ts";
import { PAGE_BYTES_MAX, type PageRequest, pageOf } from "./page.ts";
import type { Change, Tracking } from "./ports.ts";
import { checkActive, type Run } from "./run.ts";
import { runProgress } from "./run-recording.ts";
import { storedRun } from "./runs.ts";
import { together } from "./together.ts";

const PAGE_USUAL = 1_000;
const PAGE_MOST = 10_000;
/** Nodes that are read, or removed, at a time. */
const NODES_AT_ONCE = 900;
/** Calls that are committed together. */
const CALLS_TOGETHER_MAX = 100;
/** What digest, size and framing of an entry take in a message. */
const ENTRY_BYTES = 112;

export interface FileList {
  readonly owner: FileOwner;
  /** Empty for the top. */
  readonly path: string;
  /** Files at any depth, the one at the path itself too, instead of what stands directly in the folder. */
  readonly recursive: boolean;
  readonly page: PageRequest;
}

/** One page of what stands in a folder, by path; nothing if there is no such folder. Fails with NOT_FOUND for the owner. */
export async function listFiles(tracking: Tracking, list: FileList): Promise<Page<TreeNode>> {
  const { owner, recursive } = list;
  const path = checkedFolder(list.path, "path");
  await existing(tracking, owner);
  const size = pageSize(list.page.size, PAGE_USUAL, PAGE_MOST);
  const query = { list: "files", owner: ownerName(owner), path, recursive };
  const tokens = pageOf<TreeNode>(tracking.pageTokens, query, (it) => it.path);
  const found: TreeNode[] = [];
  let bytes = 0;
  let after = tokens.read(list.page.token) as string | undefined;
  if (await tracking.files.isBare(owner)) return tokens.page([], size, weigh);
  while (found.length <= size && bytes <= PAGE_BYTES_MAX) {
    const part = { limit: Math.min(size + 1 - found.length, NODES_AT_ONCE), ...(after !== undefined && { after }) };
    const nodes = await (recursive ? tracking.files.files : tracking.files.children)(owner, path, part);
    found.push(...nodes);
    bytes += nodes.reduce((sum, it) => sum + weigh(it), 0);
    after = nodes.at(-1)?.path;
    if (nodes.length < part.limit) break;
  }
  // Under a file stands nothing.
  if (found.length === 0 && recursive && path !== "") found.push(...(await fileAt(tracking, owner, path)));
  return tokens.page(found, size, weigh);
}

async function fileAt({ files }: Tracking, owner: FileOwner, path: string): Promise<readonly TreeNode[]> {
  const node = (await files.nodes(owner, [path])).get(path);
  return node?.type === "FILE" ? [node] : [];
}

const weigh = (node: TreeNode): number =>
  Buffer.byteLength(node.path) + ENTRY_BYTES + (node.type === "FILE" ? Buffer.byteLength(node.mediaType) : 0);

/** Fails with NOT_FOUND for the owner, and for a path at which no file stands. */
export async function getFile(tracking: Tracking, owner: FileOwner, given: string): Promise<TreeFile> {
  const path = checkedPath(given, "path");
  await existing(tracking, owner);
  const node = (await tracking.files.nodes(owner, [path])).get(path);
  if (node?.type !== "FILE") throw notFound(`${ownerName(owner)}/files/${path}`);
  return node;
}

/** Puts files into a tree, all or nothing. */
export type PutFiles = (owner: FileOwner, files: readonly LoggedFile[]) => Promise<void>;

/**
 * Makes what puts files. Within this process the changes of one tree go one after the other, and calls that wait for one
 * are committed together. It fails with NOT_FOUND and RUN_DELETED for the owner, BAD_PATH, PATH_CONFLICT,
 * ARTIFACT_UNKNOWN and TOO_MANY_FILES.
 */
export function filePutter(tracking: Tracking): PutFiles {
  const put = together<readonly LoggedFile[]>(async (name, calls) => {
    const owner = parseOwner(name);
    const files = calls.flat();
    await tracking.commit(async () => ({ change: await putChange(tracking, owner, files), response: {} }));
  }, CALLS_TOGETHER_MAX);
  return async (owner, given) => {
    await put(ownerName(owner), checkedFiles(given, "files"));
    if (owner.kind === "RUN") tracking.changes.tell(owner);
  };
}

async function putChange(tracking: Tracking, owner: FileOwner, files: readonly LoggedFile[]): Promise<Change> {
  const revision = await tracking.files.revision(owner);
  const run = await writable(tracking, owner);
  const put = await filesPut(tracking, owner, { files, field: "files", revision });
  if (put === undefined) return {};
  const progress = run && (await runProgress(tracking, { before: run, after: run, files: put.put }));
  return { ...progress, ...(run !== undefined && { runBefore: run }), ...put.change };
}

/**
 * Removes a file, or a folder with everything in it; the empty path is everything. Folders that become empty go too. A
 * large folder goes piece by piece: what is not yet removed can be read meanwhile, and what is put meanwhile may stay.
 * Returns how many files were removed. Fails with NOT_FOUND and RUN_DELETED for the owner.
 */
export async function deleteFiles(tracking: Tracking, owner: FileOwner, given: string): Promise<number> {
  const path = checkedFolder(given, "path");
  await writable(tracking, owner);
  const count = await deletedPath(tracking, owner, path);
  if (count > 0 && owner.kind === "RUN") tracking.changes.tell(owner);
  return count;
}

/** The same for an owner and a path that were checked. */
export async function deletedPath(
  tracking: Pick<Tracking, "files" | "commit" | "clock" | "newId">,
  owner: FileOwner,
  path: string,
): Promise<number> {
  let count = 0;
  for (;;) {
    const { removed, more } = await tracking.commit(() => removal(tracking, owner, path));
    count += removed;
    if (!more) return count;
  }
}

/** Decides about the next piece of a removal. */
export async function removal(tracking: Pick<Tracking, "files" | "clock" | "newId">, owner: FileOwner, path: string) {
  const revision = await tracking.files.revision(owner);
  const below = await tracking.files.lastBelow(owner, path, NODES_AT_ONCE);
  const more = below.length === NODES_AT_ONCE;
  const top = more || path === "" ? [] : await withEmptied(tracking, owner, path);
  const nodes = [...below, ...top];
  const digests = nodes.flatMap((it) => (it.type === "FILE" ? [it.digest] : []));
  const change: Change =
    nodes.length === 0
      ? {}
      : { files: { owner, revision: revision + 1, put: [], removed: nodes }, ...letGoBy(tracking, owner, digests) };
  return { change, response: { removed: digests.length, more } };
}

/** What stands at the path, and the folders that have nothing else in them. */
async function withEmptied(
  { files }: Pick<Tracking, "files">,
  owner: FileOwner,
  path: string,
): Promise<readonly TreeNode[]> {
  const nodes = await files.nodes(owner, [path, ...foldersOf(path)]);
  const node = nodes.get(path);
  if (node === undefined) return [];
  const gone = [node];
  for (const folder of foldersOf(path).toReversed()) {
    const [, second] = await files.children(owner, folder, { limit: 2 });
    const emptied = nodes.get(folder);
    if (second !== undefined || emptied === undefined) break;
    gone.push(emptied);
  }
  return gone;
}

/** Fails with NOT_FOUND if there is no such owner. */
async function existing(tracking: Tracking, owner: FileOwner): Promise<void> {
  if (owner.kind === "RUN") await storedRun(tracking, owner);
  if (owner.kind === "LOGGED_MODEL") await getLoggedModel(tracking, owner, { showDeleted: true });
}

/** The run, if the files are those of one. Fails with NOT_FOUND if there is no such owner in use, and with RUN_DELETED. */
async function writable(tracking: Tracking, owner: FileOwner): Promise<Run | undefined> {
  if (owner.kind === "LOGGED_MODEL") await getLoggedModel(tracking, owner, { showDeleted: false });
  if (owner.kind !== "RUN") return undefined;
  const run = await storedRun(tracking, owner);
  checkActive(run);
  return run;
}
