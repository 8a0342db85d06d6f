import { createClient, type Transport } from "@connectrpc/connect";
import type { RolloutSummary } from "@throughline/contracts/throughline/registry/v1/deployment_pb";
import type { Rollout } from "@throughline/contracts/throughline/registry/v1/rollout_pb";
import { RolloutService } from "@throughline/contracts/throughline/registry/v1/rollout_service_pb";
import { LIMITS, notFound } from "@throughline/kernel";
import { fromMs, reasonOf, toMs, verdictFromProto } from "@throughline/rpc";
import type { ToldRollout } from "../domain/analysis/analysts.ts";
import type { Reported } from "../domain/analysis/evidence-part.ts";
import type { RolloutRegistry } from "../domain/analysis/observed-rollout.ts";
import { evidenceFromProto, evidenceToProto, observedFromProto, verdictToProto } from "./convert-decision.ts";
import {
  partFromProto,
  partToProto,
  reportedFromProto,
  rewardsFromProto,
  rewardsToProto,
} from "./convert-evidence-part.ts";

/** The rollouts of the registry's stream, as far as the analysts need to be told of them. */
export const toldRollouts = (underWay: ReadonlyMap<string, RolloutSummary>): readonly ToldRollout[] =>
  [...underWay.values()].map(({ name, revision }) => ({ name, etag: String(revision) }));

/** Somebody else changed the rollout first, or decided it. */
const OVERTAKEN: readonly string[] = [
  "REVISION_CONFLICT",
  "DECISION_TAKEN",
  "DECISION_SEQUENCE",
  "ROLLOUT_ENDED",
  "LEAD_LOST",
];

/** Of a rollout that is over, which the stream is about to tell. */
const NOTHING_TO_CONCLUDE: Reported = { leads: false, parts: [], tunings: [], behind: [] };

const CALL = { timeoutMs: LIMITS.deadlineMsDefault };

/** Asks the registry about rollouts, and tells it decisions. */
export function rolloutRegistry(registry: Transport): RolloutRegistry {
  const client = createClient(RolloutService, registry);
  const statesOf = async (name: string): Promise<readonly Rollout[]> => {
    const states: Rollout[] = [];
    let pageToken = "";
    do {
      const page = await client.listRolloutChanges({ name, pageSize: 1_000, pageToken }, CALL);
      states.push(...page.states);
      pageToken = page.nextPageToken;
    } while (pageToken !== "");
    return states;
  };
  return {
    async rollout(name) {
      const { rollout } = await client.getRollout({ name }, CALL);
      if (!rollout) throw notFound(name);
      return observedFromProto(rollout, [...(await statesOf(name)), rollout]);
    },
    async report({ name }, part) {
      try {
        return reportedFromProto(await client.reportEvidence({ name, part: partToProto(part) }, CALL));
      } catch (error) {
        if (reasonOf(error) === "ROLLOUT_ENDED") return NOTHING_TO_CONCLUDE;
        throw error;
      }
    },
    async record(rollout, conclusion, router) {
      const request = {
        name: rollout.name,
        sequence: BigInt(rollout.decisionCount + 1),
        etag: rollout.etag,
        verdict: verdictToProto(conclusion.verdict),
        evidence: conclusion.evidence.map(evidenceToProto),
        armShares: [...conclusion.armShares],
        armRewards: conclusion.learnt ? rewardsToProto(conclusion.learnt) : [],
        logPositions: conclusion.parts.flatMap((part) =>
          part.positions.map(({ segment, offset }) => ({ segment, offset: BigInt(offset), router: part.router })),
        ),
        parts: conclusion.parts.map(partToProto),
        router,
        knownBy: fromMs(conclusion.knownByMs),
        reason: conclusion.reason,
      };
      try {
        const { rollout: after } = await client.recordDecision(request, CALL);
        // Its steps are read anew if it moved.
        return after?.etag === rollout.etag ? { ...rollout, decisionCount: rollout.decisionCount + 1 } : undefined;
      } catch (error) {
        if (OVERTAKEN.includes(reasonOf(error) ?? "")) return undefined;
        throw error;
      }
    },
    async decision(name) {
      const { decision } = await client.getDecision({ name }, CALL);
      if (!decision) throw notFound(name);
      const states = await statesOf(name.replace(/\/decisions\/[^/]+$/, ""));
      const revisionOf = ({ change }: Rollout): bigint => change?.revision ?? 0n;
      const until = states.filter((it) => revisionOf(it) <= decision.rolloutRevision);
      const at = until.find((it) => revisionOf(it) === decision.rolloutRevision);
      if (!at) throw notFound(name);
      return {
        rollout: observedFromProto(at, until),
        verdict: verdictFromProto(decision.verdict),
        evidence: decision.evidence.map(evidenceFromProto),
        parts: decision.parts.map(partFromProto),
        armShares: decision.armShares.map(({ release, weightBasisPoints }) => ({ release, weightBasisPoints })),
        ...(decision.armRewards.length > 0 && { learnt: rewardsFromProto(decision.armRewards) }),
        knownByMs: decision.knownBy ? toMs(decision.knownBy) : 0,
      };
    },
  };
}
