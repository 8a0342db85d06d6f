import { createHash } from "node:crypto";
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { createClient, type Transport } from "@connectrpc/connect";
import { type BlobStore, openBlobs } from "@throughline/blobs";
import type { Connection } from "@throughline/client";
import { ArtifactService } from "@throughline/contracts/throughline/lineage/v1/artifact_service_pb";
import { LineageService } from "@throughline/contracts/throughline/lineage/v1/lineage_service_pb";
import { DeploymentService } from "@throughline/contracts/throughline/registry/v1/deployment_service_pb";
import { RegistryService } from "@throughline/contracts/throughline/registry/v1/registry_service_pb";
import { ReleaseService } from "@throughline/contracts/throughline/registry/v1/release_service_pb";
import { RolloutService } from "@throughline/contracts/throughline/registry/v1/rollout_service_pb";
import { FileService } from "@throughline/contracts/throughline/tracking/v1/file_service_pb";
import { LoggedModelService } from "@throughline/contracts/throughline/tracking/v1/logged_model_service_pb";
import { StudyService } from "@throughline/contracts/throughline/tracking/v1/study_service_pb";
import { TrackingService } from "@throughline/contracts/throughline/tracking/v1/tracking_service_pb";
import { pageTokens, systemClock, timeOrderedIds } from "@throughline/kernel";
import { createRegistryService, trackingFiles } from "@throughline/registry";
import {
  artifactFinder,
  guard,
  inMemoryTransport,
  lineageSender,
  type Service,
  trustLocalCallers,
} from "@throughline/rpc";
import { openStore } from "@throughline/store";
import { createTrackingService } from "@throughline/tracking";
import type { Place } from "./lines.ts";

/** Tracking and registry on the data of a lane, as their callers see them. */
export interface Services
  extends Pick<
    Connection,
    | "parent"
    | "tracking"
    | "studies"
    | "loggedModels"
    | "files"
    | "artifacts"
    | "lineage"
    | "registry"
    | "releases"
    | "deployments"
    | "rollouts"
  > {
  readonly blobs: BlobStore;
}

/**
 * Opens tracking and registry as the platform does, and nothing else, so that a process is up soon. `onBug` is told the
 * causes of internal errors.
 */
export async function openServices(
  { dir, store: storeUrl, blobs: blobsUrl }: Place,
  options: {
    readonly environment: Readonly<Record<string, string | undefined>>;
    readonly onBug: (cause: unknown) => void;
  },
): Promise<Services> {
  mkdirSync(dir, { recursive: true });
  const store = await openStore(storeUrl);
  const blobs = await openBlobs(blobsUrl, { cacheDir: join(dir, "blob-cache"), env: options.environment });
  const observe = () => ({ bug: options.onBug, end() {} });
  const reach = (service: Service): Transport =>
    inMemoryTransport(service.mounts.map((it) => guard(it, { authenticate: trustLocalCallers, observe })));
  const shared = {
    store,
    blobs,
    clock: systemClock,
    newId: timeOrderedIds(systemClock),
    // A fixed secret: tokens outlive a process, as the platform's do.
    pageTokens: pageTokens(createHash("sha256").update(dir).digest()),
  };
  const tracking = reach(await createTrackingService(shared));
  const registry = reach(
    await createRegistryService({
      ...shared,
      artifacts: artifactFinder(tracking),
      recordLineage: lineageSender(tracking),
      featureServices: { find: async () => undefined, columns: async () => undefined },
      files: trackingFiles(tracking),
    }),
  );
  return {
    parent: "projects/default",
    blobs,
    tracking: createClient(TrackingService, tracking),
    studies: createClient(StudyService, tracking),
    loggedModels: createClient(LoggedModelService, tracking),
    files: createClient(FileService, tracking),
    artifacts: createClient(ArtifactService, tracking),
    lineage: createClient(LineageService, tracking),
    registry: createClient(RegistryService, registry),
    releases: createClient(ReleaseService, registry),
    deployments: createClient(DeploymentService, registry),
    rollouts: createClient(RolloutService, registry),
  };
}
