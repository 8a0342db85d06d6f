import type { Evidence } from "@throughline/rollouts";
import { partAgain } from "./analyst.ts";
import { concluded } from "./conclude.ts";
import type { EvidencePart } from "./evidence-part.ts";
import type { AnalysisEvidence, Conclusion, RolloutRegistry } from "./observed-rollout.ts";
import type { OutcomeParts } from "./outcomes-of-records.ts";

/** What a decision came to when it was concluded again. */
export interface Replayed extends Conclusion {
  /** Empty if everything is the same to the last digit. */
  readonly differences: readonly Difference[];
  /** Routers whose parts were computed again, and those whose parts were taken as they were recorded. */
  readonly replayedRouters: readonly string[];
  readonly recordedRouters: readonly string[];
}

export interface Difference {
  /** Such as `verdict` or `evidence[loss].candidate_mean`. */
  readonly field: string;
  readonly recorded: string;
  readonly replayed: string;
}

export interface ReplayParts extends OutcomeParts {
  readonly registry: Pick<RolloutRegistry, "decision">;
  /** Id of this router's log. */
  readonly router: string;
}

/**
 * Concludes a recorded decision again: this router's part from its log up to where it was read, those of others and answers of a server
 * of metrics as they were recorded. Fails with NOT_FOUND.
 */
export async function replayDecision(given: ReplayParts, name: string): Promise<Replayed> {
  const decision = await given.registry.decision(name);
  const { rollout, knownByMs, parts: recorded, verdict, evidence } = decision;
  const isOwn = ({ router }: EvidencePart): boolean => router === given.router;
  const parts = await Promise.all(recorded.map((it) => (isOwn(it) ? partAgain(given, rollout, it) : it)));
  const measurements = new Map(
    evidence.flatMap(({ analysis, measurement }) => (measurement ? [[analysis, measurement] as const] : [])),
  );
  const conclusion = concluded(rollout, { parts, measurements, knownByMs });
  const differences = [
    ...differencesOf("", { verdict, ...armsOf(decision) }, { verdict: conclusion.verdict, ...armsOf(conclusion) }),
    ...conclusion.evidence.flatMap((replayed) => {
      const before = evidence.find((it) => it.analysis === replayed.analysis);
      return differencesOf(`evidence[${replayed.analysis}].`, fieldsOf(before), fieldsOf(replayed));
    }),
    ...parts.flatMap((it, i) => differencesOf(`parts[${it.router}].`, partFieldsOf(recorded[i]), partFieldsOf(it))),
  ];
  const routers = (own: boolean) => recorded.filter((it) => isOwn(it) === own).map((it) => it.router);
  return { ...conclusion, differences, replayedRouters: routers(true), recordedRouters: routers(false) };
}

const armsOf = ({ armShares, learnt }: Pick<Conclusion, "armShares" | "learnt">): Fields => ({
  ...Object.fromEntries(armShares.map((it) => [`arm_shares[${it.release}]`, it.weightBasisPoints])),
  ...Object.fromEntries(
    Object.entries(learnt?.arms ?? {}).map(([arm, sums]) => [`arm_rewards[${arm}]`, JSON.stringify(sums)]),
  ),
});

/** What has to be the same. A problem is of the time, not of the log. */
function fieldsOf(evidence: AnalysisEvidence | undefined): Fields {
  if (evidence === undefined) return {};
  const { candidateCount, baselineCount, candidateMean, baselineMean, low, high } = evidence;
  const { verdict, alpha, logEValue, method, waitingCount, missingCount, horizonObservations } = evidence;
  return {
    verdict,
    alpha,
    method,
    candidate_count: candidateCount,
    baseline_count: baselineCount,
    candidate_mean: candidateMean,
    baseline_mean: baselineMean,
    difference_low: low,
    difference_high: high,
    log_e_value: logEValue,
    waiting_count: waitingCount,
    missing_count: missingCount,
    horizon_observations: horizonObservations,
  };
}

const partFieldsOf = (part: EvidencePart | undefined): Fields =>
  Object.fromEntries([
    ...(part?.analyses ?? []).flatMap(({ analysis, evidence }) => sumsOf(`${analysis}.`, evidence)),
    ...Object.entries(part?.rewards?.arms ?? {}).map(
      ([arm, sums]) => [`rewards[${arm}]`, JSON.stringify(sums)] as const,
    ),
  ]);

const sumsOf = (path: string, { sums, rho, pilotCount }: Evidence): readonly (readonly [string, number])[] => [
  [`${path}weight`, sums.weight],
  [`${path}sum`, sums.sum],
  [`${path}squares`, sums.squares],
  [`${path}rho`, rho],
  [`${path}pilot_count`, pilotCount],
];

type Fields = Readonly<Record<string, unknown>>;

/** Zero has one sign once it was stored. */
const isSame = (a: unknown, b: unknown): boolean => a === b || Object.is(a, b);

const differencesOf = (path: string, recorded: Fields, replayed: Fields): readonly Difference[] =>
  [...new Set([...Object.keys(replayed), ...Object.keys(recorded)])]
    .filter((name) => !isSame(replayed[name], recorded[name]))
    .map((name) => ({
      field: `${path}${name}`,
      recorded: name in recorded ? String(recorded[name]) : "",
      replayed: name in replayed ? String(replayed[name]) : "",
    }));
