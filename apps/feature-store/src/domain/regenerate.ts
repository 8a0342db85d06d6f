import { setTimeout as delay } from "node:timers/promises";
import type { Clock, NewId } from "@throughline/kernel";
import type { Write } from "@throughline/store";
import type { Generation, GenerationLog, LayoutRemoval } from "./generation-log.ts";
import { type Generations, type KnownLayout, layoutInGeneration } from "./generations.ts";
import type { Run } from "./load-source.ts";
import { type MaterializerDeps, materializer } from "./materialize.ts";
import { afterExtractStep, isOnline, readProgress } from "./online-write.ts";
import { logAfter, type RevertPlan } from "./revert-plan.ts";

/** Computes the online values of a source anew, beside those that are read. */
export interface Regenerate {
  /** Computes them as they will be after a revert. Either `read` or `abandon` ends it. */
  prepare(plan: RevertPlan, run: Run): Promise<PreparedGeneration>;
  /** Ends what an ended process left: completes what is read, and removes what is not. To be called once, before reads. */
  recover(signal: AbortSignal): Promise<void>;
  /** Resolves when no removal is under way. */
  close(): Promise<void>;
}

/** Online values that are complete, but not read yet. */
export interface PreparedGeneration {
  readonly generation: string;
  /**
   * Takes up what was committed meanwhile. To be called while nobody of this process commits to the project; `dataVersion`
   * is the one that is about to be made. Returns the writes that belong to its commit.
   */
  finish(dataVersion: number): Promise<readonly Write[]>;
  /** From now on requests read them. The values of before are removed, in the background. */
  read(): Promise<void>;
  /** Removes them, in the background. */
  abandon(): Promise<void>;
}

/** What it needs. `online` of the materializer is the store with all layouts in their current generation. */
export interface RegenerateDeps extends MaterializerDeps {
  readonly generations: Generations;
  readonly log: GenerationLog;
  readonly removal: LayoutRemoval;
  readonly newId: NewId;
  readonly clock: Clock;
  /** Makes `generations` know every layout of a source, also of views that no feature service names. */
  readonly learn: (project: string, source: string) => Promise<void>;
}

/** How long other processes may go on reading what was just replaced: calls last no longer, and they look every second. */
const OTHERS_READ_MS = 90_000;
/** What another process prepares is taken for abandoned after so long. */
const ABANDONED_MS = 24 * 60 * 60_000;

export function regenerate(deps: RegenerateDeps): Regenerate {
  const closing = new AbortController();
  let removals: Promise<void> = Promise.resolve();
  const remove = (retired: Generation): void => {
    const settled = deps.generations.settled();
    const others = deps.removal.isShared
      ? delay(OTHERS_READ_MS, undefined, { signal: closing.signal, ref: false })
      : undefined;
    // It is awaited behind other removals, and may fail before.
    others?.catch(() => {});
    const work = async (): Promise<void> => {
      await Promise.all([settled, others]);
      await removeGeneration(deps, retired);
    };
    // What fails is found again when the service opens: its record stays.
    removals = removals.then(work).catch(() => {});
  };
  return {
    prepare: (plan, run) => prepare(deps, remove, { plan, run }),
    async recover(signal) {
      const found: Generation[] = [];
      for await (const it of deps.log.everything()) found.push(it);
      const begun = deps.clock.now() - (deps.removal.isShared ? ABANDONED_MS : 0);
      for (const it of found) {
        if (it.state === "current") await complete(deps, it, signal);
        else if (it.state === "retired" || (it.timeMs ?? 0) <= begun) remove(it);
      }
    },
    async close() {
      closing.abort(new Error("the service stops"));
      await removals;
    },
  };
}

interface Preparing {
  readonly plan: RevertPlan;
  readonly run: Run;
}

async function prepare(
  deps: RegenerateDeps,
  remove: (retired: Generation) => void,
  { plan, run }: Preparing,
): Promise<PreparedGeneration> {
  const { generations, log } = deps;
  const { project, id: source } = plan.source;
  await deps.learn(project, source);
  const before = generations.current(project, source);
  const next: Generation = {
    project,
    source,
    generation: deps.newId(),
    state: "preparing",
    layouts: [],
    timeMs: deps.clock.now(),
  };
  const layouts = (): readonly string[] => generations.of(project, source).map((it) => it.id);
  await log.put({ ...next, layouts: layouts() });
  const abandon = async (): Promise<void> => {
    const abandoned: Generation = { ...next, state: "retired", layouts: layouts() };
    await log.put(abandoned);
    remove(abandoned);
  };
  await bring(deps, next, { plan, run }).catch(async (error: unknown) => {
    await abandon();
    throw error;
  });
  let since = 0;
  const retired = (): Generation => ({ ...next, generation: before, state: "retired", layouts: layouts() });
  return {
    generation: next.generation,
    async finish(dataVersion) {
      since = dataVersion;
      await bring(deps, next, { plan, run: { signal: run.signal, progress: () => {} } });
      await markAll(deps, next, dataVersion - 1);
      const current: Generation = { ...next, state: "current", layouts: layouts(), since: dataVersion };
      return [...log.putting(current), ...log.putting(retired())];
    },
    async read() {
      generations.change(project, source, { generation: next.generation, since });
      remove(retired());
    },
    abandon,
  };
}

/** Brings the layouts of a source that have online values up to date in a generation. */
async function bring(deps: RegenerateDeps, { generation }: Generation, { plan, run }: Preparing): Promise<void> {
  const online = deps.generations.within(generation);
  const segments = logAfter(deps.segments, plan);
  const subject = materializer({ ...deps, online, segments });
  for (const layout of await inUse(deps, plan.source)) await subject.materialize(onlyOf(layout), run);
}

/** Layouts that nobody materialised, and to which nothing was pushed, have nothing to compute anew. */
async function inUse(
  { generations }: RegenerateDeps,
  { project, id }: RevertPlan["source"],
): Promise<readonly KnownLayout[]> {
  const found: KnownLayout[] = [];
  for (const it of generations.of(project, id)) {
    if ((await generations.online.state(it.id)) !== undefined) found.push(it);
  }
  return found;
}

const onlyOf = ({ bound, selection }: KnownLayout) => ({ ...bound, views: [selection] });

/** Says that everything up to a data version is accounted for: what a revert takes out must not come online afterwards. */
async function markAll(deps: RegenerateDeps, next: Generation, dataVersion: number): Promise<void> {
  const online = deps.generations.within(next.generation);
  const step = { dataVersions: [dataVersion], from: 0, rowCount: 0, done: true };
  for (const { id } of deps.generations.of(next.project, next.source)) {
    if ((await deps.generations.online.state(id)) === undefined) continue;
    await online.apply({ changes: [], state: { name: id, advance: (note) => afterExtractStep(note, step) } });
  }
}

/** The power may have failed before the last entries reached the disk: they are computed again. */
async function complete(deps: RegenerateDeps, current: Generation, signal: AbortSignal): Promise<void> {
  const { project, source, generation, since = 0 } = current;
  if (deps.generations.current(project, source) !== generation) return;
  const subject = materializer(deps);
  for (const layout of deps.generations.of(project, source)) {
    if (!current.layouts.includes(layout.id)) continue;
    const note = await deps.online.state(layout.id);
    if (note !== undefined && isOnline(readProgress(note), since - 1)) continue;
    await subject.materialize(onlyOf(layout), { signal, progress: () => {} });
  }
}

async function removeGeneration({ generations, removal, log }: RegenerateDeps, retired: Generation): Promise<void> {
  const { project, source, generation, layouts } = retired;
  const later = generations.of(project, source).map((it) => it.id);
  for (const id of new Set([...layouts, ...later])) await removal.removeLayout(layoutInGeneration(id, generation));
  await log.remove(retired);
}
