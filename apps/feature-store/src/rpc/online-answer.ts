import type { GetOnlineFeaturesResponse } from "@throughline/contracts/throughline/features/v1/feature_store_service_pb";
import type { FeatureVector } from "@throughline/contracts/throughline/features/v1/online_pb";
import { BackwardWriter, type SelfWritten, WRITTEN } from "@throughline/rpc";
import type { FeatureService } from "../domain/feature-service.ts";
import type { OnlinePlan } from "../domain/online-plan.ts";
import { type FoundRows, vectorsOf } from "../domain/online-read.ts";
import { vectorsToProto } from "./convert-vectors.ts";
import { VectorWriter } from "./write-vectors.ts";

/** Bytes of a vector beside its values, and of a value with its status and times, about. */
const [VECTOR_BYTES, VALUE_BYTES] = [96, 40];
/** Of what stands beside the vectors. */
const REST_BYTES = 1_024;

/** True for a plan whose features are latest values and those of the request: their answer can write itself. */
export const isSelfWritten = (plan: OnlinePlan): boolean =>
  plan.onDemand === undefined && plan.views.every((it) => it.windows.length === 0);

/**
 * The answer to a read of such a plan. Over gRPC it goes out as bytes, without a message for each value: a hundred rows of ten features would
 * be three thousand of them. Whoever calls in this process gets the messages when they ask for them.
 */
export class OnlineAnswer implements GetOnlineFeaturesResponse, SelfWritten {
  readonly $typeName = "throughline.features.v1.GetOnlineFeaturesResponse";
  readonly features: string[];
  readonly version: bigint;
  readonly digest: string;
  readonly #found: FoundRows;
  #vectors: FeatureVector[] | undefined;

  constructor({ features, version, digest }: FeatureService, found: FoundRows) {
    this.features = features as string[];
    this.version = BigInt(version);
    this.digest = digest;
    this.#found = found;
  }

  get vectors(): FeatureVector[] {
    this.#vectors ??= vectorsToProto(vectorsOf(this.#found));
    return this.#vectors;
  }

  [WRITTEN](): Uint8Array {
    const { plan, rowCount } = this.#found;
    const writer = new BackwardWriter(REST_BYTES + rowCount * (VECTOR_BYTES + VALUE_BYTES * plan.featureCount));
    if (this.digest !== "") writer.text(4, this.digest);
    if (this.version !== 0n) writer.int64(3, this.version);
    const vectors = new VectorWriter(writer, this.#found);
    for (let row = rowCount - 1; row >= 0; row--) vectors.write(row);
    for (let i = this.features.length - 1; i >= 0; i--) writer.text(1, this.features[i] ?? "");
    return writer.written();
  }
}
