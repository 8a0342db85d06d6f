import type { MessageInitShape } from "@bufbuild/protobuf";
import type { ShadowPredictionSchema } from "@throughline/contracts/throughline/inference/v1/prediction_pb";
import { fromMs, fromNs } from "@throughline/rpc";
import type { Shadow } from "../domain/prediction.ts";
import { shadowIntervalToProto } from "./convert-interval.ts";

export const shadowToProto = (deployment: string, shadow: Shadow): MessageInitShape<typeof ShadowPredictionSchema> => ({
  prediction: `${deployment}/predictions/${shadow.primary}`,
  release: shadow.facts.release,
  node: shadow.node,
  scores: [...shadow.scores],
  failure: shadow.failure,
  asOf: fromNs(shadow.asOfNs),
  time: fromMs(shadow.timeMs),
  latencyMs: shadow.latencyUs / 1_000,
  ...shadowIntervalToProto(shadow),
  logPosition: { segment: shadow.position.segment, offset: BigInt(shadow.position.offset) },
});
