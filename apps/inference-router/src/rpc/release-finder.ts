import { createClient, type Transport } from "@connectrpc/connect";
import { ReleaseService } from "@throughline/contracts/throughline/registry/v1/release_service_pb";
import { LIMITS, notFound } from "@throughline/kernel";
import type { Release } from "../domain/release.ts";
import { releaseFromProto } from "./convert-registry.ts";

/** Asks the registry for a release. Fails with NOT_FOUND, with RELEASE_UNUSABLE, and as the registry does. */
export function releaseFinder(registry: Transport): (name: string) => Promise<Release> {
  const client = createClient(ReleaseService, registry);
  return async (name) => {
    const { release } = await client.getRelease({ name }, { timeoutMs: LIMITS.deadlineMsDefault });
    if (release === undefined) throw notFound(name);
    return releaseFromProto(release);
  };
}
