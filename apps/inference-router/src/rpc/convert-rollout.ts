import type { MessageInitShape } from "@bufbuild/protobuf";
import type { MirrorMetricsSchema } from "@throughline/contracts/throughline/inference/v1/prediction_pb";
import { type RolloutSummary, Strategy } from "@throughline/contracts/throughline/registry/v1/deployment_pb";
import { type ContextualBandit, contextualBandit } from "../domain/contextual.ts";
import type { ShadowRollout } from "../domain/deployment.ts";
import type { MirrorTally } from "../domain/mirror.ts";
import { banditFromProto } from "./convert-decision.ts";
import { rewardsFromProto } from "./convert-evidence-part.ts";

/** What a rollout that is under way mirrors; undefined unless it is a shadow. */
export const shadowFromProto = ({ name, candidate, strategy, plan }: RolloutSummary): ShadowRollout | undefined =>
  strategy === Strategy.SHADOW ? { rollout: name, candidate, basisPoints: plan?.mirrorBasisPoints ?? 0 } : undefined;

/** The bandit of a rollout that is under way, if it reads the context of each request. */
export const contextualFromProto = ({ plan, armRewards }: RolloutSummary): ContextualBandit | undefined =>
  plan?.bandit &&
  contextualBandit(banditFromProto(plan.bandit), armRewards.length > 0 ? rewardsFromProto(armRewards) : undefined);

/** Undefined if nothing was mirrored. */
export function mirrorToProto({
  answered,
  failed,
  dropped,
}: MirrorTally): MessageInitShape<typeof MirrorMetricsSchema> | undefined {
  if (answered + failed + dropped === 0) return undefined;
  return { answeredCount: BigInt(answered), failedCount: BigInt(failed), droppedCount: BigInt(dropped) };
}
