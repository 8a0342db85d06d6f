import type { BlobStore } from "@throughline/blobs";
import type { Clock, NewId, PageTokens } from "@throughline/kernel";
import { idempotent, mentionedStore, type Store } from "@throughline/store";
import type { TableEngine } from "@throughline/tables";
import { bell } from "./domain/bell.ts";
import type { FindNeeded } from "./domain/byte-sweep.ts";
import type { Tracking } from "./domain/ports.ts";
import { runChanges } from "./domain/run-changes.ts";
import { arrivalNotes } from "./store/arrivals.ts";
import { artifactBytes } from "./store/artifact-bytes.ts";
import { byteSweepStore } from "./store/byte-sweep-store.ts";
import { openCollections, WITHOUT_NEEDS } from "./store/collections.ts";
import { committer } from "./store/commit.ts";
import { datasetStore } from "./store/dataset-store.ts";
import { fileStore } from "./store/file-store.ts";
import { lineageStore } from "./store/lineage-store.ts";
import { loggedModelStore } from "./store/logged-model-store.ts";
import { purgeStore } from "./store/purge-store.ts";
import { memoryOf } from "./store/run-memory.ts";
import { trackingStore } from "./store/tracking-store.ts";

/** How bytes are erased. */
export interface StorageOptions {
  /** Asks all other services which digests they need. */
  readonly others: FindNeeded;
  /** How long bytes stay condemned before they are erased. */
  readonly graceMs: number;
}

/** What the service is built on. It closes none of these. */
export interface TrackingDependencies {
  readonly store: Store;
  readonly blobs: BlobStore;
  readonly clock: Clock;
  /** Ids in the order of their creation: lists of experiments and runs follow it. */
  readonly newId: NewId;
  readonly pageTokens: PageTokens;
  /** How bytes that nobody needs are erased. Without it they stay. */
  readonly storage?: StorageOptions;
  /** What reads tables. Without it the service has no DatasetService. */
  readonly datasets?: {
    readonly tables: TableEngine;
    /** An absolute path of a folder for files in between. One process at a time uses it, and finds it emptied. */
    readonly scratchDir: string;
  };
}

/** What the use cases work with. */
export function openTracking(dependencies: TrackingDependencies): Tracking {
  const { blobs, clock, newId, pageTokens } = dependencies;
  const { store, mentions } = mentionedStore(dependencies.store, { collections: WITHOUT_NEEDS });
  const collections = openCollections(store);
  // Whoever serves on the same store shares it.
  const memory = memoryOf(dependencies.store);
  return {
    store: trackingStore(collections, memory),
    lineage: lineageStore(collections),
    files: fileStore(collections),
    models: loggedModelStore(collections),
    purges: purgeStore(store, collections),
    datasets: datasetStore(collections.datasets),
    bytes: artifactBytes(blobs),
    arrivals: arrivalNotes(collections, dependencies),
    byteSweeps: { ...byteSweepStore(collections), mentions },
    commit: committer({ store, collections, idempotent: idempotent({ store, clock }), ...(memory && { memory }) }),
    clock,
    newId,
    pageTokens,
    changes: runChanges(),
    purged: bell(),
  };
}
