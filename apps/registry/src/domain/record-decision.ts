import { digestOfJson, type Json, notFound } from "@throughline/kernel";
import type { Write } from "@throughline/store";
import type { Call } from "./call.ts";
import type { ListPage, PageRequest } from "./change.ts";
import { type DeploymentDeps, nextChange, stateWrites } from "./deployment-writes.ts";
import type { EvidencePoolStore } from "./evidence-parts.ts";
import type { Rollout } from "./rollout.ts";
import { type Conclusions, checkConclusions, type Decision, observationsOf } from "./rollout-decision.ts";
import { decisionSequence, decisionsExhausted, decisionTaken, leadLost } from "./rollout-errors.ts";
import { stepRollout } from "./rollout-machine.ts";
import type { DecisionStore, DecisionsOf } from "./rollout-store.ts";
import { planRollout } from "./rollout-writes.ts";
import { checkRevision, getRollout, rolloutAt } from "./rollouts.ts";

/** Most decisions of a rollout of which all but the effective ones change nothing. */
const DECISIONS_MAX = 100_000;

export interface DecisionDeps extends DeploymentDeps {
  readonly evidencePools: EvidencePoolStore;
  readonly rolloutDecisions: DecisionStore;
}

/** A decision to record. */
export interface WantedDecision extends Conclusions {
  readonly rollout: string;
  readonly sequence: number;
  /** The rollout's. */
  readonly etag: string;
}

export interface Recorded {
  readonly decision: Decision;
  readonly rollout: Rollout;
}

/**
 * Records what was concluded and does what follows, in one change. A repetition is answered as the first time, with the
 * rollout as it is now. Fails with NOT_FOUND, ROLLOUT_ENDED, REVISION_CONFLICT, DECISION_TAKEN, DECISION_SEQUENCE,
 * DECISIONS_EXHAUSTED, EVIDENCE_INVALID, LEAD_LOST.
 */
export async function recordDecision(deps: DecisionDeps, call: Call, wanted: WantedDecision): Promise<Recorded> {
  const recorded = await deps.run(call, async () => {
    const { rollout: name, sequence } = wanted;
    const { current, rollout } = await rolloutAt(deps, name);
    const known = await deps.rolloutDecisions.get(name, sequence);
    if (known) return { writes: [], response: repeated(known, wanted, rollout) };
    checkRevision(rollout, wanted.etag);
    checkConclusions(rollout, wanted);
    await checkLead(deps, wanted);
    const next = (await deps.rolloutDecisions.lastSequence(name)) + 1;
    if (sequence !== next) throw decisionSequence(name, sequence, next);

    const { verdict, evidence, armShares, armRewards } = wanted;
    const reason = wanted.reason || `decision ${sequence}: ${verdict}`;
    // What follows is done by the rollout; who concluded it stands in the decision.
    const change = nextChange(deps, { actor: name }, { current, reason });
    const observations = observationsOf(rollout, evidence);
    const learnt = { armShares, ...(armRewards.length > 0 && { armRewards }) };
    const event = { kind: "DECIDE", verdict, observations, ...(armShares.length > 0 && learnt) } as const;
    const stepped = stepRollout(rollout, event, change.timeMs);
    const isEffective = stepped.rollout !== rollout;
    if (!isEffective && sequence > DECISIONS_MAX) throw decisionsExhausted(name, DECISIONS_MAX);
    const { applied, note } = stepped;
    const done = { applied, note, isEffective, actor: call.actor, timeMs: change.timeMs };
    const decision = decisionOf(wanted, rollout, done);
    const insert = deps.rolloutDecisions.insert(decision);
    if (!isEffective) return { writes: [deps.deployments.hold(current), ...insert], response: { decision, rollout } };

    const after = { ...stepped.rollout, change: { ...change, revision: rollout.change.revision + 1 } };
    const traffic = stepped.traffic ?? current.traffic;
    const planned = await planRollout(deps, { current, before: rollout, rollout: after, traffic, change });
    const writes: readonly Write[] = [...(await stateWrites(deps, planned)), ...insert];
    return { writes, response: { decision, rollout: after } };
  });
  if (recorded.decision.isEffective) deps.changed();
  return recorded;
}

/** Fails with LEAD_LOST. Two that take each other's place meanwhile are told apart by the sequence of their decisions. */
async function checkLead(
  { evidencePools }: Pick<DecisionDeps, "evidencePools">,
  { rollout, router }: WantedDecision,
): Promise<void> {
  if (router === "") return;
  const leader = (await evidencePools.get(rollout))?.pool.leader ?? "";
  if (leader !== router) throw leadLost(rollout, router, leader);
}

function repeated(known: Decision, wanted: WantedDecision, rollout: Rollout): Recorded {
  if (known.contentDigest !== contentDigest(wanted)) throw decisionTaken(wanted.rollout, wanted.sequence);
  return { decision: known, rollout };
}

type Done = Pick<Decision, "applied" | "note" | "isEffective" | "actor" | "timeMs">;

const decisionOf = (wanted: WantedDecision, { change, step }: Rollout, done: Done): Decision => {
  const { rollout, sequence, verdict, evidence, armShares, armRewards } = wanted;
  const { logPositions, knownByMs, seed, reason, parts, router } = wanted;
  return {
    ...done,
    parts,
    router,
    rollout,
    sequence,
    rolloutRevision: change.revision,
    step,
    verdict,
    evidence,
    armShares,
    armRewards,
    logPositions,
    ...(knownByMs !== undefined && { knownByMs }),
    seed,
    reason,
    contentDigest: contentDigest(wanted),
  };
};

/** Numbers as texts, because evidence may be infinite or not a number. */
const contentDigest = (wanted: WantedDecision): string =>
  digestOfJson(
    JSON.parse(JSON.stringify(wanted, (_, it: unknown) => (typeof it === "number" ? String(it) : it))) as Json,
  );

/** Fails with NOT_FOUND. */
export async function getDecision(
  { rolloutDecisions }: Pick<DecisionDeps, "rolloutDecisions">,
  rollout: string,
  sequence: number,
): Promise<Decision> {
  const decision = await rolloutDecisions.get(rollout, sequence);
  if (!decision) throw notFound(`${rollout}/decisions/${sequence}`);
  return decision;
}

/** Decisions of a rollout, newest first. Fails with NOT_FOUND for the rollout. */
export async function listDecisions(
  deps: Pick<DecisionDeps, "rollouts" | "rolloutDecisions">,
  of: DecisionsOf,
  page: PageRequest,
): Promise<ListPage<Decision>> {
  await getRollout(deps, of.rollout, of.asOfMs);
  return deps.rolloutDecisions.list(of, page);
}
