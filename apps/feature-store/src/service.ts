import { join } from "node:path";
import { DataVersionService } from "@throughline/contracts/throughline/features/v1/data_version_service_pb";
import { DefinitionService } from "@throughline/contracts/throughline/features/v1/definition_service_pb";
import { FeatureStoreService } from "@throughline/contracts/throughline/features/v1/feature_store_service_pb";
import { FreshnessService } from "@throughline/contracts/throughline/features/v1/freshness_service_pb";
import { NecessityService } from "@throughline/contracts/throughline/features/v1/necessity_service_pb";
import { OnlineService } from "@throughline/contracts/throughline/features/v1/online_service_pb";
import { PrivacyService } from "@throughline/contracts/throughline/features/v1/privacy_service_pb";
import { FeatureReferenceService } from "@throughline/contracts/throughline/features/v1/reference_service_pb";
import { SkewService } from "@throughline/contracts/throughline/features/v1/skew_service_pb";
import { TransformService } from "@throughline/contracts/throughline/features/v1/transform_service_pb";
import { OperationService } from "@throughline/contracts/throughline/type/v1/operation_pb";
import { mount, operationHandlers, referenceHandlers, type Service } from "@throughline/rpc";
import { mentionedStore } from "@throughline/store";
import { assemble } from "./assemble.ts";
import type { FeatureStoreDependencies } from "./dependencies.ts";
import { serviceStopping } from "./domain/errors.ts";
import type { FeatureStore } from "./domain/feature-store.ts";
import { logFreshness, measureFreshness } from "./freshness-metrics.ts";
import { applyHandlers } from "./rpc/apply-handlers.ts";
import { dataHandlers } from "./rpc/data-handlers.ts";
import { dataVersionHandlers } from "./rpc/data-version-handlers.ts";
import { definitionHandlers } from "./rpc/definition-handlers.ts";
import { freshnessHandlers } from "./rpc/freshness-handlers.ts";
import { necessityHandlers } from "./rpc/necessity-handlers.ts";
import { onlineHandlers } from "./rpc/online-handlers.ts";
import { privacyHandlers } from "./rpc/privacy-handlers.ts";
import { readHandlers } from "./rpc/read-handlers.ts";
import { skewHandlers } from "./rpc/skew-handlers.ts";
import { streamHandlers } from "./rpc/stream-handlers.ts";
import { transformHandlers } from "./rpc/transform-handlers.ts";
import { openLmdbOnlineStore } from "./store/lmdb-online-store.ts";

/** Opens the feature store. What was pushed and acknowledged before is online when it resolves. */
export async function createFeatureStoreService(given: FeatureStoreDependencies): Promise<Service> {
  const { store, mentions } = mentionedStore(given.store);
  const dependencies = { ...given, store };
  const { blobs, onlineDir } = dependencies;
  const openOnline = dependencies.openOnline ?? openLmdbOnlineStore;
  const online = await openOnline(join(onlineDir, "values"));
  const { featureStore, start, close } = await assemble(dependencies, online);
  const closing = new AbortController();
  await recover(featureStore, closing.signal);
  start();
  return {
    name: "feature-store",
    mounts: [
      mount(FeatureStoreService, {
        ...definitionHandlers(featureStore),
        ...dataHandlers(featureStore),
        ...streamHandlers(featureStore, closing.signal),
        ...readHandlers(featureStore),
      }),
      mount(DataVersionService, dataVersionHandlers(featureStore)),
      mount(DefinitionService, applyHandlers(featureStore)),
      mount(FreshnessService, freshnessHandlers(featureStore)),
      mount(NecessityService, necessityHandlers(featureStore)),
      mount(OnlineService, onlineHandlers(featureStore)),
      mount(PrivacyService, privacyHandlers(featureStore)),
      mount(SkewService, skewHandlers(featureStore)),
      mount(TransformService, transformHandlers(featureStore)),
      mount(FeatureReferenceService, referenceHandlers(mentions)),
      mount(OperationService, operationHandlers(featureStore.operations)),
    ],
    async ready() {
      await Promise.all([store.ping(), blobs.ping(), dependencies.engines?.ready()]);
    },
    measure: (meter) => measureFreshness(meter, featureStore),
    tell: (log) => logFreshness(log, featureStore.alerting),
    async close() {
      closing.abort(serviceStopping());
      await close();
    },
  };
}

/** Learns which layouts are read, and brings online what was committed to them just before the process ended. */
async function recover(featureStore: FeatureStore, signal: AbortSignal): Promise<void> {
  const { catalog, define, layouts, generations, materializer, regenerate } = featureStore;
  for await (const service of catalog.services.everything()) {
    const bound = await define.bound(service);
    await generations.know(bound);
    layouts.add(bound);
  }
  await regenerate.recover(signal);
  await materializer.catchUp(layouts.all(), signal);
}
