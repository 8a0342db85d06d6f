import type { FileChange, KeptSegment, NewCompactedFile } from "./data-version.ts";
import { revertTooLarge } from "./errors.ts";
import type { LoadDeps } from "./load-source.ts";
import type { RevertPlan } from "./revert-plan.ts";
import { type Piece, wholeOf, writeCompacted } from "./rewrite-files.ts";
import { type DataFile, ownFile, type SegmentLog } from "./segment.ts";

/** Most segments whose own files are merged into others by one revert: each is a write of its commit. */
const MERGED_MAX = 900;

/** The files of a source after a revert. */
export interface CutFiles {
  readonly change: FileChange;
  /** True if the change is still right beside these files of the source. */
  isRight(now: readonly DataFile[]): boolean;
}

/** What cutting needs. */
export interface CutDeps extends Pick<LoadDeps, "tables" | "tablesOf" | "blobs" | "newScratch"> {
  readonly segments: Pick<SegmentLog, "files">;
}

/**
 * Writes compacted files anew where rows go out of them or come back into them. A segment's own file is never cut: it is
 * read or not. Nothing refers to the new files before the commit.
 */
export async function cutFiles(deps: CutDeps, plan: RevertPlan, signal: AbortSignal): Promise<CutFiles> {
  const { source, removed, restored } = plan;
  const now = await deps.segments.files(source.project, source.id, Number.MAX_SAFE_INTEGER);
  const gone = new Set(removed.map((it) => it.dataVersion));
  const compacted = now.filter((it) => it.isCompacted);
  const cut = compacted.filter((file) => [...removed, ...restored].some((it) => covers(file, it.dataVersion)));
  const opened: NewCompactedFile[] = [];
  const write = async (pieces: readonly Piece[]): Promise<void> => {
    await using scratch = await deps.newScratch();
    const written = await writeCompacted(deps, { source, pieces, scratch, signal });
    if (written) opened.push(written);
  };
  for (const file of cut) await write(piecesOf(file, gone, restored));
  const merged = restored.filter((it) => cut.some((file) => covers(file, it.dataVersion)));
  // What was merged once is not read from its own file any more: it comes back as a compacted file of one part.
  for (const it of restored) if (!merged.includes(it) && it.isMerged) await write([pieceOf(it)]);
  const replaced = merged.filter((it) => !it.isMerged).map((it) => it.dataVersion);
  if (replaced.length > MERGED_MAX) throw revertTooLarge(replaced.length, MERGED_MAX);
  const own = now.filter((it) => !it.isCompacted && gone.has(it.first));
  return {
    change: { closed: cut, replaced, opened },
    // No compacted file came or went, and what goes out in files of its own still has them.
    isRight: (later) =>
      isSame(
        later.filter((it) => it.isCompacted),
        compacted,
      ) && own.every((it) => isAmong(later, it)),
  };
}

const covers = ({ first, last }: DataFile, dataVersion: number): boolean => first <= dataVersion && dataVersion <= last;

const isAmong = (files: readonly DataFile[], file: DataFile): boolean =>
  files.some((it) => it.digest === file.digest && it.first === file.first);

const isSame = (a: readonly DataFile[], b: readonly DataFile[]): boolean =>
  a.length === b.length && a.every((it) => isAmong(b, it));

/** A segment that comes back, out of its own file or of the one that has its rows. */
function pieceOf(segment: KeptSegment): Piece {
  const { dataVersion, copy } = segment;
  if (!copy) return wholeOf(ownFile(segment));
  return { file: copy, first: dataVersion, last: dataVersion, without: new Set() };
}

/** A compacted file without what goes out, divided where segments come back in between. */
function piecesOf(file: DataFile, gone: ReadonlySet<number>, restored: readonly KeptSegment[]): readonly Piece[] {
  const without = new Set([...gone].filter((it) => covers(file, it)));
  const pieces: Piece[] = [];
  let first = file.first;
  for (const it of restored.filter((segment) => covers(file, segment.dataVersion))) {
    if (first < it.dataVersion) pieces.push({ file, first, last: it.dataVersion - 1, without });
    pieces.push(pieceOf(it));
    first = it.dataVersion + 1;
  }
  if (first <= file.last) pieces.push({ file, first, last: file.last, without });
  return pieces;
}
