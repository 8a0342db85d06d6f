import { revisionConflict } from "@throughline/kernel";
import type { Store, Write } from "@throughline/store";
import type { ExpiringFile, ExpiryChange, ExpiryLog } from "../domain/retention/file-expiry.ts";
import { type DataCollections, dataCollections, everyDocument, NEVER, PROJECTS } from "./data-collections.ts";

/** What retention asks of the log, on the document port. */
export function expiryLog(store: Store): ExpiryLog {
  const collections = dataCollections(store);
  const { projects } = collections;
  return {
    async head(project) {
      const found = await projects.get(project);
      return found && { dataVersion: found.value.dataVersion, revision: found.revision };
    },
    files: (project) => filesOf(collections, project),
    async change(project, { dataVersion, revision }, changes) {
      if (changes.length === 0) return { dataVersion, revision };
      const [next] = await store.batch([
        projects.writes.replace(project, revision, { dataVersion }),
        ...(await changing(collections, changes)),
      ]);
      return { dataVersion, revision: next as number };
    },
  };
}

async function* filesOf({ segments, compacted }: DataCollections, project: string): AsyncGenerator<ExpiringFile> {
  const where = { field: "project", eq: project } as const;
  for await (const { id, value } of everyDocument(segments, { where })) {
    if (value.expiry?.state === "removed") continue;
    const { source, digest, sizeBytes, dataVersion: since, replacedIn: until = NEVER, expiry } = value;
    yield { id, isCompacted: false, source, digest, sizeBytes, since, until, ...(expiry && { expiry }) };
  }
  for await (const { id, value } of everyDocument(compacted, { where })) {
    if (value.expiry?.state === "removed") continue;
    const { source, digest, sizeBytes, since, until, expiry } = value;
    yield { id, isCompacted: true, source, digest, sizeBytes, since, until, ...(expiry && { expiry }) };
  }
}

async function changing(
  { segments, compacted }: DataCollections,
  changes: readonly ExpiryChange[],
): Promise<readonly Write[]> {
  const writes: Write[] = [];
  for (const [collection, of] of [
    [segments, changes.filter((it) => !it.file.isCompacted)],
    [compacted, changes.filter((it) => it.file.isCompacted)],
  ] as const) {
    const found = await collection.getMany(of.map((it) => it.file.id));
    for (const [i, { file, expiry }] of of.entries()) {
      const document = found[i];
      // A forgetting has put another file in its place.
      if (document?.value.digest !== file.digest) throw revisionConflict(PROJECTS.name, file.digest, "another file");
      const { expiry: _, ...value } = document.value;
      const next = { ...value, ...(expiry && { expiry }) } as never;
      writes.push(collection.writes.replace(document.id, document.revision, next));
    }
  }
  return writes;
}
