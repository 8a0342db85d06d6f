import type { KnownArtifact } from "./artifact.ts";
import { artifactUnknown } from "./errors.ts";
import { checkedPath } from "./file-path.ts";
import { type FileChange, type FileOwner, pathsToKnow, plannedFiles, type TreeFile } from "./file-tree.ts";
import type { Tracking } from "./ports.ts";

/** A file as a caller puts it: its size is known by its digest. */
export type LoggedFile = Pick<TreeFile, "path" | "digest" | "mediaType">;

/** What a call puts into a tree, and the change of the tree. */
export interface FilesPut {
  readonly change: FileChange;
  readonly put: readonly TreeFile[];
}

/** The files with their paths in the one spelling. Fails with BAD_PATH; `field` is the list's name. */
export function checkedFiles(files: readonly LoggedFile[], field: string): readonly LoggedFile[] {
  return files.map((it, i) => ({ ...it, path: checkedPath(it.path, `${field}[${i}].path`) }));
}

/**
 * What puts files into a tree; undefined if all are there. Paths are checked before.
 * Fails with ARTIFACT_UNKNOWN, PATH_CONFLICT and TOO_MANY_FILES.
 */
export async function filesPut(
  { files: store, lineage }: Pick<Tracking, "files" | "lineage">,
  owner: FileOwner,
  { files, field }: { readonly files: readonly LoggedFile[]; readonly field: string },
): Promise<FilesPut | undefined> {
  if (files.length === 0) return undefined;
  // The revision first: whatever changes after it makes the commit decide anew.
  const revision = await store.revision(owner);
  const [known, nodes] = await Promise.all([
    lineage.artifacts(owner.project, [...new Set(files.map((it) => it.digest))]),
    store.nodes(owner, pathsToKnow(files)),
  ]);
  const whole = files.map((it, i) => fileOf(it, known.get(it.digest), `${field}[${i}].digest`));
  return plannedFiles(owner, whole, { revision, nodes });
}

function fileOf(file: LoggedFile, artifact: KnownArtifact | undefined, path: string): TreeFile {
  if (artifact === undefined) throw artifactUnknown(file.digest, path);
  const { sizeBytes, mediaType } = artifact;
  return { path: file.path, digest: file.digest, sizeBytes, mediaType: file.mediaType || mediaType };
}
