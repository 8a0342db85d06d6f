import { type AnalysisPlan, isOfRequests, type Verdict } from "./plan.ts";
import type { Reading } from "./reading.ts";

/** Where a rollout stands when it is judged. */
export interface StepMoment {
  /** Index of the step. */
  readonly step: number;
  /** How long it has been going on. */
  readonly elapsedMs: number;
}

/**
 * What follows from the readings of all analyses, in the order of the plan:
 * - ABORT if any shows that the candidate is worse.
 * - INCONCLUSIVE if an objective reached its horizon and shows neither that, nor that it is not worse by what matters, or if what is
 *   measured is missing for too long.
 * - PROMOTE if all objectives show that it is not. At a step before the last, and in a plan without objectives, also when a least
 *   duration or number of observations is over, or somebody has to approve: more traffic comes with time as long as nothing speaks
 *   against it, and the whole with proof, if proof is asked for.
 * - CONTINUE otherwise, before the step's least duration and observations are over, and while anything that is measured is missing.
 */
export function judge(plan: AnalysisPlan, moment: StepMoment, readings: readonly Reading[]): Verdict {
  const objectives = readings.filter((_, i) => plan.analyses[i]?.role === "OBJECTIVE");
  if (readings.some((it) => it.verdict === "ABORT")) return "ABORT";
  const measured = readings.filter((_, i) => plan.analyses.some((it, at) => at === i && !isOfRequests(it)));
  if ([...objectives, ...measured].some((it) => it.verdict === "INCONCLUSIVE")) return "INCONCLUSIVE";
  if (measured.some((it) => it.verdict !== "PROMOTE")) return "CONTINUE";
  const { leastDurationMs = 0, leastObservations = 0, needsApproval = false } = plan.steps[moment.step] ?? {};
  const isRipe =
    moment.elapsedMs >= leastDurationMs && objectives.every((it) => it.candidateCount >= leastObservations);
  if (!isRipe) return "CONTINUE";
  if (objectives.length > 0 && objectives.every((it) => it.verdict === "PROMOTE")) return "PROMOTE";
  const isByTime = objectives.length === 0 || moment.step < plan.steps.length - 1;
  const isAsked = leastDurationMs + leastObservations > 0 || needsApproval;
  return isByTime && isAsked ? "PROMOTE" : "CONTINUE";
}
