import {
  countedValue,
  type Design,
  designOf,
  type Evidence,
  type Metric,
  metricOf,
  NO_EVIDENCE,
  type Observation,
  observed,
  readingOf,
} from "@throughline/rollouts";
import type { LogPosition } from "../prediction.ts";
import type { LoggedRecord } from "./logged-record.ts";
import { type AnalysisEvidence, delaysOf, type ObservedRollout } from "./observed-rollout.ts";
import { type Comparable, type OutcomeParts, outcomesOf, takesPart } from "./outcomes-of-records.ts";

/**
 * The analyses of a rollout that wait equally long for labels, and what they have seen. Laws:
 * - Records are taken in the order of the log, each once, none before all feedback that may count has arrived.
 * - What was seen depends on nothing but the log, the feedback and the place up to which was read.
 */
export interface Cohort {
  /** Takes in what is due, strictly before an instant, and at most up to a place. */
  advance(rollout: ObservedRollout, until: Until): Promise<void>;
  readings(rollout: ObservedRollout): readonly (AnalysisEvidence & { readonly index: number })[];
  /** Records that took part. */
  taken(): number;
  position(): LogPosition | undefined;
  /** Time of the newest record that took part. */
  newestMs(): number;
}

export interface Until {
  readonly knownByMs: number;
  readonly position?: LogPosition | undefined;
}

interface Member {
  readonly index: number;
  readonly design: Design;
  readonly metric: Metric;
  evidence: Evidence;
}

/** Records whose feedback is read at once. */
const CHUNK = 500;

/** One cohort for each label delay of the plan, in the order of `delaysOf`. */
export const cohortsOf = (parts: OutcomeParts, { plan }: ObservedRollout): readonly Cohort[] =>
  delaysOf(plan).map((labelDelayMs) => {
    const members = plan.analyses.flatMap((analysis, index): readonly Member[] =>
      analysis.labelDelayMs === labelDelayMs
        ? [{ index, design: designOf(analysis, plan), metric: metricOf(analysis.source), evidence: NO_EVIDENCE }]
        : [],
    );
    return cohort(parts, labelDelayMs, members);
  });

function cohort(parts: OutcomeParts, labelDelayMs: number, members: readonly Member[]): Cohort {
  let position: LogPosition | undefined;
  let [taken, newestMs] = [0, 0];
  const flush = async (rollout: ObservedRollout, records: readonly LoggedRecord[]): Promise<void> => {
    if (members.length > 0) {
      const comparable = await outcomesOf(parts, { rollout, labelDelayMs }, records);
      for (const it of comparable) for (const member of members) take(member, it);
    }
    taken += records.length;
    for (const { timeMs } of records) newestMs = Math.max(newestMs, timeMs);
  };
  return {
    async advance(rollout, until) {
      let waiting: LoggedRecord[] = [];
      let reached = position;
      for await (const record of parts.log.records(rollout.deployment, { sinceMs: rollout.startMs, from: position })) {
        if (record.timeMs + labelDelayMs >= until.knownByMs || isBeyond(record.end, until.position)) break;
        reached = record.end;
        if (!takesPart(rollout, record)) continue;
        waiting.push(record);
        if (waiting.length < CHUNK) continue;
        await flush(rollout, waiting);
        position = reached;
        waiting = [];
      }
      await flush(rollout, waiting);
      position = reached;
    },
    readings: ({ plan }) =>
      members.map(({ index, design, evidence }) => ({
        ...readingOf(evidence, design),
        index,
        analysis: design.analysis.name,
        method: `${plan.isPaired ? "paired-" : ""}${design.scale === undefined ? "mixture" : "betting"}`,
        waitingCount: 0,
        problem: design.analysis.source.kind === "PROMETHEUS" ? NO_PROMETHEUS : "",
      })),
    taken: () => taken,
    position: () => position,
    newestMs: () => newestMs,
  };
}

const NO_PROMETHEUS = "this router has no Prometheus server to ask; compare by latency_ms, error or an expression";

const isBeyond = (end: LogPosition, limit: LogPosition | undefined): boolean =>
  limit !== undefined && (end.segment > limit.segment || (end.segment === limit.segment && end.offset > limit.offset));

function take(member: Member, comparable: Comparable): void {
  const observation = observationOf(member, comparable);
  if (observation) member.evidence = observed(member.evidence, observation, member.design);
}

/** Undefined for what has nothing to do with the metric, such as a request that failed with a metric of answers. */
function observationOf({ design, metric }: Member, comparable: Comparable): Observation | undefined {
  const { analysis } = design;
  if (comparable.kind === "pair") {
    const candidate = countedValue(analysis, metric, comparable.candidate);
    const baseline = countedValue(analysis, metric, comparable.baseline);
    if (candidate !== undefined && baseline !== undefined) return { kind: "pair", candidate, baseline };
    return metric.needsLabel && !comparable.candidate.isFailure ? { kind: "missing" } : undefined;
  }
  const { outcome, isCandidate, share } = comparable;
  const value = countedValue(analysis, metric, outcome);
  if (value !== undefined) return { kind: "arm", isCandidate, share, value };
  return metric.needsLabel && !outcome.isFailure ? { kind: "missing" } : undefined;
}
