import type { BlobStore } from "@throughline/blobs";
import { ArtifactService } from "@throughline/contracts/throughline/lineage/v1/artifact_service_pb";
import { LineageService } from "@throughline/contracts/throughline/lineage/v1/lineage_service_pb";
import { TrackingService } from "@throughline/contracts/throughline/tracking/v1/tracking_service_pb";
import type { Clock, NewId, PageTokens } from "@throughline/kernel";
import { mount, type Service } from "@throughline/rpc";
import { idempotent, type Store } from "@throughline/store";
import { serviceStopping } from "./domain/errors.ts";
import type { Tracking } from "./domain/ports.ts";
import { runChanges } from "./domain/run-changes.ts";
import { artifactHandlers, lineageHandlers } from "./rpc/lineage-handlers.ts";
import { trackingHandlers } from "./rpc/tracking-handlers.ts";
import { artifactBytes } from "./store/artifact-bytes.ts";
import { openCollections } from "./store/collections.ts";
import { committer } from "./store/commit.ts";
import { lineageStore } from "./store/lineage-store.ts";
import { trackingStore } from "./store/tracking-store.ts";

/** What the service is built on. It closes none of these. */
export interface TrackingDependencies {
  readonly store: Store;
  readonly blobs: BlobStore;
  readonly clock: Clock;
  /** Ids in the order of their creation: lists of experiments and runs follow it. */
  readonly newId: NewId;
  readonly pageTokens: PageTokens;
}

/** Serves experiments, runs, artifacts and the thread. */
export async function createTrackingService(dependencies: TrackingDependencies): Promise<Service> {
  const { store, blobs, clock, newId, pageTokens } = dependencies;
  const collections = openCollections(store);
  const tracking: Tracking = {
    store: trackingStore(collections),
    lineage: lineageStore(collections),
    bytes: artifactBytes(blobs),
    commit: committer(store, collections, idempotent({ store, clock })),
    clock,
    newId,
    pageTokens,
    changes: runChanges(),
  };
  const closing = new AbortController();
  return {
    name: "tracking",
    mounts: [
      mount(TrackingService, trackingHandlers(tracking, closing.signal)),
      mount(ArtifactService, artifactHandlers(tracking)),
      mount(LineageService, lineageHandlers(tracking)),
    ],
    async ready() {
      await Promise.all([store.ping(), blobs.ping()]);
    },
    async close() {
      closing.abort(serviceStopping());
    },
  };
}
