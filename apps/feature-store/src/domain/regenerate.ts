import { type Clock, isDomainError, type NewId } from "@throughline/kernel";
import { type Background, type BackgroundDeps, background } from "./background.ts";
import type { Generation } from "./generation-log.ts";
import { givingUp } from "./giving-up.ts";
import type { Run } from "./load-source.ts";
import { completeOverlay, isOverlay, letGo, type OverlayGeneration, prepareOverlay } from "./overlay-generation.ts";
import type { PreparedGeneration } from "./prepared-generation.ts";
import type { ReadGeneration } from "./read-generation.ts";
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
  /** Ends what other processes left that are gone. See `givingUp`. */
  giveUp(found: readonly Generation[]): Promise<void>;
  /** Resolves when nothing is folded or removed. */
  close(): Promise<void>;
}

/** What it needs. `online` of the materializer is the store with all layouts in their current generation. */
export interface RegenerateDeps extends WholeDeps, BackgroundDeps {
  readonly newId: NewId;
  readonly clock: Clock;
  /** Makes `generations` know every layout of a source, also of views that no feature service names. */
  readonly learn: (project: string, source: string) => Promise<void>;
  source(project: string, id: string): Promise<RevertPlan["source"]>;
  /** What is kept to be read of a source. */
  readingOf(project: string, source: string): Promise<ReadGeneration>;
}

/** So often within the time after which others take it for gone, this process says that it still prepares something. */
const SIGNS = 10;

export function regenerate(deps: RegenerateDeps): Regenerate {
  const work = background(deps);
  /** Ids of what this process prepares. */
  const own = new Set<string>();
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
      const overlaid = { ...next(), over };
      try {
        const prepared = await whileSaying({ ...deps, own }, overlaid, () =>
          prepareOverlay(deps, { next: overlaid, plan, run, remove: work.remove }),
        );
        return foldingOnce(prepared, () => {
          if (deps.generations.reading(project, source).overlay === overlaid.generation) work.fold(project, source);
        });
      } catch (error) {
        if (!isDomainError(error, "OVERLAY_IMPOSSIBLE")) throw error;
      }
    }
    const whole = next();
    return whileSaying({ ...deps, own }, whole, () =>
      prepareWhole(deps, { next: whole, plan, run, remove: work.remove }),
    );
  };
  return {
    prepare,
    recover: (signal) => recover(deps, work, signal),
    giveUp: givingUp({ ...deps, work, isOwn: (it) => own.has(it.generation) }),
    close: work.close,
  };
}

/** Says again and again that a generation is being prepared, until it is read or abandoned. */
async function whileSaying(
  { removal, log, clock, othersMs, own }: RegenerateDeps & { readonly own: Set<string> },
  next: Generation,
  prepare: () => Promise<PreparedGeneration>,
): Promise<PreparedGeneration> {
  // Of a store of this process alone nobody else would take anything away.
  if (!removal.isShared) return prepare();
  const say = (): Promise<void> => log.touch(next, clock.now()).catch(() => {});
  const timer = setInterval(say, othersMs / SIGNS);
  timer.unref();
  own.add(next.generation);
  const end = (): void => {
    clearInterval(timer);
    own.delete(next.generation);
  };
  const last = (work: () => Promise<void>) => () => {
    end();
    return work();
  };
  try {
    const prepared = await prepare();
    return { ...prepared, read: last(prepared.read), abandon: last(prepared.abandon) };
  } catch (error) {
    end();
    throw error;
  }
}

/** Folds what is read once, also if the commit was made though it seemed to fail. */
const foldingOnce = (prepared: PreparedGeneration, foldIfRead: () => void): PreparedGeneration => {
  const folding = (work: () => Promise<void>) => async () => {
    await work();
    foldIfRead();
  };
  return { ...prepared, read: folding(prepared.read), abandon: folding(prepared.abandon) };
};

async function recover(deps: RegenerateDeps, work: Background, signal: AbortSignal): Promise<void> {
  const { generations, log, removal } = deps;
  const found: Generation[] = [];
  for await (const it of log.everything()) found.push(it);
  for (const { project, source } of found) {
    await deps.learn(project, source);
    // Another process may have changed what is read before the log was, and after it was learnt.
    if (removal.isShared) generations.change(project, source, await deps.readingOf(project, source));
  }
  const isRead = (it: Generation): boolean => {
    const { generation, overlay } = generations.reading(it.project, it.source);
    return it.state === "current" && (isOverlay(it) ? overlay === it.generation && generation === it.over : true);
  };
  // The power may have brought back that one is attached which is folded by now: another one has to lie in its place.
  for (const it of removal.isShared ? [] : found) if (isOverlay(it) && !isRead(it)) await letGo(deps, it);
  for (const it of found) {
    if (isRead(it)) await (isOverlay(it) ? takeUp(deps, it, { work, signal }) : completeWhole(deps, it, signal));
    // Of what is shared another process may be preparing it.
    else if (it.state !== "preparing" || !removal.isShared) work.remove(it);
  }
}

interface TakingUp {
  readonly work: Background;
  readonly signal: AbortSignal;
}

async function takeUp(deps: RegenerateDeps, it: OverlayGeneration, { work, signal }: TakingUp): Promise<void> {
  const { project, source } = it;
  await completeOverlay(deps, it, { source: await deps.source(project, source), signal });
  work.fold(project, source);
}
