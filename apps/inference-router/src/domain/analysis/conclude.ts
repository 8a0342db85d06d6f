import {
  type Analysis,
  designOf,
  judge,
  type Measurement,
  measuredReading,
  pooled,
  readingOf,
} from "@throughline/rollouts";
import { type ArmsLearnt, armRewards } from "./arm-rewards.ts";
import type { EvidencePart } from "./evidence-part.ts";
import type { AnalysisEvidence, ArmShare, Conclusion, ObservedRollout } from "./observed-rollout.ts";

/** What a conclusion is drawn from. */
export interface Grounds {
  /** Of each router at most one, tuned alike. */
  readonly parts: readonly EvidencePart[];
  /** By analysis. */
  readonly measurements: ReadonlyMap<string, Measurement>;
  readonly knownByMs: number;
}

/** What is to become of a rollout. It follows from the grounds alone. */
export function concluded(rollout: ObservedRollout, { parts, measurements, knownByMs }: Grounds): Conclusion {
  const evidence = rollout.plan.analyses.map((analysis) =>
    analysis.source.kind === "PROMETHEUS"
      ? measuredEvidence(analysis, measurements.get(analysis.name))
      : comparedEvidence(rollout, analysis, parts),
  );
  const elapsedMs = knownByMs - (rollout.timeline.at(-1)?.timeMs ?? rollout.startMs);
  const verdict = judge(rollout.plan, { step: rollout.step, elapsedMs }, evidence);
  const next = verdict === "CONTINUE" ? nextArms(rollout, parts, knownByMs) : undefined;
  const reason = next ? sharesReason(next) : reasonOf(evidence, verdict);
  const { shares: armShares = [], learnt } = next ?? {};
  return { verdict, evidence, parts, armShares, ...(learnt && { learnt }), knownByMs, reason };
}

function comparedEvidence(
  { plan }: ObservedRollout,
  analysis: Analysis,
  parts: readonly EvidencePart[],
): AnalysisEvidence {
  const design = designOf(analysis, plan);
  const told = parts.flatMap((it) => it.analyses.filter(({ analysis: name }) => name === analysis.name));
  const together = pooled(
    told.map((it) => it.evidence),
    design,
  );
  return {
    ...readingOf(together, design),
    analysis: analysis.name,
    method: `${plan.isPaired ? "paired-" : ""}${design.scale === undefined ? "mixture" : "betting"}`,
    waitingCount: told.reduce((sum, it) => sum + it.waitingCount, 0),
    problem: "",
  };
}

function measuredEvidence(analysis: Analysis, measurement: Measurement | undefined): AnalysisEvidence {
  const asked = measurement ?? NOT_MEASURED;
  const isMissing = asked.candidate === undefined || asked.baseline === undefined;
  return {
    ...measuredReading(analysis, asked),
    analysis: analysis.name,
    method: "prometheus",
    waitingCount: 0,
    problem: isMissing ? "there is no number of both releases, so that nothing is promoted" : "",
    ...(measurement && { measurement }),
  };
}

const NOT_MEASURED: Measurement = {
  candidateQuery: "",
  baselineQuery: "",
  timeMs: 0,
  candidate: undefined,
  baseline: undefined,
  missingSinceMs: undefined,
};

/** What the arms of a bandit are to have, if that may change now and would by enough. */
function nextArms(rollout: ObservedRollout, parts: readonly EvidencePart[], knownByMs: number): ArmsLearnt | undefined {
  const { plan, arms, isRunning } = rollout;
  if (!plan.bandit || !arms || !isRunning || knownByMs - arms.sinceMs < plan.bandit.leastIntervalMs) return undefined;
  return armRewards(plan.bandit).moved(
    parts.flatMap((it) => it.rewards ?? []),
    arms,
  );
}

const shareText = ({ release, weightBasisPoints }: ArmShare): string =>
  `${weightBasisPoints / 100} % of ${release.slice(release.lastIndexOf("/") + 1)}`;

const sharesReason = ({ shares, learnt }: ArmsLearnt): string =>
  `the rewards so far ask for ${shares.map(shareText).join(", ")}${learnt ? " in the mean context" : ""}`;

function reasonOf(evidence: readonly AnalysisEvidence[], verdict: Conclusion["verdict"]): string {
  const telling = verdict === "CONTINUE" ? evidence : evidence.filter((it) => it.verdict === verdict);
  const parts = telling.map((it) =>
    it.problem === "" ? `${it.analysis} says ${it.verdict}: ${groundsOf(it)}` : `${it.analysis}: ${it.problem}`,
  );
  return parts.join("; ") || "nothing is compared";
}

const groundsOf = ({ measurement, low, high, candidateCount }: AnalysisEvidence): string =>
  measurement
    ? `the candidate has ${measurement.candidate}, the baseline ${measurement.baseline}`
    : `candidate minus baseline is from ${low.toPrecision(4)} to ${high.toPrecision(4)} after ${candidateCount} observations of the candidate`;
