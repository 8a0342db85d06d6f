import type { BanditState } from "@throughline/bandits";
import {
  countedValue,
  type Design,
  designOf,
  type Evidence,
  isOfRequests,
  type Metric,
  metricOf,
  NO_EVIDENCE,
  type Observation,
  observed,
} from "@throughline/rollouts";
import type { LogPosition } from "../prediction.ts";
import { type ArmRewards, armRewards } from "./arm-rewards.ts";
import type { AnalysisPart, Tuning } from "./evidence-part.ts";
import type { LoggedRecord } from "./logged-record.ts";
import { delaysOf, type ObservedRollout } from "./observed-rollout.ts";
import { type Comparable, type OutcomeParts, outcomesOf, takesPart } from "./outcomes-of-records.ts";

/**
 * The analyses of a rollout that wait equally long for labels, and what they have seen. Laws:
 * - Records are taken in the order of the log, each once, none before all feedback that may count has arrived.
 * - Nothing counts before the candidate has answered here for the first time, nor that answer: while a router loads the candidate, the
 *   baseline answers all, whatever its share. What comes after it is as if one had begun then, which is no choice by the values.
 * - What was seen depends on nothing but the log, the feedback, the tunings and the place up to which was read.
 */
export interface Cohort {
  /** Takes in what is due, strictly before an instant, and at most up to a place. */
  advance(rollout: ObservedRollout, until: Until): Promise<void>;
  /** Gives back at least what was taken of records from an instant on: it is taken anew. */
  rewind(timeMs: number): void;
  analyses(): readonly (Omit<AnalysisPart, "waitingCount"> & { readonly index: number })[];
  /** What was learnt of the arms; undefined unless the bandit waits so long for labels. */
  rewards(): BanditState | undefined;
  /** Records that took part. */
  taken(): number;
  position(): LogPosition | undefined;
}

export interface Until {
  readonly knownByMs: number;
  readonly position?: LogPosition | undefined;
}

interface Member {
  readonly index: number;
  readonly tunedBy: string;
  readonly design: Design;
  readonly metric: Metric;
}

/** What was seen up to a place of the log. */
interface Seen {
  readonly position: LogPosition | undefined;
  readonly taken: number;
  /** Time of the newest record that was read. */
  readonly newestMs: number;
  /** Whether the candidate has answered. */
  readonly hasBegun: boolean;
  /** Of each member. */
  readonly evidence: readonly Evidence[];
  readonly rewards: BanditState | undefined;
}

/** Records whose feedback is read at once. */
const CHUNK = 500;

/** Looks that are remembered, so that a step that one hears of late costs no reading from the beginning. */
const LOOKS_MAX = 32;

/** What the cohorts of a rollout are made for: a router, and the tunings that others told. */
export interface Tuned {
  readonly router: string;
  readonly tunings: readonly Tuning[];
}

/** One cohort for each label delay of the plan, in the order of `delaysOf`. */
export const cohortsOf = (
  parts: OutcomeParts,
  { plan }: ObservedRollout,
  { router, tunings }: Tuned,
): readonly Cohort[] =>
  delaysOf(plan).map((labelDelayMs) => {
    const members = plan.analyses.flatMap((analysis, index): readonly Member[] => {
      if (analysis.labelDelayMs !== labelDelayMs || !isOfRequests(analysis)) return [];
      const told = tunings.find((it) => it.analysis === analysis.name && it.router !== router);
      const design = designOf(analysis, plan, told?.rho);
      return [{ index, tunedBy: told?.router ?? router, design, metric: metricOf(analysis.source) }];
    });
    const bandit = plan.bandit?.labelDelayMs === labelDelayMs ? armRewards(plan.bandit) : undefined;
    return cohort(parts, labelDelayMs, { members, bandit });
  });

interface Takers {
  readonly members: readonly Member[];
  readonly bandit: ArmRewards | undefined;
}

function cohort(parts: OutcomeParts, labelDelayMs: number, { members, bandit }: Takers): Cohort {
  const evidence = members.map(() => NO_EVIDENCE);
  const first: Seen = {
    position: undefined,
    taken: 0,
    newestMs: 0,
    hasBegun: false,
    evidence,
    rewards: bandit?.empty,
  };
  let looks: readonly Seen[] = [];
  const last = (): Seen => looks.at(-1) ?? first;
  const withRecords = async (seen: Seen, rollout: ObservedRollout, records: readonly LoggedRecord[]): Promise<Seen> => {
    const isRead = members.length > 0 || bandit !== undefined;
    const comparable = isRead ? await outcomesOf(parts, { rollout, labelDelayMs }, records) : [];
    let { hasBegun } = seen;
    const counted = comparable.filter((it) => {
      const isCounted = hasBegun || it.kind === "pair";
      hasBegun ||= it.kind === "arm" && it.isCandidate === true;
      return isCounted;
    });
    return {
      ...seen,
      hasBegun,
      taken: seen.taken + records.length,
      evidence: seen.evidence.map((it, i) => taken(it, members[i] as Member, counted)),
      rewards: bandit && comparable.reduce((state, it) => bandit.learn(state, it), seen.rewards ?? bandit.empty),
    };
  };
  return {
    async advance(rollout, until) {
      let seen = last();
      let { position, newestMs } = seen;
      let waiting: LoggedRecord[] = [];
      const from = { sinceMs: rollout.startMs, from: position };
      for await (const record of parts.log.records(rollout.deployment, from)) {
        if (record.timeMs + labelDelayMs >= until.knownByMs || isBeyond(record.end, until.position)) break;
        position = record.end;
        newestMs = Math.max(newestMs, record.timeMs);
        if (!takesPart(rollout, record)) continue;
        waiting.push(record);
        if (waiting.length < CHUNK) continue;
        seen = await withRecords(seen, rollout, waiting);
        waiting = [];
      }
      seen = await withRecords(seen, rollout, waiting);
      looks = [...looks.slice(1 - LOOKS_MAX), { ...seen, position, newestMs }];
    },
    rewind(timeMs) {
      looks = looks.filter((it) => it.newestMs < timeMs);
    },
    analyses: () =>
      members.map(({ index, design, tunedBy }, i) => {
        const own = last().evidence[i] ?? NO_EVIDENCE;
        return { index, analysis: design.analysis.name, evidence: own, tunedBy: own.rho > 0 ? tunedBy : "" };
      }),
    rewards: () => last().rewards,
    taken: () => last().taken,
    position: () => last().position,
  };
}

const isBeyond = (end: LogPosition, limit: LogPosition | undefined): boolean =>
  limit !== undefined && (end.segment > limit.segment || (end.segment === limit.segment && end.offset > limit.offset));

function taken(evidence: Evidence, member: Member, comparable: readonly Comparable[]): Evidence {
  let after = evidence;
  for (const it of comparable) {
    const observation = observationOf(member, it);
    if (observation) after = observed(after, observation, member.design);
  }
  return after;
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
  // An arm of a bandit that is neither, or chance had no choice.
  if (isCandidate === undefined || !(share > 0 && share < 1)) return undefined;
  const value = countedValue(analysis, metric, outcome);
  if (value !== undefined) return { kind: "arm", isCandidate, share, value };
  return metric.needsLabel && !outcome.isFailure ? { kind: "missing" } : undefined;
}
