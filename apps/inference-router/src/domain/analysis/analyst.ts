import { type Cohort, cohortsOf, type Until } from "./cohort.ts";
import { type EvidencePart, foreignTunings, type Tuning } from "./evidence-part.ts";
import type { ObservedRollout } from "./observed-rollout.ts";
import type { OutcomeParts } from "./outcomes-of-records.ts";

/**
 * Finds in the log and the feedback of its router what speaks for and against a rollout. It takes up where it was; one that is new
 * reads everything since the rollout began, and comes to the same.
 */
export interface Analyst {
  /** What was seen of the rollout at its newest revision; records of before an instant are taken. */
  part(rollout: ObservedRollout, look: Look): Promise<EvidencePart>;
}

export interface Look {
  readonly knownByMs: number;
  /** By what analyses are tuned, by whomever. */
  readonly tunings: readonly Tuning[];
}

export function analyst(parts: OutcomeParts, router: string): Analyst {
  let cohorts: readonly Cohort[] | undefined;
  let timeline: ObservedRollout["timeline"] = [];
  let tunedBy = "";
  return {
    async part(rollout, { knownByMs, tunings }) {
      const foreign = tunings.filter((it) => it.router !== router);
      // What was counted before another's pilot was told is counted anew, all of it: none of it has told how to count.
      const key = JSON.stringify(foreign);
      if (key !== tunedBy) cohorts = undefined;
      tunedBy = key;
      cohorts ??= cohortsOf(parts, rollout, { router, tunings: foreign });
      // What was taken with the share of the step before, although a new one had begun, is taken anew.
      const added = addedAt(timeline, rollout.timeline);
      if (added !== undefined) for (const it of cohorts) it.rewind(added);
      timeline = rollout.timeline;
      await parts.feedback.settled(rollout.deployment);
      for (const it of cohorts) await it.advance(rollout, { knownByMs });
      return partOf(rollout, cohorts, { router, knownByMs });
    },
  };
}

/** The part of a router as it is found again in its log, from what the part says of where it was read. */
export async function partAgain(
  parts: OutcomeParts,
  rollout: ObservedRollout,
  recorded: EvidencePart,
): Promise<EvidencePart> {
  const { router, knownByMs, positions } = recorded;
  const cohorts = cohortsOf(parts, rollout, { router, tunings: foreignTunings(recorded) });
  for (const [i, it] of cohorts.entries()) {
    const position = positions[i];
    const until: Until = { knownByMs, position };
    if (position && position.segment !== "") await it.advance(rollout, until);
  }
  return { ...partOf(rollout, cohorts, { router, knownByMs }), revision: recorded.revision };
}

/** Time of the first step that is new. */
const addedAt = (before: ObservedRollout["timeline"], after: ObservedRollout["timeline"]): number | undefined =>
  after.find((it, i) => before[i]?.timeMs !== it.timeMs || before[i]?.share !== it.share)?.timeMs;

function partOf(
  rollout: ObservedRollout,
  cohorts: readonly Cohort[],
  { router, knownByMs }: Pick<EvidencePart, "router" | "knownByMs">,
): EvidencePart {
  const seen = Math.max(...cohorts.map((it) => it.taken()));
  const analyses = cohorts
    .flatMap((it) => it.analyses().map((analysis) => ({ ...analysis, waitingCount: seen - it.taken() })))
    .sort((a, b) => a.index - b.index)
    .map(({ index: _, ...analysis }) => analysis);
  const [rewards] = cohorts.flatMap((it) => it.rewards() ?? []);
  return {
    router,
    revision: Number(rollout.etag),
    positions: cohorts.map((it) => it.position() ?? { segment: "", offset: 0 }),
    knownByMs,
    analyses,
    ...(rewards && { rewards }),
  };
}
