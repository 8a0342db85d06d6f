import { mkdir, rm } from "node:fs/promises";
import { join } from "node:path";
import type { Transport } from "@connectrpc/connect";
import type { BlobStore } from "@throughline/blobs";
import { GRPCInferenceService } from "@throughline/contracts/inference/open_inference_pb";
import { InferenceService } from "@throughline/contracts/throughline/inference/v1/inference_service_pb";
import { OperationService } from "@throughline/contracts/throughline/type/v1/operation_pb";
import { type Clock, LIMITS, type NewId, type PageTokens } from "@throughline/kernel";
import { type LineageRecord, lineageOutbox } from "@throughline/lineage";
import { openOperations } from "@throughline/operations";
import { mount, operationHandlers, type Service } from "@throughline/rpc";
import type { Store } from "@throughline/store";
import type { TableEngine } from "@throughline/tables";
import { deploymentTable } from "./domain/deployment-table.ts";
import { registryAway } from "./domain/errors.ts";
import { exportPredictions } from "./domain/export-predictions.ts";
import { feedback } from "./domain/feedback.ts";
import { infer } from "./domain/infer.ts";
import { releaseLoader } from "./domain/loaded-release.ts";
import { changes } from "./domain/metrics.ts";
import { type Predicting, predictor } from "./domain/predict.ts";
import { type RequestIndex, requestIndex } from "./domain/request-index.ts";
import { modelHosts } from "./host/model-hosts.ts";
import { ROUTER_LIMITS, type RouterLimits } from "./limits.ts";
import { type OpenedLog, openPredictionLog } from "./log/open-log.ts";
import { inferenceHandlers } from "./rpc/inference-handlers.ts";
import { onlineFeatures } from "./rpc/online-features.ts";
import { openInferenceHandlers } from "./rpc/open-inference-handlers.ts";
import { watchRegistry } from "./rpc/registry-watch.ts";
import { exportFile } from "./store/export-file.ts";
import { feedbackStore } from "./store/feedback-store.ts";

/** What the router is built on. It closes none of these. */
export interface RouterDependencies {
  readonly store: Store;
  readonly blobs: BlobStore;
  readonly tables: TableEngine;
  /** Folder of the prediction log and of files under way. One router at a time may use it. */
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
  /** Waits for the disk before an answer leaves. Default false: kill -9 loses nothing, power loss may. */
  readonly logSync?: boolean;
  readonly limits?: Partial<RouterLimits>;
}

/** Serves predictions. Resolves when the log is read; deployments come in as the registry sends them. */
export async function createInferenceRouter(dependencies: RouterDependencies): Promise<Service> {
  const { store, blobs, clock, newId, pageTokens, onProblem } = dependencies;
  const limits: RouterLimits = { ...ROUTER_LIMITS, ...dependencies.limits };
  const scratchDir = join(dependencies.logDir, "scratch");
  const log = await openLog(dependencies, limits);
  // Nobody else works here while the log is ours: what is left is from a process that was killed.
  await rm(scratchDir, { recursive: true, force: true });
  await mkdir(scratchDir, { recursive: true });
  const requests = await rememberedRequests(log, clock, limits);
  const watchers = changes();
  const onChange = watchers.changed;
  const outcomes = feedback({ store: feedbackStore(store), log, clock, onChange });
  const hosts = modelHosts({ blobs, clock, scratchDir, limits });
  const features = onlineFeatures(dependencies.features);
  const loader = releaseLoader({ hosts, features, unloadGraceMs: limits.unloadGraceMs });
  const table = deploymentTable({ loader, retryMs: limits.retryMs, onProblem });
  const predicting: Predicting = { table, log, requests, clock, newId, onChange };
  const outbox = lineageOutbox(store, { name: "inference" });
  const delivery = outbox.deliver(dependencies.recordLineage);
  const settle = (): Promise<void> => delivery.flush();
  const operations = await openOperations({ store, clock, newId, pageTokens, settle, service: "inference-router" });
  const recordLineage = async (records: readonly LineageRecord[]) =>
    void (await store.batch(records.flatMap((it) => outbox.writes(it))));
  const { tables } = dependencies;
  const file = exportFile(scratchDir, blobs);
  const exporting = exportPredictions({ log, feedback: outcomes, tables, file, clock, recordLineage });
  const reconnectMs = { least: limits.reconnectMsLeast, most: limits.reconnectMsMost };
  const watch = watchRegistry({ registry: dependencies.registry, table, reconnectMs, onProblem });
  const isReady = () => watch.isComplete() && table.isReady();
  return {
    name: "inference-router",
    mounts: [
      mount(
        InferenceService,
        inferenceHandlers({
          ...{ table, log, feedback: outcomes, changes: watchers, operations, pageTokens },
          predict: predictor(predicting),
          exportPredictions: exporting,
        }),
      ),
      mount(
        GRPCInferenceService,
        openInferenceHandlers({ table, newId, isReady, infer: (request) => infer(predicting, request) }),
      ),
      mount(OperationService, operationHandlers(operations)),
    ],
    async ready() {
      await store.ping();
      if (!watch.isComplete()) throw registryAway();
    },
    async close() {
      await watch.close();
      await operations.close();
      await delivery.close();
      await table.close();
      await loader.close();
      await hosts.close();
      await log.close();
    },
  };
}

const openLog = ({ logDir, newId, logSync }: RouterDependencies, limits: RouterLimits): Promise<OpenedLog> =>
  openPredictionLog({
    dir: join(logDir, "predictions"),
    newId,
    sync: logSync ?? false,
    segmentBytesMax: limits.segmentBytesMax,
    pendingBytesMax: limits.logPendingBytesMax,
  });

/** The request ids of the last day, from the log. */
async function rememberedRequests(log: OpenedLog, clock: Clock, limits: RouterLimits): Promise<RequestIndex> {
  const requests = requestIndex({ clock, keptMs: LIMITS.requestIdMsKept, entriesMax: limits.requestIdsMax });
  const sinceMs = clock.now() - LIMITS.requestIdMsKept;
  for (const deployment of log.deployments()) {
    for await (const { request, id, timeMs } of log.withRequests(deployment, sinceMs)) {
      if (request && timeMs > sinceMs) requests.remember(deployment, { request, id, timeMs });
    }
  }
  return requests;
}
