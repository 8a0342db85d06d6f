import type { BlobStore } from "@throughline/blobs";
import type { TableEngine } from "@throughline/tables";
import { type CommittedSegment, committed, type DataLog, goneAfter } from "./data-version.ts";
import type { Segment, SegmentLog } from "./segment.ts";
import type { Source } from "./source.ts";
import { readSegmentRows, type WrittenRow } from "./source-reading.ts";

/** What one source has at one data version and not at another. */
export interface SourceDifference {
  readonly source: string;
  readonly added: readonly CommittedSegment[];
  readonly removed: readonly CommittedSegment[];
}

/** A row that came in or went out. */
export interface ChangedRow {
  readonly source: Source;
  readonly isAdded: boolean;
  readonly row: WrittenRow;
}

/** Two data versions. */
export interface DiffRequest {
  readonly project: string;
  readonly from: number;
  readonly to: number;
}

/** What comparing needs. */
export interface DiffDeps {
  readonly dataLog: DataLog;
  readonly segments: SegmentLog;
  readonly tables: TableEngine;
  readonly blobs: Pick<BlobStore, "localFile">;
  source(project: string, id: string): Promise<Source>;
}

/** What changed, by the name of the source. It reads what was committed in between, and not what was there before. */
export async function diffVersions(deps: DiffDeps, request: DiffRequest): Promise<readonly SourceDifference[]> {
  const { project, from, to } = request;
  if (from > to) return (await diffVersions(deps, { project, from: to, to: from })).map(turned);
  const changes = new Map<string, Change>();
  const changeOf = (source: string): Change => {
    const found = changes.get(source) ?? { came: new Map(), reverts: [] };
    changes.set(source, found);
    return found;
  };
  for await (const it of deps.dataLog.segments(project, from, to)) changeOf(it.source).came.set(it.dataVersion, it);
  for (const it of await deps.dataLog.rewrites(project, from, to)) {
    if (it.kind === "revert") changeOf(it.source).reverts.push(it);
  }
  const differences = [...changes]
    .map(([source, change]) => differenceOf(source, change, from))
    .filter((it) => it.added.length + it.removed.length > 0)
    .sort((a, b) => (a.source < b.source ? -1 : 1));
  return Promise.all(differences.map((it) => asKept(deps, project, it)));
}

/** A revert tells of files as they were then; since then rows may have been forgotten, and other files be in their place. */
async function asKept({ dataLog }: DiffDeps, project: string, { source, added, removed }: SourceDifference) {
  const kept = async (told: CommittedSegment): Promise<CommittedSegment> => {
    const segment = await dataLog.segment(project, told.dataVersion);
    return segment ? committed(segment) : told;
  };
  return { source, added: await inOrder(added, kept), removed: await inOrder(removed, kept) };
}

async function inOrder<T>(items: readonly T[], work: (item: T) => Promise<T>): Promise<readonly T[]> {
  const done: T[] = [];
  for (const it of items) done.push(await work(it));
  return done;
}

interface Change {
  readonly came: Map<number, Segment>;
  readonly reverts: { readonly added: readonly CommittedSegment[]; readonly removed: readonly CommittedSegment[] }[];
}

function differenceOf(source: string, { came, reverts }: Change, from: number): SourceDifference {
  const gone = goneAfter(reverts);
  const touched = new Map(reverts.flatMap((it) => [...it.added, ...it.removed]).map((it) => [it.dataVersion, it]));
  const older = [...touched.values()].filter((it) => it.dataVersion <= from);
  // Of two reverts that undo each other nothing is left: what was there at first is told by the first that touched it.
  const wasThere = ({ dataVersion }: CommittedSegment): boolean =>
    reverts
      .find((it) => [...it.added, ...it.removed].some((one) => one.dataVersion === dataVersion))
      ?.removed.some((one) => one.dataVersion === dataVersion) ?? false;
  const byVersion = (a: CommittedSegment, b: CommittedSegment): number => a.dataVersion - b.dataVersion;
  return {
    source,
    added: [
      ...older.filter((it) => !wasThere(it) && !gone.has(it.dataVersion)),
      ...[...came.values()].filter((it) => !gone.has(it.dataVersion)).map(committed),
    ].sort(byVersion),
    removed: older.filter((it) => wasThere(it) && gone.has(it.dataVersion)).sort(byVersion),
  };
}

const turned = ({ source, added, removed }: SourceDifference): SourceDifference => ({
  source,
  added: removed,
  removed: added,
});

/** The first rows of what came in, and of what went out, of each source. */
export async function sampleChanges(
  deps: DiffDeps,
  { project, differences, rowCount }: SampleRequest,
  signal: AbortSignal,
): Promise<readonly ChangedRow[]> {
  const rows: ChangedRow[] = [];
  for (const { source: id, added, removed } of rowCount > 0 ? differences : []) {
    const source = await deps.source(project, id);
    for (const [isAdded, segments] of [
      [true, added],
      [false, removed],
    ] as const) {
      const found = await readSegmentRows(deps, { source, segments, rowCount }, signal);
      rows.push(...found.map((row) => ({ source, isAdded, row })));
    }
  }
  return rows;
}

/** What to show rows of. */
export interface SampleRequest {
  readonly project: string;
  readonly differences: readonly SourceDifference[];
  /** For each source, of those that came in and of those that went out. */
  readonly rowCount: number;
}
