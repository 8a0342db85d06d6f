import { type Rollout, RolloutState, Verdict } from "@throughline/contracts/throughline/registry/v1/rollout_pb";
import type { RolloutAnalysis } from "@throughline/contracts/throughline/registry/v1/rollout_plan_pb";
import { basisPoints, count, counted } from "./format.ts";

/** How a state looks: under way, waiting for somebody, or over. */
export function toneOfRollout(state: RolloutState): "good" | "bad" | "look" | "calm" | "live" {
  switch (state) {
    case RolloutState.RUNNING:
      return "live";
    case RolloutState.PROMOTED:
      return "good";
    case RolloutState.ABORTED:
      return "bad";
    case RolloutState.SUPERSEDED:
      return "calm";
    default:
      return "look";
  }
}

export function toneOfVerdict(verdict: Verdict): "good" | "bad" | "look" | "calm" {
  if (verdict === Verdict.PROMOTE) return "good";
  if (verdict === Verdict.ABORT) return "bad";
  return verdict === Verdict.INCONCLUSIVE ? "look" : "calm";
}

/** Whether a rollout can still change. */
export const isUnderWay = (state: RolloutState): boolean => state < RolloutState.PROMOTED;

/** Something that a person can do to a rollout: a verb of the service, and what comes of it. */
export interface RolloutVerb {
  readonly verb: "approveStep" | "pause" | "resume" | "promote" | "abort";
  readonly does: string;
}

/** What a rollout that is under way takes from a person now. */
export function verbsFor({ state, step, stepApproved, plan }: Rollout): readonly RolloutVerb[] {
  const isPaused = state === RolloutState.PAUSED || state === RolloutState.INCONCLUSIVE;
  const mayBeApproved = (plan?.steps[step]?.needsApproval ?? false) && !stepApproved;
  return [
    ...(mayBeApproved ? [{ verb: "approveStep", does: `lets step ${step + 1} end` } as const] : []),
    isPaused
      ? { verb: "resume", does: "lets it move on by evidence again" }
      : { verb: "pause", does: "leaves the shares as they are; a candidate that is worse is still aborted" },
    { verb: "promote", does: "gives the candidate all traffic, whatever the evidence says" },
    { verb: "abort", does: "gives back the shares of before" },
  ];
}

/** Where a rollout is: `step 2 of 3`. */
export function placeOf({ state, step, plan }: Pick<Rollout, "state" | "step" | "plan">): string {
  const steps = plan?.steps.length ?? 0;
  return isUnderWay(state) && steps > 0 ? `step ${step + 1} of ${steps}` : counted(steps, "step");
}

type Step = NonNullable<Rollout["plan"]>["steps"][number];

/** What a step asks for, in words. */
export function stepText({ weightBasisPoints, leastDuration, leastObservations, needsApproval }: Step): string {
  const seconds = Number(leastDuration?.seconds ?? 0n);
  return [
    `${basisPoints(weightBasisPoints)} to the candidate`,
    seconds > 0 ? `at least ${count(seconds)} s` : "",
    leastObservations > 0n ? `at least ${counted(leastObservations, "observation")}` : "",
    needsApproval ? "with approval" : "",
  ]
    .filter((it) => it !== "")
    .join(", ");
}

/** What an analysis measures. */
export function sourceText({ source }: RolloutAnalysis): string {
  switch (source.case) {
    case "expression":
      return source.value;
    case "latencyMs":
      return "latency in milliseconds";
    case "error":
      return "share of failed requests";
    case "intervalCovered":
      return "coverage of the intervals";
    case "anomaly":
      return "share of answers with missing features, outliers or absent nodes";
    case "featureDrift":
      return `share of features unlike the training${source.value.features.length > 0 ? `: ${source.value.features.join(", ")}` : ""}`;
    case "prometheus":
      return source.value.query;
    default:
      return "–";
  }
}
