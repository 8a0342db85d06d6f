import { invariant } from "@throughline/kernel";
import { layoutInGeneration } from "./generations.ts";
import { afterPush, EMPTY_NOTE, isOnline } from "./online-write.ts";
import { LEAST_NS } from "./overlay-entries.ts";
import { onlineBusy, overlayImpossible } from "./overlay-errors.ts";
import { bringUp, type Filled, fill } from "./overlay-fill.ts";
import { attachedOverlay, withOverlay, withoutOverlay } from "./overlay-note.ts";
import { baseNote, freeProgress, type OverlayDeps, type OverlayOf, type OverlayRequest } from "./overlay-request.ts";
import type { Segment } from "./segment.ts";

/** An overlay that is written, but of which nobody knows. */
export interface MadeOverlay extends OverlayOf {
  /**
   * Brings it up to what is online in the layout at this moment, and attaches it to the layout's note, so that from then on
   * both are written together. `dataVersion` is the one that is about to be made. Fails with OVERLAY_IMPOSSIBLE.
   */
  attach(dataVersion: number): Promise<void>;
}

/** How often rows that came online meanwhile are brought up before it is given up. */
const ATTEMPTS_MAX = 50;

/**
 * Makes an overlay of what a revert touches. Where nothing is online it has no values, and keeps what the revert takes out
 * from coming. Fails with OVERLAY_IMPOSSIBLE if there is one already, or a load is coming online, of which the layout has
 * a part, or what comes back is not online: then all values are to be computed anew.
 */
export async function makeOverlay(deps: OverlayDeps, request: OverlayRequest): Promise<MadeOverlay> {
  const { plan, layout, base, overlay } = request;
  const note = (await baseNote(deps, request)) ?? (await newNote(deps, request));
  const progress = freeProgress(note);
  const online = (it: Segment): boolean => isOnline(progress, it.dataVersion);
  if (!plan.restored.every(online)) throw overlayImpossible();
  const hidden = plan.removed.filter((it) => !online(it)).map((it) => it.dataVersion);
  const touching = [...plan.removed.filter(online), ...plan.restored];
  const filled = touching.length > 0 ? await fill(deps, request, { touching, progress }) : undefined;
  return { layout, base, overlay, attach: (since) => attach(deps, request, { since, hidden, filled }) };
}

/** The note of a layout that had none: a load could begin to come online beside a revert that has nothing to attach to. */
async function newNote(deps: OverlayDeps, request: OverlayRequest): Promise<string> {
  const advance = (now: string | undefined): string => now ?? EMPTY_NOTE;
  const name = layoutInGeneration(request.layout.id, request.base);
  await deps.generations.store.apply({ changes: [], state: { name, advance } });
  const note = await baseNote(deps, request);
  invariant(note !== undefined, "the note of a layout went away");
  return note;
}

interface Attaching {
  readonly since: number;
  readonly hidden: readonly number[];
  readonly filled: Filled | undefined;
}

async function attach(deps: OverlayDeps, request: OverlayRequest, { since, hidden, filled }: Attaching): Promise<void> {
  const name = layoutInGeneration(request.layout.id, request.base);
  for (let left = ATTEMPTS_MAX; left > 0; left--) {
    const note = await baseNote(deps, request);
    invariant(note !== undefined, "the note of a layout went away");
    const there = attachedOverlay(note);
    // Of a commit that is tried again: only the data version may be another one.
    if (there?.generation === request.overlay && there.since === since) return;
    if (there?.generation !== request.overlay) {
      const progress = freeProgress(note);
      // What was to be hidden came online, and is not among what is touched.
      if (hidden.some((it) => isOnline(progress, it))) throw overlayImpossible();
      if (filled) await bringUp(deps, request, { filled, to: progress });
    }
    const mostFromNs = String(filled?.mostFromNs ?? LEAST_NS);
    const attached = withOverlay(note, { generation: request.overlay, since, mostFromNs, hidden });
    const advance = (now: string | undefined): string | undefined => (now === note ? attached : undefined);
    if ((await deps.generations.store.apply({ changes: [], state: { name, advance } })) !== undefined) return;
  }
  throw onlineBusy();
}

/** Changes what a layout's note says of an overlay of it. Nothing happens if it is not attached. */
async function changeAttached(
  { generations }: Pick<OverlayDeps, "generations">,
  { layout, base, overlay }: OverlayOf,
  changed: (note: string) => string,
): Promise<void> {
  const advance = (note: string | undefined): string | undefined =>
    note !== undefined && attachedOverlay(note)?.generation === overlay ? changed(note) : undefined;
  await generations.store.apply({ changes: [], state: { name: layoutInGeneration(layout.id, base), advance } });
}

/** True if the layout's note names the overlay. */
export async function isAttached(deps: Pick<OverlayDeps, "generations">, of: OverlayOf): Promise<boolean> {
  return attachedOverlay(await baseNote(deps, of))?.generation === of.overlay;
}

/** From now on the layout is written alone. What the overlay hid is pending again. */
export const detach = (deps: Pick<OverlayDeps, "generations">, of: OverlayOf): Promise<void> =>
  changeAttached(deps, of, withoutOverlay);

/** The revert is made: what it hid counts as online from now on, so that it never comes. */
export function settleHidden(
  deps: Pick<OverlayDeps, "generations">,
  of: OverlayOf,
  removed: readonly Pick<Segment, "dataVersion" | "previousDataVersion">[],
): Promise<void> {
  return changeAttached(deps, of, (note) => {
    const attached = attachedOverlay(note);
    if (!attached || attached.hidden.length === 0) return note;
    const hidden = removed.filter((it) => attached.hidden.includes(it.dataVersion));
    const bare = hidden.reduce(
      (before, { dataVersion, previousDataVersion: previous }) =>
        afterPush(before, { dataVersion, previous }) ?? before,
      withoutOverlay(note),
    );
    return withOverlay(bare, { ...attached, hidden: [] });
  });
}
