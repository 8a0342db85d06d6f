import { goneAfter, type KeptSegment } from "../domain/data-version.ts";
import type { Expiry } from "../domain/retention/file-expiry.ts";
import {
  type DataCollections,
  every,
  lackingIn,
  NEVER,
  revertsUpTo,
  type StoredFile,
  type StoredSegment,
} from "./data-collections.ts";
import { compactedFile, segmentOf } from "./segment-log.ts";

/** True for a file whose bytes are gone, or go now. */
export const hasExpired = ({ expiry }: { readonly expiry?: Expiry }): boolean =>
  expiry !== undefined && expiry.state !== "marked";

/** A segment with the place of its rows: in its own file, or in one that it was merged into. */
export async function keptSegment(collections: DataCollections, stored: StoredSegment): Promise<KeptSegment> {
  const segment = { ...segmentOf(stored), isMerged: (stored.replacedIn ?? NEVER) !== NEVER };
  const lacking = await lackingIn(collections, stored);
  if (!hasExpired(stored)) return { ...segment, ...lacking(stored) };
  const found = await fileWith(collections, stored);
  if (!found) return { ...segment, isLost: true };
  const lacks = lacking(found);
  return { ...segment, within: found.digest, copy: { ...compactedFile(found), ...lacks }, ...lacks };
}

/** The newest compacted file that was written while the segment was in the data, and is kept. */
async function fileWith(
  collections: DataCollections,
  { project, source, dataVersion }: StoredSegment,
): Promise<StoredFile | undefined> {
  const where = {
    and: [
      { field: "project", eq: project },
      { field: "source", eq: source },
      { field: "first", lte: dataVersion },
      { field: "last", gte: dataVersion },
    ],
  } as const;
  const covering: StoredFile[] = [];
  for await (const it of every(collections.compacted, { where })) if (!hasExpired(it)) covering.push(it);
  for (const it of covering.sort((a, b) => b.since - a.since)) {
    const gone = goneAfter(await revertsUpTo(collections, { project, source, dataVersion: it.since }));
    if (!gone.has(dataVersion)) return it;
  }
  return undefined;
}
