import { judge } from "@throughline/rollouts";
import { type Cohort, cohortsOf, type Until } from "./cohort.ts";
import type { AnalysisEvidence, Conclusion, ObservedRollout } from "./observed-rollout.ts";
import type { OutcomeParts } from "./outcomes-of-records.ts";

/**
 * Concludes from the log and the feedback what is to become of a rollout. It takes up where it was; one that is new reads everything
 * since the rollout began, and comes to the same.
 */
export interface Analyst {
  /** The rollout at its newest revision; records of before an instant are taken. */
  conclude(rollout: ObservedRollout, knownByMs: number): Promise<Conclusion>;
}

export function analyst(parts: OutcomeParts): Analyst {
  let cohorts: readonly Cohort[] | undefined;
  let timeline: ObservedRollout["timeline"] = [];
  return {
    async conclude(rollout, knownByMs) {
      // What was taken with the share of the step before, although a new one had begun, is taken anew.
      if (cohorts && isRewritten(cohorts, timeline, rollout.timeline)) cohorts = undefined;
      cohorts ??= cohortsOf(parts, rollout);
      timeline = rollout.timeline;
      await parts.feedback.settled(rollout.deployment);
      for (const it of cohorts) await it.advance(rollout, { knownByMs });
      return concluded(rollout, cohorts, knownByMs);
    },
  };
}

/** What a decision comes to if it is concluded again. */
export async function concludeAgain(
  parts: OutcomeParts,
  rollout: ObservedRollout,
  untils: readonly Until[],
): Promise<Conclusion> {
  const cohorts = cohortsOf(parts, rollout);
  for (const [i, it] of cohorts.entries()) {
    const until = untils[i];
    if (until?.position) await it.advance(rollout, until);
  }
  return concluded(rollout, cohorts, untils[0]?.knownByMs ?? 0);
}

function isRewritten(
  cohorts: readonly Cohort[],
  before: ObservedRollout["timeline"],
  after: ObservedRollout["timeline"],
): boolean {
  const added = after.find((it, i) => before[i]?.timeMs !== it.timeMs || before[i]?.share !== it.share);
  return added !== undefined && cohorts.some((it) => it.newestMs() >= added.timeMs);
}

function concluded(rollout: ObservedRollout, cohorts: readonly Cohort[], knownByMs: number): Conclusion {
  const seen = Math.max(...cohorts.map((it) => it.taken()));
  const evidence = cohorts
    .flatMap((it) => it.readings(rollout).map((reading) => ({ ...reading, waitingCount: seen - it.taken() })))
    .sort((a, b) => a.index - b.index)
    .map(({ index: _, ...reading }): AnalysisEvidence => reading);
  const elapsedMs = knownByMs - (rollout.timeline.at(-1)?.timeMs ?? rollout.startMs);
  const verdict = judge(rollout.plan, { step: rollout.step, elapsedMs }, evidence);
  const positions = cohorts.map((it) => it.position() ?? { segment: "", offset: 0 });
  return { verdict, evidence, positions, knownByMs, reason: reasonOf(evidence, verdict) };
}

function reasonOf(evidence: readonly AnalysisEvidence[], verdict: Conclusion["verdict"]): string {
  const telling = verdict === "CONTINUE" ? evidence : evidence.filter((it) => it.verdict === verdict);
  const parts = telling.map(({ analysis, verdict: own, low, high, candidateCount, problem }) =>
    problem === ""
      ? `${analysis} says ${own}: candidate minus baseline is from ${low.toPrecision(4)} to ${high.toPrecision(4)} after ${candidateCount} observations of the candidate`
      : `${analysis}: ${problem}`,
  );
  return parts.join("; ") || "nothing is compared";
}
