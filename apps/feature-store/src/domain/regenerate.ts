import { setTimeout as delay } from "node:timers/promises";
import { type Clock, isDomainError, type NewId } from "@throughline/kernel";
import type { Generation, LayoutRemoval } from "./generation-log.ts";
import { layoutInGeneration } from "./generations.ts";
import type { Run } from "./load-source.ts";
import { isAttached } from "./overlay.ts";
import {
  completeOverlay,
  foldGeneration,
  isOverlay,
  letGo,
  type OverlayGeneration,
  type OverlayGenerationDeps,
  overlaysOf,
  prepareOverlay,
} from "./overlay-generation.ts";
import { attachedOverlay } from "./overlay-note.ts";
import type { PreparedGeneration } from "./prepared-generation.ts";
import type { RevertPlan } from "./revert-plan.ts";
import { completeWhole, prepareWhole, type WholeDeps } from "./whole-generation.ts";

/** Makes online values of a source as they will be after a revert, beside those that are read. */
export interface Regenerate {
  /**
   * Makes an overlay of what changes, which costs what the revert touches; or, if that cannot be or is not wanted, computes all
   * of them anew. Either `read` or `abandon` ends it.
   */
  prepare(plan: RevertPlan, run: Run, how?: { readonly wholly: boolean }): Promise<PreparedGeneration>;
  /** Ends what an ended process left: completes what is read, and removes what is not. To be called once, before reads. */
  recover(signal: AbortSignal): Promise<void>;
  /** Resolves when nothing is folded or removed. */
  close(): Promise<void>;
}

/** What it needs. `online` of the materializer is the store with all layouts in their current generation. */
export interface RegenerateDeps extends WholeDeps, OverlayGenerationDeps {
  readonly removal: LayoutRemoval;
  readonly newId: NewId;
  readonly clock: Clock;
  /** Makes `generations` know every layout of a source, also of views that no feature service names. */
  readonly learn: (project: string, source: string) => Promise<void>;
  source(project: string, id: string): Promise<RevertPlan["source"]>;
}

/** How long other processes may go on reading what was just replaced: calls last no longer, and they look every second. */
const OTHERS_READ_MS = 90_000;
/** What another process prepares is taken for abandoned after so long. */
const ABANDONED_MS = 24 * 60 * 60_000;
/** How long a revert waits for what the one before it left to fold: then it computes everything anew. */
const FOLDED_MS_MAX = 60_000;
/** How long it rests after a failure of the storage. */
const AFTER_FAILURE_MS = 30_000;

export function regenerate(deps: RegenerateDeps): Regenerate {
  const work = background(deps);
  const prepare: Regenerate["prepare"] = async (plan, run, how) => {
    const { project, id: source } = plan.source;
    await deps.learn(project, source);
    const next = (): Generation => ({
      project,
      source,
      generation: deps.newId(),
      state: "preparing",
      layouts: [],
      timeMs: deps.clock.now(),
    });
    // What lies over the values is folded in within moments, unless other processes have to learn of it first.
    if (!deps.removal.isShared) await work.folded(project, source);
    const { generation: over, overlay } = deps.generations.reading(project, source);
    if (how?.wholly !== true && overlay === undefined) {
      try {
        const prepared = await prepareOverlay(deps, { next: { ...next(), over }, plan, run, remove: work.remove });
        return foldingOnce(prepared, () => work.fold(project, source));
      } catch (error) {
        if (!isDomainError(error, "OVERLAY_IMPOSSIBLE")) throw error;
      }
    }
    return prepareWhole(deps, { next: next(), plan, run, remove: work.remove });
  };
  return { prepare, recover: (signal) => recover(deps, work, signal), close: work.close };
}

const foldingOnce = (prepared: PreparedGeneration, fold: () => void): PreparedGeneration => ({
  ...prepared,
  async read() {
    await prepared.read();
    fold();
  },
});

/** Folds and removes, one after the other, while the service works. */
interface Background {
  /** What lies over a source's values goes into them. */
  fold(project: string, source: string): void;
  /** Resolves when nothing is folded of a source, or after a minute. */
  folded(project: string, source: string): Promise<void>;
  remove(retired: Generation): void;
  close(): Promise<void>;
}

function background(deps: RegenerateDeps): Background {
  const closing = new AbortController();
  const { signal } = closing;
  let removals: Promise<unknown> = Promise.resolve();
  const folds = new Map<string, Promise<void>>();
  const pause = (ms: number): Promise<void> => delay(ms, undefined, { signal, ref: false });
  /** Resolves when nobody reads any more what was read before. */
  const unread = (): Promise<unknown> => {
    const others = deps.removal.isShared ? pause(OTHERS_READ_MS) : undefined;
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

async function recover(deps: RegenerateDeps, work: Background, signal: AbortSignal): Promise<void> {
  const { generations, log, removal, clock } = deps;
  const found: Generation[] = [];
  for await (const it of log.everything()) found.push(it);
  for (const { project, source } of found) await deps.learn(project, source);
  found.push(...(await unrecorded(deps, found)));
  const begun = clock.now() - (removal.isShared ? ABANDONED_MS : 0);
  for (const it of found) {
    const { generation, overlay } = generations.reading(it.project, it.source);
    if (isOverlay(it) && it.state !== "preparing" && generation === it.over) {
      // What the log says was folded may have been lost from the values when the power failed: then both were lost.
      const isLeft = it.state === "current" ? overlay === it.generation : await isAnyAttached(deps, it);
      if (isLeft) await takeUp(deps, it, { work, signal });
      else work.remove(it);
    } else if (it.state === "current" && !isOverlay(it)) await completeWhole(deps, it, signal);
    else if (it.state !== "preparing" || (it.timeMs ?? 0) <= begun) work.remove(it);
  }
}

/** Overlays whose records are gone, while the power took away that they were folded. */
async function unrecorded(deps: RegenerateDeps, found: readonly Generation[]): Promise<readonly OverlayGeneration[]> {
  const { generations, log } = deps;
  const known = new Set(found.map((it) => it.generation));
  const missing: OverlayGeneration[] = [];
  for (const { id, project, source } of generations.all()) {
    const over = generations.current(project, source);
    const attached = attachedOverlay(await generations.store.state(layoutInGeneration(id, over)));
    if (!attached || known.has(attached.generation)) continue;
    const { generation, since } = attached;
    const made: OverlayGeneration = { project, source, generation, over, state: "retired", layouts: [id], since };
    await log.put(made);
    missing.push(made);
  }
  return missing;
}

async function isAnyAttached(deps: RegenerateDeps, it: OverlayGeneration): Promise<boolean> {
  for (const of of overlaysOf(deps, it)) if (await isAttached(deps, of)) return true;
  return false;
}

interface TakingUp {
  readonly work: Background;
  readonly signal: AbortSignal;
}

async function takeUp(deps: RegenerateDeps, it: OverlayGeneration, { work, signal }: TakingUp): Promise<void> {
  const { project, source, generation: overlay } = it;
  if (it.state === "current") await completeOverlay(deps, it, { source: await deps.source(project, source), signal });
  deps.generations.change(project, source, { ...deps.generations.reading(project, source), overlay });
  work.fold(project, source);
}

async function removeGeneration(deps: RegenerateDeps, retired: Generation): Promise<void> {
  const { generations, removal, log } = deps;
  const { project, source, generation, layouts } = retired;
  if (isOverlay(retired)) await letGo(deps, retired);
  const later = generations.of(project, source).map((it) => it.id);
  for (const id of new Set([...layouts, ...later])) await removal.removeLayout(layoutInGeneration(id, generation));
  await log.remove(retired);
}
