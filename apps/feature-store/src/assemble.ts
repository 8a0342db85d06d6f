import { join } from "node:path";
import { type LineageOutbox, lineageOutbox } from "@throughline/lineage";
import { openOperations } from "@throughline/operations";
import { idempotent } from "@throughline/store";
import type { FeatureStoreDependencies } from "./dependencies.ts";
import { alerting } from "./domain/alerting.ts";
import type { Catalog } from "./domain/catalog.ts";
import { type Compacting, compactInBackground } from "./domain/compacting.ts";
import { compactSource } from "./domain/compaction.ts";
import { define } from "./domain/define.ts";
import type { FeatureStore } from "./domain/feature-store.ts";
import { followGenerations } from "./domain/follow-generations.ts";
import { lookForCrossings } from "./domain/freshness-alerts.ts";
import type { LayoutRemoval } from "./domain/generation-log.ts";
import { generations, readingOf } from "./domain/generations.ts";
import { learnViews } from "./domain/learn-views.ts";
import { materializer } from "./domain/materialize.ts";
import { once } from "./domain/once.ts";
import { onlineLayouts } from "./domain/online-layouts.ts";
import type { OnlineStore } from "./domain/online-store.ts";
import type { ReadGeneration } from "./domain/read-generation.ts";
import { regenerate } from "./domain/regenerate.ts";
import { servicePlans } from "./domain/service-plans.ts";
import type { StoredFiles } from "./domain/stored-files.ts";
import { sweepInBackground } from "./domain/sweeping.ts";
import { dataStores, filesOf, resultStores } from "./repositories.ts";
import { predictionFinder } from "./rpc/prediction-finder.ts";
import { registryModels } from "./rpc/registry-models.ts";
import { servingLog } from "./rpc/serving-log.ts";
import { scoringProcesses } from "./scoring/scoring-process.ts";
import { openSelectionThread } from "./selection/selection-threads.ts";
import { catalogStore } from "./store/catalog-store.ts";
import { descriptionStore } from "./store/description-store.ts";
import { generationStore } from "./store/generation-store.ts";
import { privacyPolicyStore } from "./store/privacy-policy-store.ts";
import { scratchFiles } from "./store/scratch-files.ts";
import { segmentLog } from "./store/segment-log.ts";
import { openTransformThread } from "./transforms/transform-threads.ts";

/** The feature store's parts, and what ends with them. */
export interface Assembled {
  readonly featureStore: FeatureStore;
  /** Starts what works in the background. To be called once, when everything is recovered. */
  start(): void;
  close(): Promise<void>;
}

/** A model that is run on a few thousand rows at once: what serves it is given as much. */
const SCORING_LIMITS = { memoryMiB: 2_048, timeoutMs: 600_000 } as const;

/** Calls last no longer, and whoever prepares something says so more often. */
const OTHERS_MS = 90_000;

/** Files of a source that are left alone as long as no more of them are small. */
const FILES_MAX = 64;

/** Puts the parts together on stores that are open. */
export async function assemble(
  dependencies: FeatureStoreDependencies,
  online: OnlineStore & LayoutRemoval,
): Promise<Assembled> {
  const { store, clock, newId, pageTokens } = dependencies;
  const outbox = lineageOutbox(store, { name: "feature_store" });
  const delivery = outbox.deliver((record) => dependencies.recordLineage(record));
  const files = filesOf(dependencies);
  const operations = await openOperations({
    store,
    clock,
    newId,
    pageTokens,
    settle: () => delivery.flush(),
    service: "feature-store",
  });
  const background: { close(): Promise<void> }[] = [];
  const compacting: { current?: Compacting } = {};
  const all = await parts(dependencies, { online, outbox, files });
  const watching = alerting({
    alerts: all.freshnessAlerts,
    find: (signal) => lookForCrossings({ ...all, alerts: all.freshnessAlerts }, signal),
  });
  const featureStore: FeatureStore = {
    ...all,
    operations,
    alerting: watching,
    settleLineage: () => delivery.flush(),
    onCommit(segment, generation) {
      // Another process may have reverted something: the rows belong where they are read.
      if (generation !== undefined) all.generations.change(segment.project, segment.source, generation);
      compacting.current?.committed(segment);
      watching.committed();
    },
  };
  return {
    featureStore,
    start() {
      compacting.current = compactInBackground({
        commitsMax: Math.max(1, featureStore.filesMax / 4),
        compact: async ({ project, source: id }, run) => {
          const source = await featureStore.define.source(project, id);
          const { filesMax } = featureStore;
          await compactSource(featureStore, { source, filesMax, actor: "feature-store" }, run);
        },
      });
      background.push(compacting.current, sweepInBackground(featureStore), watching);
      watching.start();
      if (online.isShared)
        background.push(
          followGenerations({
            log: generationStore(store),
            generations: all.generations,
            readingOf: (project, source) => readingIn(all.catalog, project, source),
            found: (generations) => all.regenerate.giveUp(generations),
          }),
        );
    },
    async close() {
      await operations.close();
      await Promise.all(background.map((it) => it.close()));
      await featureStore.regenerate.close();
      await files.close();
      await delivery.close();
      await online.close();
    },
  };
}

/** What is kept of a source's online values. */
const readingIn = async ({ sources }: Pick<Catalog, "sources">, project: string, id: string): Promise<ReadGeneration> =>
  readingOf((await sources.get(project, id)) ?? {});

interface Opened {
  readonly online: OnlineStore & LayoutRemoval;
  readonly outbox: LineageOutbox;
  readonly files: StoredFiles;
}

/** What other services know. */
const neighbours = ({ lineageWalker, registry, inferenceRouter }: FeatureStoreDependencies) => ({
  lineageWalker,
  predictionFinder: predictionFinder({ registry, inferenceRouter }),
  servingLog: servingLog(inferenceRouter),
  releasedModels: registryModels(registry),
});

async function parts(dependencies: FeatureStoreDependencies, { online, outbox, files }: Opened) {
  const { store, tables, clock, newId, pageTokens, artifacts } = dependencies;
  const { blobs } = files;
  const catalog = catalogStore(store, pageTokens);
  const segments = segmentLog(store);
  const applyOnce = once(idempotent({ store, clock }));
  const descriptions = descriptionStore(store);
  const privacyPolicies = privacyPolicyStore(store, pageTokens);
  const definitions = define({ catalog, descriptions, privacyPolicies, clock, once: applyOnce });
  const newScratch = await scratchFiles(join(dependencies.onlineDir, "scratch"));
  const stores = { ...dataStores(dependencies), ...resultStores(dependencies) };
  const kept = generations(online, (project, id) => readingIn(catalog, project, id));
  const materializing = { online: kept.online, segments, tables, blobs, newScratch, clock };
  return {
    ...stores,
    ...neighbours(dependencies),
    tablesOf: (project: string) => dependencies.engines?.of(project) ?? tables,
    tables,
    blobs,
    artifacts,
    clock,
    catalog,
    segments,
    outbox,
    newScratch,
    pageTokens,
    descriptions,
    online: kept.online,
    generations: kept,
    define: definitions,
    source: definitions.source,
    once: applyOnce,
    openTransformThread,
    openSelectionThread,
    privacyPolicies,
    privacyKeys: dependencies.privacyKeys ?? [],
    newId,
    storedFiles: files,
    materializer: materializer(materializing),
    regenerate: regenerate({
      ...materializing,
      generations: kept,
      removal: online,
      log: stores.generationLog,
      newId,
      clock,
      othersMs: dependencies.othersMs ?? OTHERS_MS,
      dataLog: stores.dataLog,
      once: applyOnce,
      source: definitions.source,
      readingOf: (project, source) => readingIn(catalog, project, source),
      learn: (project, source) => learnViews({ catalog, generations: kept }, project, source),
    }),
    layouts: onlineLayouts(),
    plans: servicePlans({ define: definitions, clock, generations: kept }),
    scoring: scoringProcesses(SCORING_LIMITS),
    filesMax: dependencies.filesMax ?? FILES_MAX,
  };
}
