import type { Write } from "@throughline/store";
import type { DataLog, KeptSegment } from "./data-version.ts";
import { foldOverlay } from "./fold-overlay.ts";
import type { Generation, GenerationLog, LayoutRemoval } from "./generation-log.ts";
import type { KnownLayout } from "./generations.ts";
import type { Once } from "./once.ts";
import { onlineLayout } from "./online-layout.ts";
import { detach, isAttached, type MadeOverlay, makeOverlay, settleHidden } from "./overlay.ts";
import { onlineBusy } from "./overlay-errors.ts";
import type { OverlayDeps, OverlayOf } from "./overlay-request.ts";
import type { PreparedGeneration, Preparing } from "./prepared-generation.ts";
import type { RevertPlan } from "./revert-plan.ts";

/** What overlays of a whole source need. */
export interface OverlayGenerationDeps extends OverlayDeps {
  readonly log: GenerationLog;
  readonly removal: Pick<LayoutRemoval, "flush">;
  readonly dataLog: Pick<DataLog, "get" | "segment" | "folding">;
  readonly once: Once;
}

/** Lays what a revert changes over the online values of a source. Fails with OVERLAY_IMPOSSIBLE. */
export async function prepareOverlay(
  deps: OverlayGenerationDeps,
  { next, plan, run, remove }: Preparing & { readonly next: Generation & { readonly over: string } },
): Promise<PreparedGeneration> {
  const { generations, log } = deps;
  const { project, source, generation: overlay, over: base } = next;
  const all = generations.of(project, source);
  const layouts = all.map((it) => it.id);
  await log.put({ ...next, layouts });
  const abandoned: Generation = { ...next, state: "retired", layouts };
  const made: MadeOverlay[] = [];
  const scratch = await deps.newScratch();
  try {
    for (const it of all) {
      const layout = onlineLayout(it.selection.view);
      made.push(await makeOverlay(deps, { layout, base, overlay, plan, scratch, run }));
    }
  } catch (error) {
    await scratch[Symbol.asyncDispose]();
    await log.retire(next);
    remove(abandoned);
    throw error;
  }
  let since = 0;
  const read = async (): Promise<void> => {
    generations.change(project, source, { generation: base, overlay, since });
    await scratch[Symbol.asyncDispose]();
    // It is committed: what fails is done again before it is folded.
    for (const it of made) await settleHidden(deps, it, plan.removed).catch(() => {});
  };
  return {
    reading: { generation: base, overlay },
    async finish(dataVersion): Promise<readonly Write[]> {
      since = dataVersion;
      for (const it of made) await it.attach(dataVersion);
      return log.finishing({ ...next, state: "current", layouts, since });
    },
    read,
    async abandon() {
      await scratch[Symbol.asyncDispose]();
      // The commit may have been made, though nobody was told.
      if ((await log.retire(next))?.state === "current") return read();
      remove(abandoned);
      // What it hid may come online again at once.
      for (const it of made) await detach(deps, it);
    },
  };
}

/** An overlay that is read, as its record tells. */
export type OverlayGeneration = Generation & { readonly over: string };

export const isOverlay = (it: Generation): it is OverlayGeneration => it.over !== undefined;

/** The layouts that an overlay lies over. */
export function overlaysOf(
  { generations }: Pick<OverlayDeps, "generations">,
  it: OverlayGeneration,
): readonly OverlayOf[] {
  const known = generations.of(it.project, it.source).filter((layout) => it.layouts.includes(layout.id));
  return known.map((layout) => overlayOf(layout, it));
}

const overlayOf = ({ selection }: KnownLayout, { over: base, generation: overlay }: OverlayGeneration): OverlayOf => ({
  layout: onlineLayout(selection.view),
  base,
  overlay,
});

/** The power may have failed before the last entries reached the disk: what was not attached is made again. */
export async function completeOverlay(
  deps: OverlayGenerationDeps,
  current: OverlayGeneration,
  { source, signal }: { readonly source: RevertPlan["source"]; readonly signal: AbortSignal },
): Promise<void> {
  const touching = await touchingOf(deps, current);
  // It is in the data by now: of the live segments nothing goes, and nothing comes.
  const plan: RevertPlan = { source, ...touching };
  const run = { signal, progress: () => {} };
  await using scratch = await deps.newScratch();
  for (const of of overlaysOf(deps, current)) {
    if (!(await isAttached(deps, of))) {
      const made = await makeOverlay(deps, { ...of, plan, scratch, run });
      await made.attach(current.since ?? 0);
    }
    await settleHidden(deps, of, plan.removed);
  }
}

/** Writes an overlay into what it lies over, and lets it be read no more. Nothing happens if it is not read. */
export async function foldGeneration(
  deps: OverlayGenerationDeps,
  current: OverlayGeneration,
  signal: AbortSignal,
): Promise<void> {
  const { project, source, generation } = current;
  const isRead = (): boolean => deps.generations.reading(project, source).overlay === generation;
  if (!isRead()) return;
  const { removed, restored } = await touchingOf(deps, current);
  for (const of of overlaysOf(deps, current)) {
    await settleHidden(deps, of, removed);
    await using scratch = await deps.newScratch();
    const isFolded = await foldOverlay(deps, { ...of, touching: [...removed, ...restored], scratch, signal });
    // What is not folded is not right without it.
    if (!isFolded && isRead()) throw onlineBusy();
  }
  // From here on the record says that it is folded: not even the power may take that away.
  await deps.removal.flush();
  await retire(deps, current);
}

async function retire(
  { once, log, dataLog, generations }: OverlayGenerationDeps,
  current: OverlayGeneration,
): Promise<void> {
  const { project, source, generation: overlay } = current;
  const reading = await once({
    identity: { requestId: "", method: "Overlay.retired", principal: project, requestDigest: "" },
    subject: `${project}/data`,
    async work() {
      const { writes, reading } = await dataLog.folding({ project, source, overlay });
      // What is read stays as it is: so does what the log says of it.
      return {
        writes: writes.length > 0 ? [...writes, ...log.putting({ ...current, state: "retired" })] : [],
        response: reading,
      };
    },
  });
  generations.change(project, source, reading);
}

/** Nobody reads through an overlay any more: whoever writes needs not keep it up. */
export async function letGo(deps: Pick<OverlayDeps, "generations">, retired: OverlayGeneration): Promise<void> {
  for (const of of overlaysOf(deps, retired)) await detach(deps, of);
}

/** What the revert of an overlay took out and brought back. */
async function touchingOf({ dataLog }: OverlayGenerationDeps, { project, since = 0 }: OverlayGeneration) {
  const commit = await dataLog.get(project, since);
  const segmentsOf = async (of: readonly { readonly dataVersion: number }[]): Promise<readonly KeptSegment[]> => {
    const found = await Promise.all(of.map((it) => dataLog.segment(project, it.dataVersion)));
    return found.filter((it) => it !== undefined);
  };
  return { removed: await segmentsOf(commit?.removed ?? []), restored: await segmentsOf(commit?.added ?? []) };
}
