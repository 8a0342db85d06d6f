import type { Digest } from "@throughline/kernel";
import type { KeptSegment } from "./data-version.ts";
import type { Segment, SegmentLog } from "./segment.ts";
import type { Source } from "./source.ts";

/** What goes out of a source's data, and what comes back. */
export interface RevertPlan {
  readonly source: Source;
  /** They are in the data now. */
  readonly removed: readonly Segment[];
  /** They are not. */
  readonly restored: readonly KeptSegment[];
  /** Files that are read in the place of others. */
  readonly rewritten?: ReadonlyMap<Digest, Digest>;
}

/** The segments that the source has after the revert, of those up to a data version. */
export async function remaining(
  segments: Pick<SegmentLog, "upTo" | "lacking">,
  { source, removed, restored, rewritten = new Map() }: RevertPlan,
  dataVersion: number,
): Promise<readonly Segment[]> {
  const now = await segments.upTo(source.project, source.id, dataVersion);
  const gone = new Set(removed.map((it) => it.dataVersion));
  const left = now.flatMap((it, i): readonly Segment[] => {
    const before = now[i - 1]?.dataVersion ?? 0;
    if (gone.has(it.dataVersion)) return [];
    // What stands behind a removed segment does not follow on what stands before it, though both may lie in one file.
    return [gone.has(before) ? { ...it, previousDataVersion: before } : it];
  });
  const there = new Set(left.map((it) => it.dataVersion));
  // The source may have got columns since the revert was planned.
  const lacking = await segments.lacking(source.project, source.id);
  const back = restored
    .filter((it) => !there.has(it.dataVersion) && it.dataVersion <= dataVersion)
    .map(({ lacks: _, ...it }) => ({ ...it, ...lacking(it.copy ?? it) }));
  return [...left, ...back]
    .sort((a, b) => a.dataVersion - b.dataVersion)
    .map(({ within, ...it }) => ({
      ...it,
      digest: rewritten.get(it.digest) ?? it.digest,
      ...(within !== undefined && { within: rewritten.get(within) ?? within }),
    }));
}

/** The log as it will be after a revert. */
export const logAfter = (segments: SegmentLog, plan: RevertPlan): SegmentLog => ({
  ...segments,
  upTo: (project, source, dataVersion) =>
    project === plan.source.project && source === plan.source.id
      ? remaining(segments, plan, dataVersion)
      : segments.upTo(project, source, dataVersion),
});
