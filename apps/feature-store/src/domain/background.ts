import { setTimeout as delay } from "node:timers/promises";
import type { Generation, LayoutRemoval } from "./generation-log.ts";
import { layoutInGeneration } from "./generations.ts";
import {
  foldGeneration,
  isOverlay,
  letGo,
  type OverlayGeneration,
  type OverlayGenerationDeps,
} from "./overlay-generation.ts";

/** What it needs. */
export interface BackgroundDeps extends OverlayGenerationDeps {
  readonly removal: LayoutRemoval;
  /** How long other processes may go on reading what was just replaced. */
  readonly othersMs: number;
}

/** How long a revert waits for what the one before it left to fold: then it computes everything anew. */
const FOLDED_MS_MAX = 60_000;
/** How long it rests after a failure of the storage. */
const AFTER_FAILURE_MS = 30_000;

/** Folds and removes, one after the other, while the service works. */
export interface Background {
  /** What lies over a source's values goes into them. */
  fold(project: string, source: string): void;
  /** Resolves when nothing is folded of a source, or after a minute. */
  folded(project: string, source: string): Promise<void>;
  remove(retired: Generation): void;
  close(): Promise<void>;
}

export function background(deps: BackgroundDeps): Background {
  const closing = new AbortController();
  const { signal } = closing;
  let removals: Promise<unknown> = Promise.resolve();
  const folds = new Map<string, Promise<void>>();
  const pause = (ms: number): Promise<void> => delay(ms, undefined, { signal, ref: false });
  /** Resolves when nobody reads any more what was read before. */
  const unread = (): Promise<unknown> => {
    const others = deps.removal.isShared ? pause(deps.othersMs) : undefined;
    // It is awaited behind other work, and may fail before.
    others?.catch(() => {});
    return Promise.all([deps.generations.settled(), others]);
  };
  const remove = (retired: Generation): void => {
    const isUnread = unread();
    isUnread.catch(() => {});
    // What fails is found again when the service opens: its record stays.
    removals = removals.then(async () => {
      await isUnread;
      await removeGeneration(deps, retired);
    });
    removals = removals.catch(() => {});
  };
  const fold = async (current: OverlayGeneration): Promise<void> => {
    await unread();
    while (!signal.aborted) {
      try {
        await foldGeneration(deps, current, signal);
        await unread();
        await letGo(deps, current);
        return remove({ ...current, state: "retired" });
      } catch {
        // Nothing is lost: until it is folded, it is read as it lies. `pause` ends it when the service stops.
        await pause(AFTER_FAILURE_MS);
      }
    }
  };
  return {
    remove,
    fold(project, source) {
      const key = `${project}/${source}`;
      const { generation: over, overlay: generation } = deps.generations.reading(project, source);
      if (generation === undefined) return;
      const work = async (): Promise<void> => {
        const current = await deps.log.get({ project, source, generation });
        if (current) await fold({ ...current, over });
      };
      const mine = work()
        .catch(() => {})
        .finally(() => {
          if (folds.get(key) === mine) folds.delete(key);
        });
      folds.set(key, mine);
    },
    async folded(project, source) {
      const waited = new AbortController();
      const signal = AbortSignal.any([closing.signal, waited.signal]);
      const enough = delay(FOLDED_MS_MAX, undefined, { signal, ref: false }).catch(() => {});
      await Promise.race([folds.get(`${project}/${source}`), enough]);
      waited.abort();
    },
    async close() {
      closing.abort(new Error("the service stops"));
      await Promise.all([...folds.values()]);
      await removals;
    },
  };
}

async function removeGeneration(deps: BackgroundDeps, retired: Generation): Promise<void> {
  const { generations, removal, log } = deps;
  const { project, source, generation, layouts } = retired;
  if (isOverlay(retired)) await letGo(deps, retired);
  const later = generations.of(project, source).map((it) => it.id);
  for (const id of new Set([...layouts, ...later])) await removal.removeLayout(layoutInGeneration(id, generation));
  // Without its record nobody would look for what the power brings back.
  await removal.flush();
  await log.remove(retired);
}
