import type { Generation, GenerationLog } from "./generation-log.ts";
import type { Generations, KnownLayout } from "./generations.ts";
import { type Materializer, type MaterializerDeps, materializer } from "./materialize.ts";
import { onlineLayout } from "./online-layout.ts";
import { afterExtractStep, isEmpty, isOnline, noteSince, type OnlineProgress, readProgress } from "./online-write.ts";
import type { PreparedGeneration, Preparing } from "./prepared-generation.ts";
import { logAfter, type RevertPlan } from "./revert-plan.ts";

/** What computing everything anew needs. `online` is the store with all layouts in their current generation. */
export interface WholeDeps extends MaterializerDeps {
  readonly generations: Generations;
  readonly log: GenerationLog;
}

/** Computes all online values of a source anew, as they will be after a revert. */
export async function prepareWhole(deps: WholeDeps, preparing: Preparing): Promise<PreparedGeneration> {
  const { generations, log } = deps;
  const { next, plan, run, remove } = preparing;
  const { project, source } = next;
  const before = generations.reading(project, source);
  const layouts = (): readonly string[] => generations.of(project, source).map((it) => it.id);
  await log.put({ ...next, layouts: layouts() });
  let since = 0;
  const retired = (): readonly Generation[] => {
    const base: Generation = { ...next, generation: before.generation, state: "retired", layouts: layouts() };
    if (before.overlay === undefined) return [base];
    return [{ ...base, generation: before.overlay, over: before.generation, since: before.since }, base];
  };
  const abandon = async (): Promise<void> => {
    // The commit may have been made, though nobody was told.
    if ((await log.retire(next))?.state === "current") return read();
    remove({ ...next, state: "retired", layouts: layouts() });
  };
  const read = async (): Promise<void> => {
    generations.change(project, source, { generation: next.generation, since });
    for (const it of retired()) remove(it);
  };
  await bring(deps, next, { plan, run }).catch(async (error: unknown) => {
    await abandon();
    throw error;
  });
  return {
    reading: { generation: next.generation },
    async finish(dataVersion) {
      since = dataVersion;
      const quiet = { signal: run.signal, progress: () => {} };
      await markAll(deps, next, {
        plan,
        since,
        used: await bring(deps, next, { plan, run: quiet }),
        signal: run.signal,
      });
      const current: Generation = { ...next, state: "current", layouts: layouts(), since: dataVersion };
      return [...(await log.finishing(current)), ...retired().flatMap((it) => log.putting(it))];
    },
    read,
    abandon,
  };
}

/** Brings the layouts of a source that have online values up to date in a generation. Tells which these are. */
async function bring(
  deps: WholeDeps,
  { generation }: Generation,
  { plan, run }: Pick<Preparing, "plan" | "run">,
): Promise<readonly KnownLayout[]> {
  const subject = materializerOf(deps, generation, plan);
  const used = await inUse(deps, plan.source);
  for (const layout of used) await subject.materialize(onlyOf(layout), run);
  return used;
}

/** Writes into a generation what there is after a revert. */
const materializerOf = (deps: WholeDeps, generation: string, plan: RevertPlan): Materializer =>
  materializer({ ...deps, online: deps.generations.within(generation), segments: logAfter(deps.segments, plan) });

/** Layouts that nobody materialised, and to which nothing was pushed, have nothing to compute anew. */
async function inUse(
  { generations }: WholeDeps,
  { project, id }: RevertPlan["source"],
): Promise<readonly KnownLayout[]> {
  const found: KnownLayout[] = [];
  for (const it of generations.of(project, id)) {
    if (!isEmpty(readProgress(await generations.online.state(it.id)))) found.push(it);
  }
  return found;
}

const onlyOf = ({ bound, selection }: KnownLayout) => ({ ...bound, views: [selection] });

interface Marking {
  readonly plan: RevertPlan;
  /** The data version of the revert. */
  readonly since: number;
  /** Layouts that were brought up. */
  readonly used: readonly KnownLayout[];
  readonly signal: AbortSignal;
}

/**
 * Says that everything before a revert is accounted for: what it takes out must not come online afterwards. Where nothing was
 * online loads stay pending, and whoever looked up which there are before the revert must look again.
 */
async function markAll(deps: WholeDeps, next: Generation, { plan, since, used, signal }: Marking): Promise<void> {
  const online = deps.generations.within(next.generation);
  const all = { dataVersions: [since - 1], order: "bytes" as const, from: 0, rowCount: 0, done: true };
  for (const it of deps.generations.of(next.project, next.source)) {
    const isUsed = used.some(({ id }) => id === it.id);
    if (!isUsed) {
      const layout = onlineLayout(it.selection.view);
      await materializerOf(deps, next.generation, plan).catchUp([layout], signal);
    }
    const advance = (note: string | undefined): string | undefined =>
      isUsed ? afterExtractStep(note, { ...all, ...sinceOf(note) }) : noteSince(note, since);
    await online.apply({ changes: [], state: { name: it.id, advance } });
  }
}

const sinceOf = (note: string | undefined): Pick<OnlineProgress, "since"> => {
  const { since } = readProgress(note);
  return since === undefined ? {} : { since };
};

/** The power may have failed before the last entries reached the disk: they are computed again. */
export async function completeWhole(deps: WholeDeps, current: Generation, signal: AbortSignal): Promise<void> {
  const { project, source, generation, since = 0 } = current;
  if (deps.generations.current(project, source) !== generation) return;
  const subject = materializer(deps);
  for (const layout of deps.generations.of(project, source)) {
    if (!current.layouts.includes(layout.id)) continue;
    const note = await deps.online.state(layout.id);
    const progress = readProgress(note);
    if (isOnline(progress, since - 1) || progress.since === since) continue;
    await subject.materialize(onlyOf(layout), { signal, progress: () => {} });
  }
}
