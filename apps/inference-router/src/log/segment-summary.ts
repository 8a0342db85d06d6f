import { readFile, rename, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { Digest } from "@throughline/kernel";
import { type TallyRecord, tallyRecord } from "../domain/tally.ts";
import { emptied, type Segment, type WritableSegment } from "./segment.ts";

/** What is kept beside a segment that gets no more records, so that opening the log need not read it again. */
export interface Summary {
  readonly bytes: number;
  readonly newestRequestMs: number;
  /** Texts, because JSON has no whole numbers of 64 bits. */
  readonly asOfNs?: { readonly least: string; readonly most: string };
  /** Set once the bytes are in the blob store; then the file may be gone. */
  readonly moved?: { readonly to: Digest; readonly deployment: string };
  readonly tallies: readonly (readonly [release: string, tally: TallyRecord])[];
}

const summaryPath = ({ folder, id }: Pick<Segment, "folder" | "id">): string => join(folder, `${id}.sealed.json`);

/** Makes a segment durable and writes its summary: it gets no more records. */
export async function sealSegment(segment: WritableSegment): Promise<void> {
  await segment.file.datasync();
  await writeSummary(segment, summaryOf(segment));
}

export const summaryOf = (segment: Segment): Summary => ({
  bytes: segment.writtenBytes,
  newestRequestMs: segment.newestRequestMs,
  ...(segment.asOfNs && { asOfNs: { least: String(segment.asOfNs.least), most: String(segment.asOfNs.most) } }),
  tallies: [...segment.tallies].map(([release, tally]) => [release, tallyRecord(tally)]),
});

/** Writes what is kept beside a segment, whole or not at all. */
export async function writeSummary(segment: Segment, summary: Summary): Promise<void> {
  const path = summaryPath(segment);
  await writeFile(`${path}.partial`, JSON.stringify(summary), { flush: true });
  await rename(`${path}.partial`, path);
}

/**
 * Seals a segment that this process wrote. A summary is a shortcut: where it cannot be written, the segment is read again when the log
 * is opened again.
 */
export async function finishSegment(segment: WritableSegment): Promise<void> {
  await sealSegment(segment).catch(() => {});
  await segment.file.close();
  emptied(segment);
  segment.isClosed = true;
}

/** Undefined if there is none that is whole. */
export async function readSummary(segment: Segment): Promise<Summary | undefined> {
  try {
    return JSON.parse(await readFile(summaryPath(segment), "utf8")) as Summary;
  } catch {
    // Absent, or cut off: the segment itself tells everything that the summary says.
    return undefined;
  }
}
