import type { Timestamp } from "@bufbuild/protobuf/wkt";
import {
  FeatureStatus,
  type FeatureValue as FeatureValueMessage,
  type FeatureVector as FeatureVectorMessage,
} from "@throughline/contracts/throughline/features/v1/online_pb";
import { fromNs, valueToProto } from "@throughline/rpc";
import type { FeatureVector, VectorValue } from "../domain/online-read.ts";
import { durationOf } from "./convert-duration.ts";

const STATUSES: Readonly<Record<VectorValue["status"], FeatureStatus>> = {
  present: FeatureStatus.PRESENT,
  missing: FeatureStatus.MISSING,
  stale: FeatureStatus.STALE,
};

/** What values are of, and which instant was read. */
export interface ValueDetails {
  readonly asOfNs: bigint;
  /** Version of the view of each feature; undefined for request features. */
  readonly viewVersions: readonly (bigint | undefined)[];
}

export const vectorsToProto = (vectors: readonly FeatureVector[], details?: ValueDetails): FeatureVectorMessage[] => {
  // The values of a view share their times, and rows that came together too: a message for each would be most of the work.
  const [events, knowledge] = [rememberedTime(), rememberedTime()];
  const toProto = ({ value, status, eventNs, knowledgeNs }: VectorValue): FeatureValueMessage => {
    // Put together as they are: to make a message from its parts, or from another one, takes longer than to find the parts.
    const [$typeName, sent] = [FEATURE_VALUE, valueToProto(value)];
    if (knowledgeNs === undefined) return { $typeName, value: sent, status: STATUSES[status] };
    const knowledgeTime = knowledge(knowledgeNs);
    if (eventNs === undefined) return { $typeName, value: sent, status: STATUSES[status], knowledgeTime };
    return { $typeName, value: sent, status: STATUSES[status], eventTime: events(eventNs), knowledgeTime };
  };
  if (!details) return vectors.map((it) => new VectorMessage(it, it.values.map(toProto)));
  const { asOfNs, viewVersions } = details;
  const detailed = (value: VectorValue, i: number): FeatureValueMessage => ({
    ...toProto(value),
    ...(value.eventNs !== undefined && { age: durationOf(asOfNs - value.eventNs) }),
    ...(viewVersions[i] !== undefined && { viewVersion: viewVersions[i] }),
  });
  return vectors.map((it) => new VectorMessage(it, it.values.map(detailed)));
};

const FEATURE_VALUE = "throughline.features.v1.FeatureValue" as const;

/** A message whose digest is computed when somebody reads it, as what encodes it does. */
class VectorMessage implements FeatureVectorMessage {
  readonly $typeName = "throughline.features.v1.FeatureVector";
  readonly values: FeatureValueMessage[];
  readonly #vector: FeatureVector;
  constructor(vector: FeatureVector, values: FeatureValueMessage[]) {
    this.values = values;
    this.#vector = vector;
  }
  get rowDigest(): string {
    return this.#vector.rowDigest;
  }
}

/** Makes messages of times; of the same time as before the same message. */
function rememberedTime(): (ns: bigint) => Timestamp {
  let last: { readonly ns: bigint; readonly time: Timestamp } | undefined;
  return (ns) => {
    if (last?.ns !== ns) last = { ns, time: fromNs(ns) };
    return last.time;
  };
}
