import { type Generations, layoutInGeneration } from "./generations.ts";
import type { Run } from "./load-source.ts";
import type { MaterializerDeps } from "./materialize.ts";
import type { OnlineLayout } from "./online-layout.ts";
import { type OnlineProgress, readProgress } from "./online-write.ts";
import { overlayImpossible } from "./overlay-errors.ts";
import { attachedOverlay } from "./overlay-note.ts";
import type { RevertPlan } from "./revert-plan.ts";
import type { ScratchFiles } from "./scratch.ts";

/** What making an overlay needs. */
export interface OverlayDeps extends Omit<MaterializerDeps, "online"> {
  readonly generations: Generations;
}

/** An overlay of one layout. */
export interface OverlayOf {
  readonly layout: OnlineLayout;
  /** The generation that it lies over, and its own. */
  readonly base: string;
  readonly overlay: string;
}

/** Which overlay to make, and for what. */
export interface OverlayRequest extends OverlayOf {
  readonly plan: RevertPlan;
  readonly scratch: ScratchFiles;
  readonly run: Run;
}

/** What is online in a layout over which an overlay can lie. */
export function freeProgress(note: string): OnlineProgress {
  const progress = readProgress(note);
  if (progress.underWay !== undefined || attachedOverlay(note) !== undefined) throw overlayImpossible();
  return progress;
}

/** The note of the layout below an overlay, as it is. */
export const baseNote = (
  { generations }: Pick<OverlayDeps, "generations">,
  { layout, base }: OverlayOf,
): Promise<string | undefined> => generations.store.state(layoutInGeneration(layout.id, base));
