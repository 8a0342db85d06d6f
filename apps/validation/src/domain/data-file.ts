import type { BlobStore } from "@throughline/blobs";
import { type Digest, isDomainError } from "@throughline/kernel";
import type { ColumnType, TableEngine } from "@throughline/tables";
import { artifactUnknown, dataUnreadable } from "./errors.ts";

/** What the platform knows of an uploaded file. */
export interface KnownArtifact {
  readonly sizeBytes: number;
  readonly kind: string;
}

/** Tells which digests a project knows. `project` is its id. */
export interface ArtifactFinder {
  find(project: string, digest: Digest): Promise<KnownArtifact | undefined>;
}

/** Fails with ARTIFACT_UNKNOWN unless the project has the file. */
export async function knownData(artifacts: ArtifactFinder, project: string, digest: Digest): Promise<void> {
  if (!(await artifacts.find(project, digest))) throw artifactUnknown(digest, "data_digest");
}

/**
 * Works on a local copy of a file. Fails with DATA_UNREADABLE if it is no Parquet file: the engine's own error names a
 * place on this machine, which callers never see.
 */
export async function withDataFile<R>(
  blobs: BlobStore,
  digest: Digest,
  work: (path: string) => Promise<R>,
): Promise<R> {
  try {
    return await work(await blobs.localFile(digest));
  } catch (error) {
    if (isDomainError(error, "TABLE_FILE_UNREADABLE")) throw dataUnreadable(digest, error);
    throw error;
  }
}

/** The columns of a file with their types, undefined for a type that is not ours, and the number of its rows. */
export async function columnTypes(
  tables: TableEngine,
  path: string,
  signal: AbortSignal,
): Promise<{ readonly types: ReadonlyMap<string, ColumnType | undefined>; readonly rowCount: number }> {
  const { columns, rowCount } = await tables.inspect({ path, format: "parquet" }, { signal });
  return { types: new Map(columns.map((it) => [it.name, it.type])), rowCount };
}
