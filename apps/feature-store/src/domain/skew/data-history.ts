import { type CommitKind, commitOf, type DataCommit, type DataLog } from "../data-version.ts";
import type { SegmentLog } from "../segment.ts";

/** A commit that may have changed what a join gives. */
export interface DataChange {
  readonly dataVersion: number;
  readonly kind: Exclude<CommitKind, "compaction">;
  /** Id of the source. */
  readonly source: string;
  /** True if it took rows out. */
  readonly removes: boolean;
  readonly actor: string;
  readonly timeMs: number;
}

/** What the data of a project was, when. */
export interface DataHistory {
  /** The newest data version that was committed by a time, 0 if there was none. */
  versionAt(timeMs: number): Promise<number>;
  /** The changes of sources after one data version and up to another, oldest first. */
  changes(sources: readonly string[], after: number, upTo: number): Promise<Changes>;
  /** The last changes of sources up to a data version, newest first. */
  last(sources: readonly string[], upTo: number): Promise<readonly DataChange[]>;
}

/** Some changes, and whether they are all of them. */
export interface Changes {
  readonly oldest: readonly DataChange[];
  readonly isAll: boolean;
}

/** Changes that are told of at most. */
const CHANGES_MAX = 10_000;
/** The last changes that are told of, and the commits that are looked at for them. */
const LAST_MAX = 4;
const COMMITS_MAX = 200;

export function dataHistory(
  { dataLog, segments }: { readonly dataLog: DataLog; readonly segments: Pick<SegmentLog, "newestVersion"> },
  project: string,
): DataHistory {
  const times = new Map<number, Promise<number>>();
  const timeOf = (version: number): Promise<number> => {
    const known = times.get(version) ?? dataLog.get(project, version).then((it) => it?.timeMs ?? 0);
    times.set(version, known);
    return known;
  };
  const found = new Map<number, number>();
  return {
    async versionAt(timeMs) {
      const known = found.get(timeMs);
      if (known !== undefined) return known;
      // Times do not go back by more than clocks do: the last commit by then is found by halving.
      let [least, most] = [0, await segments.newestVersion(project)];
      while (least < most) {
        const middle = Math.ceil((least + most) / 2);
        if ((await timeOf(middle)) <= timeMs) least = middle;
        else most = middle - 1;
      }
      found.set(timeMs, least);
      return least;
    },
    async changes(sources, after, upTo) {
      const all: DataChange[] = [];
      for (const it of await dataLog.rewrites(project, after, upTo)) {
        const change = changeOf(it);
        if (change && sources.includes(change.source)) all.push(change);
      }
      let isAll = true;
      for await (const it of dataLog.segments(project, after, upTo)) {
        isAll = all.length < CHANGES_MAX;
        if (!isAll) break;
        if (sources.includes(it.source)) all.push(changeOf(commitOf(it)) as DataChange);
      }
      return { oldest: all.sort((a, b) => a.dataVersion - b.dataVersion), isAll };
    },
    async last(sources, upTo) {
      const found: DataChange[] = [];
      for (let version = upTo; version > Math.max(0, upTo - COMMITS_MAX) && found.length < LAST_MAX; version--) {
        const commit = await dataLog.get(project, version);
        const change = commit && changeOf(commit);
        if (change && sources.includes(change.source)) found.push(change);
      }
      return found;
    },
  };
}

function changeOf({ dataVersion, kind, source, removed, actor, timeMs }: DataCommit): DataChange | undefined {
  if (kind === "compaction") return undefined;
  return { dataVersion, kind, source, removes: kind === "forget" || removed.length > 0, actor, timeMs };
}
