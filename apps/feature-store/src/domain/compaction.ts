import { isDomainError } from "@throughline/kernel";
import type { DataCommit, NewCompactedFile } from "./data-version.ts";
import type { LoadDeps, Run } from "./load-source.ts";
import { commitRewrite, type RewriteCommitDeps } from "./rewrite-commit.ts";
import { wholeOf, writeCompacted } from "./rewrite-files.ts";
import type { DataFile } from "./segment.ts";
import type { Source } from "./source.ts";

/** A file beyond one of these is large enough to be left alone. */
export const FULL_FILE = { bytes: 64 * 1024 ** 2, rows: 2_000_000 } as const;

/** Most files that become one: a commit and its lineage name each of them. */
const PARTS_MAX = 500;

/** How often a compaction chooses again because somebody changed the files meanwhile. */
const ATTEMPTS_MAX = 20;

/** What merging needs. */
export interface CompactDeps
  extends RewriteCommitDeps,
    Pick<LoadDeps, "tables" | "tablesOf" | "blobs" | "newScratch"> {}

/** What to merge. */
export interface Compaction {
  readonly source: Source;
  readonly actor: string;
  /** Files that are left alone as long as no more of them are small. */
  readonly filesMax: number;
}

/**
 * Merges small files of a source, run after run, until few are left. The rows stay what they were, in their order, and so
 * does everything that is computed from them; earlier data versions go on reading the files that they read.
 */
export async function compactSource(
  deps: CompactDeps,
  compaction: Compaction,
  run: Run,
): Promise<readonly DataCommit[]> {
  const { project, id } = compaction.source;
  const commits: DataCommit[] = [];
  for (let attempt = 0; attempt < ATTEMPTS_MAX; attempt++) {
    run.signal.throwIfAborted();
    const files = await deps.segments.files(project, id, Number.MAX_SAFE_INTEGER);
    const chosen = chooseRun(files, compaction.filesMax);
    if (!chosen) break;
    run.progress(0, `merging ${chosen.length} of ${files.length} files`);
    try {
      commits.push(await mergeRun(deps, compaction, { chosen, run }));
    } catch (error) {
      if (!isDomainError(error, "FILES_CHANGED")) throw error;
    }
  }
  return commits;
}

interface Chosen {
  readonly chosen: readonly DataFile[];
  readonly run: Run;
}

async function mergeRun(
  deps: CompactDeps,
  { source, actor }: Compaction,
  { chosen, run: { signal } }: Chosen,
): Promise<DataCommit> {
  await using scratch = await deps.newScratch();
  const pieces = chosen.map(wholeOf);
  const opened = await writeCompacted(deps, { source, pieces, scratch, signal });
  signal.throwIfAborted();
  const { project, id } = source;
  // Awaited here: a failure must not wait, unheard, until the files in between are removed.
  return await commitRewrite(deps, {
    project,
    source: id,
    operation: "",
    isRight: (now) => areNeighbours(chosen, now),
    rewrite: async () => ({
      project,
      source: id,
      kind: "compaction",
      added: [],
      removed: [],
      actor,
      reason: "",
      timeMs: deps.clock.now(),
      files: fileChange(chosen, opened),
    }),
  });
}

/**
 * True if the files are there, with none between them. What came back between them would be covered by what they become, and
 * not be in it: whoever looks for its rows there would find none.
 */
function areNeighbours(files: readonly DataFile[], now: readonly DataFile[]): boolean {
  const isSame = (a: DataFile, b: DataFile | undefined): boolean => a.digest === b?.digest && a.first === b.first;
  const [oldest] = files;
  const at = now.findIndex((it) => isSame(it, oldest));
  return at >= 0 && files.every((it, i) => isSame(it, now[at + i]));
}

const fileChange = (read: readonly DataFile[], opened: NewCompactedFile | undefined) => ({
  closed: read.filter((it) => it.isCompacted),
  replaced: read.filter((it) => !it.isCompacted).map((it) => it.first),
  opened: opened ? [opened] : [],
});

/**
 * Which neighbouring files to merge next; undefined if no more than `filesMax` are small. Of all runs that grow by files no
 * larger than what is gathered already, the longest: so a row is written anew only when what it is merged with has doubled.
 * If all such runs are short, the newest half of the longest run, whatever the sizes.
 */
export function chooseRun(files: readonly DataFile[], filesMax: number): readonly DataFile[] | undefined {
  const runs = smallRuns(files);
  if (runs.reduce((sum, it) => sum + it.length, 0) <= filesMax) return undefined;
  const grown = longest(runs.flatMap((run) => run.map((_, i) => grownFrom(run, run.length - 1 - i))));
  if (grown.length >= Math.max(2, filesMax / 4)) return grown;
  const half = fitting(longest(runs).slice(-Math.max(2, Math.ceil(filesMax / 2))));
  const best = longest([grown, half]);
  return best.length >= 2 ? best : undefined;
}

const isFull = ({ sizeBytes, rowCount }: DataFile): boolean =>
  sizeBytes >= FULL_FILE.bytes || rowCount >= FULL_FILE.rows;

/** Neighbours that are not full, in their order. */
function smallRuns(files: readonly DataFile[]): readonly (readonly DataFile[])[] {
  const runs: DataFile[][] = [[]];
  for (const file of files) {
    if (isFull(file)) runs.push([]);
    else runs.at(-1)?.push(file);
  }
  return runs.filter((it) => it.length > 0);
}

const longest = (runs: readonly (readonly DataFile[])[]): readonly DataFile[] =>
  runs.reduce<readonly DataFile[]>((best, it) => (it.length > best.length ? it : best), []);

/** The file at `newest` and those before it, as long as each is no larger than what was gathered. */
function grownFrom(run: readonly DataFile[], newest: number): readonly DataFile[] {
  let rows = 0;
  let first = newest;
  for (let i = newest; i >= 0; i--) {
    const file = run[i] as DataFile;
    if (i < newest && file.rowCount > rows) break;
    rows += file.rowCount;
    first = i;
  }
  return fitting(run.slice(first, newest + 1));
}

/** The newest of some neighbours that fit into one file. */
function fitting(run: readonly DataFile[]): readonly DataFile[] {
  let [bytes, rows, first] = [0, 0, run.length];
  while (first > 0 && run.length - first < PARTS_MAX) {
    const file = run[first - 1] as DataFile;
    if (bytes + file.sizeBytes > FULL_FILE.bytes || rows + file.rowCount > FULL_FILE.rows) break;
    [bytes, rows, first] = [bytes + file.sizeBytes, rows + file.rowCount, first - 1];
  }
  return run.slice(first);
}
