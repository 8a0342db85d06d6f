import type { Generation, GenerationLog } from "./generation-log.ts";
import type { Generations, KnownLayout } from "./generations.ts";
import type { Run } from "./load-source.ts";
import { type MaterializerDeps, materializer } from "./materialize.ts";
import { afterExtractStep, isOnline, readProgress } from "./online-write.ts";
import type { PreparedGeneration } from "./regenerate.ts";
import { logAfter, type RevertPlan } from "./revert-plan.ts";

/** What computing everything anew needs. `online` is the store with all layouts in their current generation. */
export interface WholeDeps extends MaterializerDeps {
  readonly generations: Generations;
  readonly log: GenerationLog;
}

/** What to compute anew, for what. */
export interface Preparing {
  /** It has no layouts yet. */
  readonly next: Generation;
  readonly plan: RevertPlan;
  readonly run: Run;
  /** Removes a generation in the background. */
  remove(retired: Generation): void;
}

/** Computes all online values of a source anew, as they will be after a revert. */
export async function prepareWhole(deps: WholeDeps, preparing: Preparing): Promise<PreparedGeneration> {
  const { generations, log } = deps;
  const { next, plan, run, remove } = preparing;
  const { project, source } = next;
  const before = generations.reading(project, source);
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
  const retired = (): readonly Generation[] => {
    const base: Generation = { ...next, generation: before.generation, state: "retired", layouts: layouts() };
    if (before.overlay === undefined) return [base];
    return [{ ...base, generation: before.overlay, over: before.generation, since: before.since }, base];
  };
  return {
    reading: { generation: next.generation },
    async finish(dataVersion) {
      since = dataVersion;
      await bring(deps, next, { plan, run: { signal: run.signal, progress: () => {} } });
      await markAll(deps, next, dataVersion - 1);
      const current: Generation = { ...next, state: "current", layouts: layouts(), since: dataVersion };
      return [current, ...retired()].flatMap((it) => log.putting(it));
    },
    async read() {
      generations.change(project, source, { generation: next.generation, since });
      for (const it of retired()) remove(it);
    },
    abandon,
  };
}

/** Brings the layouts of a source that have online values up to date in a generation. */
async function bring(
  deps: WholeDeps,
  { generation }: Generation,
  { plan, run }: Pick<Preparing, "plan" | "run">,
): Promise<void> {
  const online = deps.generations.within(generation);
  const segments = logAfter(deps.segments, plan);
  const subject = materializer({ ...deps, online, segments });
  for (const layout of await inUse(deps, plan.source)) await subject.materialize(onlyOf(layout), run);
}

/** Layouts that nobody materialised, and to which nothing was pushed, have nothing to compute anew. */
async function inUse(
  { generations }: WholeDeps,
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
async function markAll(deps: WholeDeps, next: Generation, dataVersion: number): Promise<void> {
  const online = deps.generations.within(next.generation);
  const step = { dataVersions: [dataVersion], order: "bytes" as const, from: 0, rowCount: 0, done: true };
  for (const { id } of deps.generations.of(next.project, next.source)) {
    if ((await deps.generations.online.state(id)) === undefined) continue;
    await online.apply({ changes: [], state: { name: id, advance: (note) => afterExtractStep(note, step) } });
  }
}

/** The power may have failed before the last entries reached the disk: they are computed again. */
export async function completeWhole(deps: WholeDeps, current: Generation, signal: AbortSignal): Promise<void> {
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
