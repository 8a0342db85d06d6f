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
  /** Every router: each knows its own log. */
  readonly inferenceRouters: readonly Transport[];
}

/** They read all that they keep. */
const CALL = { timeoutMs: 60_000 };

/** Asks all services which digests they need. Fails if one of them does not answer. */
export function neededByOthers({ registry, featureStore, validation, inferenceRouters }: OtherServices): FindNeeded {
  const clients = [
    createClient(RegistryReferenceService, registry),
    createClient(FeatureReferenceService, featureStore),
    createClient(ValidationReferenceService, validation),
    ...inferenceRouters.map((it) => createClient(InferenceReferenceService, it)),
  ];
  return async (digests) => {
    const asked = await Promise.all(clients.map((it) => it.findReferences({ digests: [...digests] }, CALL)));
    const needed = new Set(asked.flatMap((it) => it.digests));
    return digests.filter((it: Digest) => needed.has(it));
  };
}
