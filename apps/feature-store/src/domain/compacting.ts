import type { Run } from "./load-source.ts";
import type { Segment } from "./segment.ts";

/** Merges the small files of sources in the background, so that joins stay fast however rows are pushed. */
export interface Compacting {
  /** A segment was committed: perhaps its source has too many files now. */
  committed(segment: Pick<Segment, "project" | "source">): void;
  /** Ends after the compaction that is under way has stopped. */
  close(): Promise<void>;
}

/** How long it rests after a failure, such as a storage that does not answer. */
const AFTER_FAILURE_MS = 30_000;

/** What it is made of. */
export interface CompactingOptions {
  /** A source is looked at after so many commits. */
  readonly commitsMax: number;
  /** Merges what is to be merged of a source. */
  compact(source: Pick<Segment, "project" | "source">, run: Run): Promise<void>;
}

/** Works on one source at a time: it must leave the table processes to whoever waits for them. */
export function compactInBackground({ commitsMax, compact }: CompactingOptions): Compacting {
  const closing = new AbortController();
  const counts = new Map<string, number>();
  const waiting = new Map<string, Pick<Segment, "project" | "source">>();
  const run: Run = { signal: closing.signal, progress: () => {} };
  let underWay: Promise<void> | undefined;
  let timer: NodeJS.Timeout | undefined;

  const work = async (): Promise<void> => {
    for (let [next] = waiting; next && !closing.signal.aborted; [next] = waiting) {
      const [key, source] = next;
      waiting.delete(key);
      try {
        await compact(source, run);
      } catch {
        // Nothing is lost: the files are there, unmerged, and the next commits lead here again.
        if (!closing.signal.aborted) rest(key, source);
        return;
      }
    }
  };
  const start = (): void => {
    underWay ??= work().finally(() => {
      underWay = undefined;
      if (waiting.size > 0 && timer === undefined && !closing.signal.aborted) start();
    });
  };
  const rest = (key: string, source: Pick<Segment, "project" | "source">): void => {
    timer = setTimeout(() => {
      timer = undefined;
      waiting.set(key, source);
      start();
    }, AFTER_FAILURE_MS);
    // It must not keep a process alive that has nothing else to do.
    timer.unref();
  };
  return {
    committed({ project, source }) {
      const key = `${project}/${source}`;
      // Of a source that was not seen yet nobody knows how many files an earlier process left.
      const count = (counts.get(key) ?? commitsMax - 1) + 1;
      counts.set(key, count >= commitsMax ? 0 : count);
      if (count < commitsMax) return;
      waiting.set(key, { project, source });
      if (timer === undefined) start();
    },
    async close() {
      closing.abort(new Error("the service stops"));
      clearTimeout(timer);
      await underWay;
    },
  };
}
