import { concludeAgain } from "./analyst.ts";
import type { AnalysisEvidence, Conclusion, RolloutRegistry } from "./observed-rollout.ts";
import type { OutcomeParts } from "./outcomes-of-records.ts";

/** What a decision came to when it was concluded again. */
export interface Replayed extends Conclusion {
  /** Empty if everything is the same to the last digit. */
  readonly differences: readonly Difference[];
}

export interface Difference {
  /** Such as `verdict` or `evidence[loss].candidate_mean`. */
  readonly field: string;
  readonly recorded: string;
  readonly replayed: string;
}

/** Concludes a recorded decision again, from the log up to where it was read. Fails with NOT_FOUND. */
export async function replayDecision(
  parts: OutcomeParts & { readonly registry: Pick<RolloutRegistry, "decision"> },
  name: string,
): Promise<Replayed> {
  const { rollout, knownByMs, positions, verdict, evidence } = await parts.registry.decision(name);
  const untils = positions.map((position) => ({
    knownByMs,
    position: position.segment === "" ? undefined : position,
  }));
  const conclusion = await concludeAgain(parts, rollout, untils);
  const differences = [
    ...differencesOf("", { verdict }, { verdict: conclusion.verdict }),
    ...conclusion.evidence.flatMap((replayed) => {
      const recorded = evidence.find((it) => it.analysis === replayed.analysis);
      return differencesOf(`evidence[${replayed.analysis}].`, fieldsOf(recorded), fieldsOf(replayed));
    }),
  ];
  return { ...conclusion, differences };
}

/** What has to be the same. A problem is of the time, not of the log. */
function fieldsOf(evidence: AnalysisEvidence | undefined): Readonly<Record<string, unknown>> {
  if (evidence === undefined) return {};
  const { candidateCount, baselineCount, candidateMean, baselineMean, low, high } = evidence;
  const { verdict, alpha, logEValue, method, waitingCount, missingCount, horizonObservations } = evidence;
  return {
    ...{ verdict, alpha, method },
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

type Fields = Readonly<Record<string, unknown>>;

const differencesOf = (path: string, recorded: Fields, replayed: Fields): readonly Difference[] =>
  Object.entries(replayed)
    .filter(([name, it]) => !Object.is(it, recorded[name]))
    .map(([name, it]) => ({
      field: `${path}${name}`,
      recorded: name in recorded ? String(recorded[name]) : "",
      replayed: String(it),
    }));
