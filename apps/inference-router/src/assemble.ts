import { mkdir, rm } from "node:fs/promises";
import { dirname, join, resolve } from "node:path";
import type { Transport } from "@connectrpc/connect";
import type { BlobStore } from "@throughline/blobs";
import { type Clock, LIMITS, type NewId, type PageTokens } from "@throughline/kernel";
import { type LineageRecord, lineageOutbox } from "@throughline/lineage";
import { openOperations } from "@throughline/operations";
import type { Routers } from "@throughline/rpc";
import type { Store } from "@throughline/store";
import type { TableEngine } from "@throughline/tables";
import { answering } from "./answering.ts";
import { batching } from "./batching.ts";
import { type AnalystsOptions, analysts } from "./domain/analysis/analysts.ts";
import { releaseBaselines } from "./domain/analysis/baselines.ts";
import { banditMemory } from "./domain/bandit-memory.ts";
import { deploymentTable } from "./domain/deployment-table.ts";
import { exportPredictions } from "./domain/export-predictions.ts";
import { feedback } from "./domain/feedback.ts";
import { calibrationSource } from "./domain/interval-source.ts";
import { releaseLoader } from "./domain/loaded-release.ts";
import { changes } from "./domain/metrics.ts";
import { preloads } from "./domain/preloads.ts";
import { type RequestIndex, requestIndex } from "./domain/request-index.ts";
import { sealer } from "./domain/sealing/sealer.ts";
import type { ExecutionProvider } from "./host/child-options.ts";
import { modelHosts } from "./host/model-hosts.ts";
import { ROUTER_LIMITS, type RouterLimits } from "./limits.ts";
import { logId } from "./log/log-id.ts";
import { type OpenedLog, openPredictionLog } from "./log/open-log.ts";
import { prometheus } from "./metrics/prometheus.ts";
import { onlineFeatures } from "./rpc/online-features.ts";
import { watchRegistry } from "./rpc/registry-watch.ts";
import { releaseFinder } from "./rpc/release-finder.ts";
import { rolloutRegistry, toldRollouts } from "./rpc/rollout-watch.ts";
import { banditStore } from "./store/bandit-store.ts";
import { exportFile } from "./store/export-file.ts";
import { feedbackStore } from "./store/feedback-store.ts";
import { sealedLogStore } from "./store/sealed-log-store.ts";

/** What the router is built on. It closes none of these. */
export interface RouterDependencies {
  readonly store: Store;
  readonly blobs: BlobStore;
  readonly tables: TableEngine;
  /** Folder of the prediction log and of files under way, in the folder of the service's data. One router at a time may use it. */
  readonly logDir: string;
  readonly clock: Clock;
  /** Ids in the order of their creation: the log's segments follow it. */
  readonly newId: NewId;
  readonly pageTokens: PageTokens;
  /** Reaches the registry. */
  readonly registry: Transport;
  /** Reaches the feature store. */
  readonly features: Transport;
  /** Sends a record to the thread; failures are tried again. */
  readonly recordLineage: (record: LineageRecord, signal: AbortSignal) => Promise<void>;
  /** Told what does not work in the background: a release that cannot be loaded, a registry that is away. */
  readonly onProblem: (subject: string, error: unknown) => void;
  /** The routers that feedback is sent on to, if it is for predictions of theirs. Default: none. */
  readonly routers?: Routers;
  /** The Prometheus server that analyses of rollouts may ask. Default: none. */
  readonly prometheusUrl?: string;
  /** Waits for the disk before an answer leaves. Default false: kill -9 loses nothing, power loss may. */
  readonly logSync?: boolean;
  /** What runs the models, by preference. Default: the processor alone. */
  readonly executionProviders?: readonly ExecutionProvider[];
  readonly limits?: Partial<RouterLimits>;
}

export type Router = Awaited<ReturnType<typeof assemble>>;

/** Puts the parts of a router together. Resolves when the log is read; deployments come in once `watch` is called. */
export async function assemble(dependencies: RouterDependencies) {
  const limits: RouterLimits = { ...ROUTER_LIMITS, ...dependencies.limits };
  const { scratchDir, log, router } = await openFolders(dependencies, limits);
  const remembering = await remember(dependencies, { log, limits });
  const serving = serve(dependencies, { ...remembering, log, limits, scratchDir });
  const working = await work(dependencies, { ...remembering, ...serving, log, limits, scratchDir, router });
  return { ...remembering, ...serving, ...working, log, limits, router };
}

/** What is known of answers that were given: request ids, feedback, and what bandits learnt. */
async function remember(
  { store, clock }: RouterDependencies,
  { log, limits }: { readonly log: OpenedLog; readonly limits: RouterLimits },
) {
  const requests = await rememberedRequests(log, clock, limits);
  const watchers = changes();
  const onChange = watchers.changed;
  const bandits = banditMemory({ store: banditStore(store), log, clock, refreshMs: limits.banditsRefreshMs });
  const outcomes = feedback({ store: feedbackStore(store), log, clock, onChange, onOutcome: bandits.lesson });
  return { requests, watchers, onChange, bandits, outcomes };
}

interface Folders {
  readonly log: OpenedLog;
  readonly limits: RouterLimits;
  readonly scratchDir: string;
}

/** What answers requests: models, the releases made of them, and the deployments that they serve. */
function serve(dependencies: RouterDependencies, parts: Folders & Awaited<ReturnType<typeof remember>>) {
  const { blobs, clock, newId, onProblem, executionProviders: providers } = dependencies;
  const { log, limits, scratchDir, requests, bandits, onChange } = parts;
  const hosts = modelHosts({ blobs, clock, scratchDir, limits, ...(providers && { providers }) });
  const features = onlineFeatures(dependencies.features);
  const calibrations = calibrationSource(blobs);
  const loader = releaseLoader({ hosts, features, calibrations, clock, unloadGraceMs: limits.unloadGraceMs });
  const ahead = preloads({ loader, states: () => table.states(), most: limits.preloadsMax });
  const table = deploymentTable({ loader: ahead.loader, retryMs: limits.retryMs, onProblem });
  const answers = answering({ table, log, requests, bandits, clock, newId, onChange, onProblem, limits });
  return { hosts, features, calibrations, loader, ahead, table, answers };
}

/** What goes on beside the requests: exports, batches, and the evidence of rollouts. */
async function work(
  dependencies: RouterDependencies,
  parts: Folders & Pick<AnalystsOptions, "router"> & Awaited<ReturnType<typeof remember>> & ReturnType<typeof serve>,
) {
  const { store, blobs, tables, clock, newId, pageTokens, onProblem, registry } = dependencies;
  const { log, limits, scratchDir, outcomes, table, answers, hosts, features, calibrations } = parts;
  const outbox = lineageOutbox(store, { name: "inference" });
  const delivery = outbox.deliver(dependencies.recordLineage);
  const settle = (): Promise<void> => delivery.flush();
  const operations = await openOperations({ store, clock, newId, pageTokens, settle, service: "inference-router" });
  const recordLineage = async (records: readonly LineageRecord[]) =>
    void (await store.batch(records.flatMap((it) => outbox.writes(it))));
  const file = exportFile(scratchDir, blobs);
  const sealed = sealedLogStore(store);
  const sealing = sealer({
    log,
    tables,
    clock,
    onProblem,
    sealed,
    lookMs: limits.sealLookMs,
    localMs: limits.logLocalMs,
    file: { ...file, drop: (digest) => blobs.delete(digest) },
    lineage: (records) => records.flatMap((it) => outbox.writes(it)),
  });
  const exporting = exportPredictions({ log, feedback: outcomes, tables, file, clock, recordLineage });
  const { predicting } = answers;
  const batches = batching(dependencies, {
    hosts,
    features,
    calibrations,
    predicting,
    table,
    operations,
    file,
    recordLineage,
    limits,
  });
  const rollouts = rolloutRegistry(registry);
  const baselines = releaseBaselines({ findRelease: releaseFinder(registry), blobs });
  const analysing = analysts({
    log,
    feedback: outcomes,
    baselines,
    clock,
    onProblem,
    registry: rollouts,
    router: parts.router,
    metrics: metricsOf(dependencies, limits),
    lookMs: limits.analysisLookMs,
    tellMs: limits.analysisTellMs,
    measureMs: limits.measureMs,
  });
  const onRollouts = (underWay: Parameters<typeof toldRollouts>[0]): void => analysing.follow(toldRollouts(underWay));
  const reconnectMs = { least: limits.reconnectMsLeast, most: limits.reconnectMsMost };
  const watch = () => watchRegistry({ registry, table, reconnectMs, onProblem, onRollouts });
  return { delivery, operations, sealed, sealing, exporting, batches, rollouts, baselines, analysing, watch };
}

const metricsOf = ({ prometheusUrl: url }: RouterDependencies, limits: RouterLimits) =>
  url === undefined
    ? undefined
    : prometheus({ url, timeoutMs: limits.measureMsMax, answerBytesMax: limits.measureBytesMax });

/** Nobody else works in the folders while the log is ours: what is left of work under way is from a process that was killed. */
async function openFolders(dependencies: RouterDependencies, limits: RouterLimits) {
  const { logDir, newId, logSync, clock, blobs, onProblem } = dependencies;
  const scratchDir = join(logDir, "scratch");
  const log = await openPredictionLog({
    dir: join(logDir, "predictions"),
    within: dirname(dirname(resolve(logDir))),
    newId,
    sync: logSync ?? false,
    segmentBytesMax: limits.segmentBytesMax,
    pendingBytesMax: limits.logPendingBytesMax,
    clock,
    outside: {
      blobs,
      onProblem,
      inputsBytesMax: limits.inputsBytesMax,
      retryMs: limits.retryMs,
      inputsDir: join(logDir, "inputs"),
    },
  });
  await rm(scratchDir, { recursive: true, force: true });
  await mkdir(scratchDir, { recursive: true });
  return { scratchDir, log, router: await logId(logDir, newId) };
}

/** The request ids of the last day, from the log. */
async function rememberedRequests(log: OpenedLog, clock: Clock, limits: RouterLimits): Promise<RequestIndex> {
  const requests = requestIndex({ clock, keptMs: LIMITS.requestIdMsKept, entriesMax: limits.requestIdsMax });
  const sinceMs = clock.now() - LIMITS.requestIdMsKept;
  for (const deployment of log.deployments()) {
    for await (const { request, id, timeMs } of log.withRequests(deployment, sinceMs)) {
      if (timeMs > sinceMs) requests.remember(deployment, { request, id, timeMs });
    }
  }
  return requests;
}
