import type { FieldViolation } from "@throughline/kernel";
import type { Measurement, Verdict } from "@throughline/rollouts";
import type { ArmRewards, Rollout } from "./rollout.ts";
import { evidenceInvalid } from "./rollout-errors.ts";
import { type TrafficShare, WHOLE_BASIS_POINTS } from "./traffic.ts";

/** What one analysis has seen since the rollout began. */
export interface Evidence {
  readonly analysis: string;
  readonly verdict: Verdict;
  readonly candidateCount: number;
  readonly baselineCount: number;
  readonly candidateMean: number;
  readonly baselineMean: number;
  /** Ends of the confidence sequence of candidate minus baseline. */
  readonly differenceLow: number;
  readonly differenceHigh: number;
  readonly alpha: number;
  readonly logEValue: number;
  readonly method: string;
  readonly waitingCount: number;
  readonly missingCount: number;
  readonly horizonObservations: number;
  readonly problem: string;
  /** What Prometheus was asked and answered. */
  readonly measurement?: Measurement;
}

/** What an observer concluded, and up to where it looked. */
export interface Conclusions {
  readonly verdict: Verdict;
  readonly evidence: readonly Evidence[];
  /** Empty: as they are. */
  readonly armShares: readonly TrafficShare[];
  /** For LINEAR_THOMPSON, together with `armShares`: what was learnt of all arms. Empty: as it is. */
  readonly armRewards: readonly ArmRewards[];
  readonly logPositions: readonly { readonly segment: string; readonly offset: number; readonly router: string }[];
  /** The parts of the evidence, by router. */
  readonly parts: readonly EvidencePart[];
  /** The router that put them together. Empty: nobody's lead is asked for. */
  readonly router: string;
  /** Unset if no feedback was counted. */
  readonly knownByMs?: number;
  readonly seed: string;
  /** In words. */
  readonly reason: string;
}

/** What was concluded at one instant of a rollout, and what was done. Never changed. */
export interface Decision extends Conclusions {
  readonly rollout: string;
  /** Dense from 1 within the rollout. */
  readonly sequence: number;
  readonly rolloutRevision: number;
  readonly step: number;
  readonly applied: Verdict;
  /** Why something else was done than the verdict says. */
  readonly note: string;
  /** True if something was different afterwards. */
  readonly isEffective: boolean;
  readonly actor: string;
  readonly timeMs: number;
  /** Digest of what was recorded, by which a repetition is known. */
  readonly contentDigest: string;
}

/** Observations of the candidate in the objective that has the fewest; none are asked for where there is no objective. */
export function observationsOf({ plan }: Rollout, evidence: readonly Evidence[]): number {
  const objectives = new Set(plan.analyses.filter((it) => it.role === "OBJECTIVE").map((it) => it.name));
  const counts = evidence.filter((it) => objectives.has(it.analysis)).map((it) => it.candidateCount);
  return counts.length === 0 ? Number.POSITIVE_INFINITY : Math.min(...counts);
}

/** Refuses evidence that is not about each analysis of the plan, and shares of arms that are not. Fails with EVIDENCE_INVALID. */
export function checkConclusions(rollout: Rollout, { evidence, armShares, armRewards }: Conclusions): void {
  const names = new Set(rollout.plan.analyses.map((it) => it.name));
  const told = evidence.map((it) => it.analysis);
  const problems: FieldViolation[] = told.flatMap((it, i) => {
    const description = !names.has(it)
      ? `the plan has no analysis ${it}`
      : told.indexOf(it) !== i
        ? `${it} comes twice`
        : undefined;
    return description === undefined ? [] : [{ path: `evidence[${i}].analysis`, description }];
  });
  const silent = [...names].filter((it) => !told.includes(it));
  if (silent.length > 0) problems.push({ path: "evidence", description: `nothing is said of ${silent.join(", ")}` });
  const misfit = armShares.length > 0 ? armsProblem(rollout, armShares) : undefined;
  if (misfit) problems.push({ path: "arm_shares", description: misfit });
  const unfit = armShares.length + armRewards.length > 0 ? rewardsProblem(rollout, armRewards) : undefined;
  if (unfit) problems.push({ path: "arm_rewards", description: unfit });
  if (problems.length > 0) throw evidenceInvalid(problems);
}

function armsProblem({ plan }: Rollout, shares: readonly TrafficShare[]): string | undefined {
  if (!plan.bandit) return "the rollout is no bandit";
  const weights = new Map(shares.map((it) => [it.release, it.weightBasisPoints]));
  const { arms } = plan.bandit;
  if (shares.length !== arms.length || arms.some((it) => !weights.has(it.release)))
    return "they are not those of each arm once";
  const low = arms.find((it) => (weights.get(it.release) ?? 0) < it.floorBasisPoints);
  if (low) return `that of ${low.release} is below its floor of ${low.floorBasisPoints}`;
  const sum = shares.reduce((total, it) => total + it.weightBasisPoints, 0);
  return sum === WHOLE_BASIS_POINTS ? undefined : `they sum to ${sum}, not ${WHOLE_BASIS_POINTS}`;
}

/** What was learnt in contexts goes with the shares: the one without the other would be of two different moments. */
function rewardsProblem({ plan: { bandit } }: Rollout, rewards: readonly ArmRewards[]): string | undefined {
  const isContextual = bandit?.policy === "LINEAR_THOMPSON";
  if (!bandit || !isContextual) return rewards.length > 0 ? "only LINEAR_THOMPSON has them" : undefined;
  const told = new Set(rewards.map((it) => it.release));
  if (rewards.length !== bandit.arms.length || bandit.arms.some((it) => !told.has(it.release)))
    return "they are not those of each arm once";
  const width = (bandit.contextFields ?? []).length + 2;
  const wanted = (width * (width + 1)) / 2;
  const misfit = rewards.find((it) => it.sums.length !== wanted);
  return misfit ? `${misfit.release} has ${misfit.sums.length} sums, and not ${wanted}` : undefined;
}

/** What one router has seen of a rollout. */
export interface EvidencePart {
  readonly router: string;
  /** Revision of the rollout that it was computed for. */
  readonly rolloutRevision: number;
  /** How each analysis of the part is tuned. */
  readonly tunings: readonly Tuning[];
  readonly reportTimeMs: number;
  /** Everything that was told, as it came: the registry keeps it, and reads none of it. */
  readonly content: string;
}

/** By what an analysis is tuned; the router is the one whose observations told it. */
export interface Tuning {
  readonly analysis: string;
  readonly router: string;
  /** 0: by nothing yet. */
  readonly rho: number;
}
