import { isOnline, readProgress } from "./online-write.ts";

/**
 * An overlay lies over the online values of a layout: of the entities that a revert touches it has the entries from the time
 * on from which they differ. While the note of a layout names one, whatever is written to the layout is written to both, in
 * one change. So an overlay that is complete when it is attached stays so, whoever writes.
 */
export interface AttachedOverlay {
  readonly generation: string;
  /** The data version of the revert that it is for. */
  readonly since: number;
  /** The latest of the times from which on it is right, in decimal digits: what changes later meets no earlier entries. */
  readonly mostFromNs: string;
  /** Loads that the revert takes out before they were online: nothing may bring them online while it is under way. */
  readonly hidden: readonly number[];
}

/** The overlay that a note names. */
export function attachedOverlay(note: string | undefined): AttachedOverlay | undefined {
  if (note?.includes('"overlay"') !== true) return undefined;
  return (JSON.parse(note) as { readonly overlay?: AttachedOverlay }).overlay;
}

/** The note as those who bring rows online know it. */
export function withoutOverlay(note: string): string {
  if (!note.includes('"overlay"')) return note;
  const { overlay: _, ...progress } = JSON.parse(note) as Record<string, unknown>;
  return JSON.stringify(progress);
}

/** The note with an overlay, in the place of another if there is one. */
export const withOverlay = (note: string, overlay: AttachedOverlay): string =>
  JSON.stringify({ ...(JSON.parse(note) as object), overlay });

/** True if a step from one note to another brings online what must not come. */
export function bringsHidden(before: string | undefined, after: string, { hidden }: AttachedOverlay): boolean {
  if (hidden.length === 0) return false;
  const [was, will] = [readProgress(before), readProgress(after)];
  return hidden.some(
    (it) => !isOnline(was, it) && (isOnline(will, it) || will.underWay?.dataVersions.includes(it) === true),
  );
}
