import type { Digest } from "@throughline/kernel";
import type { KnownArtifact } from "./artifact.ts";
import { artifactUnknown } from "./errors.ts";
import { ownerName } from "./file-owner.ts";
import { checkedPath } from "./file-path.ts";
import { type FileOwner, pathsToKnow, plannedFiles, type TreeFile } from "./file-tree.ts";
import { lettingGo } from "./letting-go.ts";
import type { Change, Tracking } from "./ports.ts";

/** A file as a caller puts it: its size is known by its digest. */
export type LoggedFile = Pick<TreeFile, "path" | "digest" | "mediaType">;

/** What a call puts into a tree, the change of the tree, and what it lets go. */
export interface FilesPut {
  readonly change: Pick<Change, "files" | "letGo">;
  readonly put: readonly TreeFile[];
}

/** The files with their paths in the one spelling. Fails with BAD_PATH; `field` is the list's name. */
export function checkedFiles(files: readonly LoggedFile[], field: string): readonly LoggedFile[] {
  return files.map((it, i) => ({ ...it, path: checkedPath(it.path, `${field}[${i}].path`) }));
}

/** Files to put into a tree at a revision of it. */
export interface PuttingFiles {
  readonly files: readonly LoggedFile[];
  /** Name of their list in the request. */
  readonly field: string;
  /** Of the tree, read before everything that is decided about the call: whatever changes after it makes the commit decide anew. */
  readonly revision: number;
}

/**
 * What puts files into a tree; undefined if all are there. Paths are checked before.
 * Fails with ARTIFACT_UNKNOWN, PATH_CONFLICT and TOO_MANY_FILES.
 */
export async function filesPut(
  tracking: Pick<Tracking, "files" | "lineage" | "clock" | "newId">,
  owner: FileOwner,
  { files, field, revision }: PuttingFiles,
): Promise<FilesPut | undefined> {
  if (files.length === 0) return undefined;
  const { files: store, lineage } = tracking;
  const [known, nodes] = await Promise.all([
    lineage.artifacts(owner.project, [...new Set(files.map((it) => it.digest))]),
    store.nodes(owner, pathsToKnow(files)),
  ]);
  const whole = files.map((it, i) => fileOf(it, known.get(it.digest), `${field}[${i}].digest`));
  const planned = plannedFiles(owner, whole, { revision, nodes });
  if (planned === undefined) return undefined;
  const { change, put, replaced } = planned;
  return { change: { files: change, ...letGoBy(tracking, owner, replaced) }, put };
}

/** What a change of an owner's files lets go, if anything. */
export function letGoBy(
  tracking: Pick<Tracking, "clock" | "newId">,
  owner: FileOwner,
  digests: readonly Digest[],
): Pick<Change, "letGo"> {
  if (digests.length === 0) return {};
  return { letGo: lettingGo(tracking, { project: owner.project, by: ownerName(owner), digests }) };
}

function fileOf(file: LoggedFile, artifact: KnownArtifact | undefined, path: string): TreeFile {
  if (artifact === undefined || artifact.condemned) throw artifactUnknown(file.digest, path);
  const { sizeBytes, mediaType } = artifact;
  return { path: file.path, digest: file.digest, sizeBytes, mediaType: file.mediaType || mediaType };
}
