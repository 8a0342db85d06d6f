import type { Store } from "@throughline/store";
import type { Experiment } from "../domain/experiment.ts";
import { NO_METRICS, type RunMetrics } from "../domain/metric.ts";
import type { Key } from "../domain/names.ts";
import type { Change } from "../domain/ports.ts";
import type { Run } from "../domain/run.ts";
import { sizeOf, sizeOfMetrics } from "../domain/run-size.ts";
import { documentId } from "./collections.ts";

/** Room for the runs that are kept, in bytes of their messages. */
const BYTES_MAX = 4 * 1024 * 1024;
/** What a run takes that has nothing. */
const RUN_BYTES = 1_024;
/** Experiments that are kept: each write of a run asks for its own. */
const EXPERIMENTS_MAX = 1_000;

/**
 * The runs that were logged to lately and their experiments, so that logging again needs no read. Only for the one process that writes to the
 * store: what it knows is what is stored.
 */
export interface RunMemory {
  experiment(key: Key): Experiment | undefined;
  /** Keeps an experiment that was read, unless something newer is known. */
  readExperiment(experiment: Experiment): void;
  run(key: Key): Run | undefined;
  metrics(key: Key): RunMetrics | undefined;
  /** Keeps what was read, unless something newer is known. */
  read(key: Key, state: Partial<RunState>): void;
  /** Keeps what a change has made of a run. */
  applied(change: Change): void;
  /** Forgets the runs of a change that may or may not have happened. */
  forget(change: Change): void;
}

interface RunState {
  readonly run: Run;
  readonly metrics: RunMetrics;
}

/** What is known of a run, with the sizes of its parts: a run with many params is not counted anew for each metric. */
interface Known extends Partial<RunState> {
  readonly runBytes: number;
  readonly metricBytes: number;
}

const NOTHING: Known = { runBytes: RUN_BYTES, metricBytes: 0 };

/** One memory for each store, whatever works with it in this process. */
const memories = new WeakMap<Store, RunMemory>();

/**
 * The memory of a store; undefined if other processes may write to it too. A file of SQLite has one writer, which
 * therefore knows what is stored.
 */
export function memoryOf(store: Store): RunMemory | undefined {
  if (store.kind !== "sqlite") return undefined;
  const memory = memories.get(store) ?? runMemory(BYTES_MAX);
  memories.set(store, memory);
  return memory;
}

/** A memory that holds as many runs as fit, those used last. */
export function runMemory(bytesMax: number): RunMemory {
  const experiments = experimentMemory();
  const known = new Map<string, Known>();
  let total = 0;

  const take = (id: string): Known | undefined => {
    const state = known.get(id);
    if (state === undefined) return undefined;
    total -= state.runBytes + state.metricBytes;
    known.delete(id);
    return state;
  };
  const put = (id: string, state: Known): void => {
    known.set(id, state);
    total += state.runBytes + state.metricBytes;
    // The first is the one that was not used for longest.
    for (const [oldest] of known) {
      if (total <= bytesMax) break;
      take(oldest);
    }
  };
  const used = (key: Key): Known | undefined => {
    const id = documentId(key);
    const state = take(id);
    if (state !== undefined) put(id, state);
    return state;
  };

  return {
    experiment: experiments.get,
    readExperiment: experiments.keep,
    run: (key) => used(key)?.run,
    metrics: (key) => used(key)?.metrics,
    read(key, { run, metrics }) {
      const id = documentId(key);
      const before = take(id) ?? NOTHING;
      // A change that was applied while this was read is newer.
      const withRun = before.run === undefined && run !== undefined ? knowing(before, run) : before;
      const all = withRun.metrics === undefined && metrics !== undefined ? measured(withRun, metrics) : withRun;
      put(id, all);
    },
    applied({ experiment, run, metrics, purged }) {
      if (experiment !== undefined) experiments.keep(experiment.after);
      if (purged?.owner.kind === "RUN") return void take(documentId(purged.owner));
      const key = run ?? metrics?.run;
      if (key === undefined) return;
      const id = documentId(key);
      const before = take(id) ?? NOTHING;
      const isNewer = run !== undefined && (before.run?.revision ?? 0) < run.revision;
      const withRun = isNewer ? knowing(before, run) : before;
      // A run that was just created has no metrics, and need not be asked for them.
      const now = metrics?.metrics ?? (run?.revision === 1 ? NO_METRICS : undefined);
      put(id, now === undefined ? withRun : measured(withRun, now));
    },
    forget({ experiment, run, metrics, purged, held = [] }) {
      if (experiment !== undefined) experiments.forget(experiment.after);
      for (const key of [run, metrics?.run, purged?.owner, ...held]) if (key !== undefined) take(documentId(key));
    },
  };
}

function experimentMemory() {
  const known = new Map<string, Experiment>();
  return {
    get: (key: Key): Experiment | undefined => known.get(documentId(key)),
    forget: (key: Key): void => void known.delete(documentId(key)),
    keep(experiment: Experiment): void {
      const id = documentId(experiment);
      if ((known.get(id)?.revision ?? 0) > experiment.revision) return;
      known.delete(id);
      // One that is purged will be gone, and its id is free then.
      if (experiment.purging !== true) known.set(id, experiment);
      for (const [oldest] of known) {
        if (known.size <= EXPERIMENTS_MAX) break;
        known.delete(oldest);
      }
    },
  };
}

const knowing = (before: Known, run: Run): Known => ({ ...before, run, runBytes: RUN_BYTES + sizeOf(run) });

const measured = (before: Known, metrics: RunMetrics): Known => ({
  ...before,
  metrics,
  metricBytes: sizeOfMetrics(metrics),
});
