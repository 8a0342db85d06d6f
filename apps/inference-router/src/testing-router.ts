import { join } from "node:path";
import { createClient } from "@connectrpc/connect";
import { type BlobStore, fileBlobStore } from "@throughline/blobs";
import { GRPCInferenceService } from "@throughline/contracts/inference/open_inference_pb";
import { BatchPredictionService } from "@throughline/contracts/throughline/inference/v1/batch_prediction_service_pb";
import { InferenceService } from "@throughline/contracts/throughline/inference/v1/inference_service_pb";
import { SealedLogService } from "@throughline/contracts/throughline/inference/v1/sealed_log_service_pb";
import { OperationService } from "@throughline/contracts/throughline/type/v1/operation_pb";
import { type Digest, pageTokens, systemClock, timeOrderedIds } from "@throughline/kernel";
import type { LineageRecord } from "@throughline/lineage";
import { guard, inMemoryTransport, type Mount, type Service, trustLocalCallers } from "@throughline/rpc";
import { openStore, type Store } from "@throughline/store";
import { openTables, type TableEngine } from "@throughline/tables";
import type { StoredBandit } from "./domain/bandit-memory.ts";
import type { RouterLimits } from "./limits.ts";
import { createInferenceRouter } from "./service.ts";
import { BANDITS } from "./store/bandit-store.ts";
import { smallFeatureStore } from "./testing-feature-store.ts";
import { fixture, smallRegistry } from "./testing-services.ts";

export interface Platform {
  readonly registry: ReturnType<typeof smallRegistry>;
  readonly dir: string;
  readonly blobs: BlobStore;
  readonly store: Store;
  readonly tables: TableEngine;
  readonly recorded: LineageRecord[];
  readonly problems: string[];
  /** Stores a model of the fixtures. */
  model(name: string): Promise<Digest>;
  /** Starts a router on the platform; an earlier one must be closed. */
  start(limits?: Partial<RouterLimits>, more?: { readonly logSync?: boolean }): Promise<Router>;
  /** What bandits learnt at a deployment. */
  bandits(deployment: string): Promise<readonly StoredBandit[]>;
  close(): Promise<void>;
}

export interface Router {
  readonly service: Service;
  readonly inference: ReturnType<typeof createClient<typeof InferenceService>>;
  readonly open: ReturnType<typeof createClient<typeof GRPCInferenceService>>;
  readonly batches: ReturnType<typeof createClient<typeof BatchPredictionService>>;
  readonly sealedLogs: ReturnType<typeof createClient<typeof SealedLogService>>;
  readonly operations: ReturnType<typeof createClient<typeof OperationService>>;
  /** Resolves when the deployment answers by a state with exactly these releases. */
  serving(deployment: string, releases: readonly string[]): Promise<void>;
  close(): Promise<void>;
}

/** Everything around the router in a folder, real but for the two services that it calls. */
export async function openPlatform(dir: string): Promise<Platform> {
  const registry = smallRegistry();
  const store = await openStore(`sqlite://${join(dir, "store.db")}`);
  const blobs = await fileBlobStore(join(dir, "blobs"));
  const tables = await openTables({ dataDir: join(dir, "tables"), memoryLimitMiB: 256, threads: 1, processes: 1 });
  const recorded: LineageRecord[] = [];
  const problems: string[] = [];
  const running = new Set<Router>();
  return {
    registry,
    dir,
    blobs,
    store,
    tables,
    recorded,
    problems,
    model: async (name) => (await blobs.put(fixture(name))).digest,
    async start(limits = {}, more = {}) {
      const service = await createInferenceRouter({
        store,
        blobs,
        tables,
        clock: systemClock,
        newId: timeOrderedIds(systemClock),
        ...more,
        logDir: join(dir, "log"),
        pageTokens: pageTokens(Buffer.from("0123456789abcdef")),
        registry: registry.transport,
        features: smallFeatureStore(),
        recordLineage: async (record) => void recorded.push(record),
        onProblem: (subject, error) => problems.push(`${subject}: ${error}`),
        limits: { unloadGraceMs: 50, reconnectMsLeast: 5, retryMs: 50, ...limits },
      });
      const router = routerOf(service, () => running.delete(router));
      running.add(router);
      return router;
    },
    async bandits(deployment) {
      const kept = store.collection(BANDITS);
      const found = await kept.find({ where: { field: "deployment", eq: deployment }, limit: 100 });
      return found.documents.map((it) => it.value);
    },
    async close() {
      for (const it of running) await it.close();
      await tables.close();
      await store.close();
    },
  };
}

/** The mounts of a service as a runner puts them behind a transport, for callers of this machine. */
export function guardedMounts(service: Service): readonly Mount[] {
  const observe = () => ({ end: () => {}, bug: (cause: unknown) => console.error(cause) });
  return service.mounts.map((it) => guard(it, { authenticate: trustLocalCallers, observe }));
}

/** Clients of a router within the process. */
export function routerOf(service: Service, closed: () => void): Router {
  const transport = inMemoryTransport(guardedMounts(service));
  const open = createClient(GRPCInferenceService, transport);
  return {
    service,
    inference: createClient(InferenceService, transport),
    open,
    batches: createClient(BatchPredictionService, transport),
    sealedLogs: createClient(SealedLogService, transport),
    operations: createClient(OperationService, transport),
    async serving(deployment, releases) {
      const wanted = releases.map((it) => it.slice(it.lastIndexOf("/") + 1)).sort();
      const name = deployment.replace(/^projects\/([^/]+)\/deployments\//, "$1/");
      for (;;) {
        const versions = await open.modelMetadata({ name }).then(
          (it) => [...it.versions].sort(),
          () => [],
        );
        if (JSON.stringify(versions) === JSON.stringify(wanted)) return;
        await new Promise((resolve) => setTimeout(resolve, 5));
      }
    },
    async close() {
      closed();
      await service.close();
    },
  };
}
