import { type Connection, uploadPieces } from "@throughline/client";
import { attempt } from "./import.ts";
import type { Tally } from "./report.ts";
import { type ArtifactOwner, ArtifactsUnreachable, type MlflowSource, type SourceFile } from "./source.ts";

/** Copies the files of a run or logged model, and reads back which bytes stand under each path. True if all of them came. */
export async function importFiles(
  { connection, source, counts }: { connection: Connection; source: MlflowSource; counts: Tally },
  owner: ArtifactOwner,
  parent: string,
): Promise<boolean> {
  const digests = new Map<string, string>();
  let [files, isListed] = [0, true];
  try {
    for await (const file of source.files(owner)) {
      files++;
      await attempt({ counts }, { kind: "files", what: `${owner.kind} ${owner.id}: ${file.path}` }, async () => {
        digests.set(file.path, await importFile(connection, file, parent));
      });
    }
  } catch (error) {
    if (!(error instanceof ArtifactsUnreachable)) throw error;
    counts.problem(error.message);
    isListed = false;
  }
  if (digests.size === 0) return isListed && files === 0;
  const stored = await storedFiles(connection, parent);
  const wrong = [...digests].filter(([path, digest]) => stored.get(path) !== digest);
  counts.add("files", digests.size, digests.size - wrong.length);
  for (const [path] of wrong) counts.problem(`${parent}: the file ${path} is not the one that was read`);
  return isListed && digests.size === files && wrong.length === 0;
}

async function importFile(connection: Connection, file: SourceFile, parent: string): Promise<string> {
  const { digest } = await uploadPieces(connection, file.read());
  await connection.files.putFiles({ parent, files: [{ path: file.path, digest }] });
  return digest;
}

async function storedFiles({ files }: Connection, parent: string): Promise<ReadonlyMap<string, string>> {
  const found = new Map<string, string>();
  let pageToken = "";
  do {
    const page = await files.listFiles({ parent, recursive: true, pageSize: 10_000, pageToken });
    for (const { path, digest } of page.files) found.set(path, digest);
    pageToken = page.nextPageToken;
  } while (pageToken !== "");
  return found;
}
