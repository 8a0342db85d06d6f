import { createClient, type Transport } from "@connectrpc/connect";
import { FeatureReferenceService } from "@throughline/contracts/throughline/features/v1/reference_service_pb";
import { InferenceReferenceService } from "@throughline/contracts/throughline/inference/v1/reference_service_pb";
import { RegistryReferenceService } from "@throughline/contracts/throughline/registry/v1/reference_service_pb";
import { ValidationReferenceService } from "@throughline/contracts/throughline/validation/v1/reference_service_pb";
import type { Digest } from "@throughline/kernel";
import type { FindNeeded } from "../domain/byte-sweep.ts";

/** Where all services are that may need bytes. */
export interface OtherServices {
  readonly registry: Transport;
  readonly featureStore: Transport;
  readonly validation: Transport;
  /** Every router there is at the time of a question. */
  readonly inferenceRouters: () => Promise<Iterable<Transport>>;
}

/** They read all that they keep. */
const CALL = { timeoutMs: 60_000 };

/** Asks all services which digests they need. Fails if one of them does not answer. */
export function neededByOthers({ registry, featureStore, validation, inferenceRouters }: OtherServices): FindNeeded {
  const clients = [
    createClient(RegistryReferenceService, registry),
    createClient(FeatureReferenceService, featureStore),
    createClient(ValidationReferenceService, validation),
  ];
  return async (digests) => {
    const routers = Array.from(await inferenceRouters(), (it) => createClient(InferenceReferenceService, it));
    const all = [...clients, ...routers];
    const asked = await Promise.all(all.map((it) => it.findReferences({ digests: [...digests] }, CALL)));
    const needed = new Set(asked.flatMap((it) => it.digests));
    return digests.filter((it: Digest) => needed.has(it));
  };
}
