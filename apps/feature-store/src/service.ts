import { join } from "node:path";
import type { BlobStore } from "@throughline/blobs";
import { FeatureStoreService } from "@throughline/contracts/throughline/features/v1/feature_store_service_pb";
import { OperationService } from "@throughline/contracts/throughline/type/v1/operation_pb";
import type { Clock, NewId, PageTokens } from "@throughline/kernel";
import { type LineageRecord, lineageOutbox } from "@throughline/lineage";
import { openOperations } from "@throughline/operations";
import { mount, operationHandlers, type Service } from "@throughline/rpc";
import { idempotent, type Store } from "@throughline/store";
import type { TableEngine } from "@throughline/tables";
import { define } from "./domain/define.ts";
import type { FeatureStore } from "./domain/feature-store.ts";
import type { ArtifactFinder } from "./domain/load-source.ts";
import { materializer } from "./domain/materialize.ts";
import { once } from "./domain/once.ts";
import { onlineLayouts } from "./domain/online-layouts.ts";
import { servicePlans } from "./domain/service-plans.ts";
import { dataHandlers } from "./rpc/data-handlers.ts";
import { definitionHandlers } from "./rpc/definition-handlers.ts";
import { readHandlers } from "./rpc/read-handlers.ts";
import { catalogStore } from "./store/catalog-store.ts";
import { openLmdbOnlineStore } from "./store/lmdb-online-store.ts";
import { scratchFiles } from "./store/scratch-files.ts";
import { segmentLog } from "./store/segment-log.ts";
import { trainingSetStore } from "./store/training-set-store.ts";

/** What the feature store is built on. It closes none of these. */
export interface FeatureStoreDependencies {
  readonly store: Store;
  readonly blobs: BlobStore;
  readonly tables: TableEngine;
  /** An absolute path of a folder for online values and files in between. One process at a time may use it. */
  readonly onlineDir: string;
  readonly clock: Clock;
  readonly newId: NewId;
  readonly pageTokens: PageTokens;
  /** Tells which uploaded files a project knows. */
  readonly artifacts: ArtifactFinder;
  /** Brings one record to the service that keeps the thread. Called again, with pauses, until it resolves. */
  readonly recordLineage: (record: LineageRecord) => Promise<void>;
}

/** Opens the feature store. What was pushed and acknowledged before is online when it resolves. */
export async function createFeatureStoreService(dependencies: FeatureStoreDependencies): Promise<Service> {
  const { store, blobs, onlineDir } = dependencies;
  const online = await openLmdbOnlineStore(join(onlineDir, "values"));
  const outbox = lineageOutbox(store, { name: "feature_store" });
  const delivery = outbox.deliver((record) => dependencies.recordLineage(record));
  const featureStore = await assemble(dependencies, { online, outbox, settle: () => delivery.flush() });
  const closing = new AbortController();
  await catchUp(featureStore, closing.signal);
  return {
    name: "feature-store",
    mounts: [
      mount(FeatureStoreService, {
        ...definitionHandlers(featureStore),
        ...dataHandlers(featureStore),
        ...readHandlers(featureStore),
      }),
      mount(OperationService, operationHandlers(featureStore.operations)),
    ],
    async ready() {
      await Promise.all([store.ping(), blobs.ping()]);
    },
    async close() {
      closing.abort();
      await featureStore.operations.close();
      await delivery.close();
      await online.close();
    },
  };
}

async function assemble(
  dependencies: FeatureStoreDependencies,
  { online, outbox, settle }: Pick<FeatureStore, "online" | "outbox"> & { readonly settle: () => Promise<void> },
): Promise<FeatureStore> {
  const { store, blobs, tables, clock, newId, pageTokens, artifacts } = dependencies;
  const catalog = catalogStore(store, pageTokens);
  const segments = segmentLog(store);
  const applyOnce = once(idempotent({ store, clock }));
  const definitions = define({ catalog, clock, once: applyOnce });
  const newScratch = await scratchFiles(join(dependencies.onlineDir, "scratch"));
  return {
    ...{ tables, blobs, artifacts, clock, catalog, segments, online, outbox },
    define: definitions,
    source: definitions.source,
    once: applyOnce,
    newScratch,
    trainingSets: trainingSetStore(store, pageTokens),
    materializer: materializer({ online, segments, tables, blobs, newScratch }),
    layouts: onlineLayouts(),
    plans: servicePlans({ define: definitions, clock }),
    operations: await openOperations({ store, clock, newId, pageTokens, settle, service: "feature-store" }),
  };
}

/** Learns which layouts are read, and brings online what was pushed to them just before the process ended. */
async function catchUp({ catalog, define, layouts, materializer }: FeatureStore, signal: AbortSignal): Promise<void> {
  for await (const service of catalog.services.everything()) layouts.add(await define.bound(service));
  await materializer.catchUp(layouts.all(), signal);
}
