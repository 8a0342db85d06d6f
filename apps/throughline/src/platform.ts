import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import type { ServiceImpl, Transport } from "@connectrpc/connect";
import { localFolder, openBlobs } from "@throughline/blobs";
import { type ServiceName, servicesOf } from "@throughline/contracts";
import { OperationService } from "@throughline/contracts/throughline/type/v1/operation_pb";
import { createFeatureStoreService, PRIVACY_SETTINGS, readPrivacyKeys } from "@throughline/feature-store";
import { serveGateway } from "@throughline/gateway";
import { createInferenceRouter, METRICS_SETTINGS } from "@throughline/inference-router";
import { pageTokens, readConfig, systemClock, timeOrderedIds } from "@throughline/kernel";
import { createRegistryService, otherServices, webhookOptions } from "@throughline/registry";
import {
  type Address,
  type Authenticate,
  artifactFinder,
  callObserver,
  guard,
  healthMount,
  inMemoryTransport,
  lineageSender,
  lineageWalker,
  type Mount,
  mount,
  operationDispatch,
  readiness,
  reflectionMount,
  type Service,
  serveGrpc,
  trustLocalCallers,
} from "@throughline/rpc";
import { openStore } from "@throughline/store";
import { openTables } from "@throughline/tables";
import { openSparkProjects, SPARK_SETTINGS } from "@throughline/tables/spark";
import { type Log, openTelemetry } from "@throughline/telemetry";
import { createTrackingService, neededByOthers, STORAGE_SETTINGS } from "@throughline/tracking";
import { createValidationService } from "@throughline/validation";
import { lateTransport } from "./late-transport.ts";
import { CONSOLE_DIR } from "./locations.ts";
import { pageSecret } from "./page-secret.ts";

export interface PlatformOptions {
  readonly http: Address;
  readonly grpc: Address;
  /** Folder for everything that is not in the store or the blobs. Made if it is missing. */
  readonly dataDir: string;
  /** `sqlite:///path` or `mongodb://…`. */
  readonly store: string;
  /** `file:///path` or `s3://…`. */
  readonly blobs: string;
  readonly authenticate: Authenticate;
  /** Names besides the machine's own that the gateway is reached by. */
  readonly hosts: readonly string[];
  readonly log: Log;
  readonly logCalls: boolean;
  /** Where spans are sent. Empty: nowhere. */
  readonly tracesUrl: string;
  /** Credentials of the object store. */
  readonly environment: Readonly<Record<string, string | undefined>>;
}

export interface Platform {
  readonly httpPort: number;
  readonly grpcPort: number;
  /** Takes no more calls, waits for those under way, and closes everything. */
  stop(): Promise<void>;
}

const GRACE_MS = 25_000;
const READY_MS_MAX = 10_000;

/**
 * Runs all services in this process. They call each other through the same contracts as when each runs alone. Resolves
 * when they are ready, or, with the reason in the log, when they still are not after ten seconds: what they wait for may
 * come back.
 */
export async function startPlatform(options: PlatformOptions): Promise<Platform> {
  const telemetry = openTelemetry({
    serviceName: "throughline",
    ...(options.tracesUrl && { tracesUrl: options.tracesUrl }),
  });
  const webhooks = webhookOptions(options.environment);
  const base = await openBase(options);
  const observe = callObserver({ telemetry, log: options.log, logCalls: options.logCalls });
  const guarded = (service: Service, authenticate: Authenticate): Mount[] =>
    service.mounts.map((it) => guard(it, { authenticate, observe }));
  const services = await openServices(base, { log: options.log, webhooks, guarded });
  for (const it of services) it.measure?.(telemetry.meter);
  if (telemetry.isTracing) for (const it of services) it.trace?.(telemetry.tracer);
  for (const it of services) it.tell?.(options.log);
  const mounts = new Map(services.map((it) => [it.name, guarded(it, options.authenticate)]));
  const reached = [...mounts].map(([name, of]) => [name, inMemoryTransport(of)] as const);
  const transports = Object.fromEntries(reached) as Record<ServiceName, Transport>;
  const probe = async (): Promise<void> => void (await Promise.all(services.map((it) => it.ready())));
  const state = readiness(probe);
  const contracts = servicesOf(services.map((it) => it.name));
  const names = contracts.map((it) => it.typeName);
  const served = [...onePerContract(mounts), healthMount(state, names), reflectionMount(contracts)];
  const grpc = await serveGrpc({ ...options.grpc, mounts: served });
  const { http: address, log, hosts } = options;
  const http = await serveGateway({
    ...address,
    transports,
    readiness: state,
    telemetry,
    log,
    hosts,
    consoleDir: CONSOLE_DIR,
  });
  await untilReady(probe).catch((reason: unknown) => log.error({ event: "not ready" }, reason));
  return {
    httpPort: http.port,
    grpcPort: grpc.port,
    async stop() {
      state.drain();
      await Promise.all([http.stop(GRACE_MS), grpc.stop(GRACE_MS)]);
      for (const service of services.toReversed()) await service.close();
      await base.close();
      await telemetry.close();
    },
  };
}

/** Fails with what was wrong last. */
async function untilReady(probe: () => Promise<void>): Promise<void> {
  const deadline = Date.now() + READY_MS_MAX;
  for (;;) {
    try {
      return await probe();
    } catch (reason) {
      if (Date.now() > deadline) throw reason;
      await delay(20);
    }
  }
}

type Base = Awaited<ReturnType<typeof openBase>>;

/** What all services share: one store, one blob store, one table engine. */
async function openBase({ dataDir, store: storeUrl, blobs: blobsUrl, environment }: PlatformOptions) {
  const folders = {
    tables: join(dataDir, "tables"),
    online: join(dataDir, "online"),
    log: join(dataDir, "predictions"),
    datasets: join(dataDir, "datasets"),
  };
  for (const it of Object.values(folders)) mkdirSync(it, { recursive: true });
  const store = await openStore(storeUrl);
  const cacheDir = join(dataDir, "blob-cache");
  const blobs = await openBlobs(blobsUrl, { cacheDir, env: environment });
  const tables = await openTables({ dataDir: folders.tables, memoryLimitMiB: 4_096, threads: 2 });
  const engines = await openSparkProjects(readConfig(environment, SPARK_SETTINGS), {
    tables,
    exchangeDir: join(dataDir, "spark"),
    filesDir: localFolder(blobsUrl, { cacheDir }),
  });
  const { privacyKeys } = readConfig(environment, PRIVACY_SETTINGS);
  return {
    privacyKeys: await readPrivacyKeys(privacyKeys, dataDir),
    ...readConfig(environment, { ...METRICS_SETTINGS, ...STORAGE_SETTINGS }),
    shared: {
      store,
      blobs,
      clock: systemClock,
      newId: timeOrderedIds(systemClock),
      pageTokens: pageTokens(pageSecret(dataDir)),
    },
    tables,
    engines,
    folders,
    async close() {
      await engines.close();
      await tables.close();
      await blobs.close();
      await store.close();
    },
  };
}

interface Opening {
  readonly log: Log;
  readonly webhooks: ReturnType<typeof webhookOptions>;
  readonly guarded: (service: Service, authenticate: Authenticate) => Mount[];
}

/** Opens the services in the order in which they need each other. Among themselves they need no tokens. */
async function openServices(
  { shared, tables, engines, folders, privacyKeys, prometheusUrl, eraseAfterHours }: Base,
  { log, webhooks, guarded }: Opening,
): Promise<readonly Service[]> {
  const services: Service[] = [];
  const open = async (opening: Promise<Service>): Promise<Transport> => {
    const service = await opening;
    services.push(service);
    return inMemoryTransport(guarded(service, trustLocalCallers));
  };
  // Tracking asks all others what they need before it erases bytes.
  const validation = lateTransport();
  const featureStore = lateTransport();
  // The router reads features for every prediction, and the feature store the router's log when somebody asks for it.
  const router = lateTransport();
  // The registry asks for feature services, and the feature store for models and releases when it reports on features.
  const models = lateTransport();
  const others = neededByOthers({
    registry: models.transport,
    validation: validation.transport,
    featureStore: featureStore.transport,
    inferenceRouters: async () => [router.transport],
  });
  const storage = { others, graceMs: eraseAfterHours * 3_600_000 };
  const datasets = { tables, scratchDir: folders.datasets };
  const tracking = await open(createTrackingService({ ...shared, datasets, storage }));
  const artifacts = artifactFinder(tracking);
  const recordLineage = lineageSender(tracking);
  const common = { ...shared, artifacts, recordLineage };
  const features = await open(
    createFeatureStoreService({
      ...common,
      tables,
      engines,
      privacyKeys,
      lineageWalker: lineageWalker(tracking),
      onlineDir: folders.online,
      inferenceRouter: router.transport,
      registry: models.transport,
    }),
  );
  featureStore.reach(features);
  const asked = otherServices({ tracking, featureStore: features, validation: validation.transport });
  const registry = await open(createRegistryService({ ...common, ...asked, tables, webhooks }));
  models.reach(registry);
  validation.reach(await open(createValidationService({ ...common, tables, engines })));
  const onProblem = (subject: string, cause: unknown): void => log.error({ event: "router problem", subject }, cause);
  const metrics = prometheusUrl === "" ? {} : { prometheusUrl };
  const serving = { ...common, ...metrics, tables, logDir: folders.log, registry, features, onProblem };
  router.reach(await open(createInferenceRouter(serving)));
  return services;
}

/** Each contract once: the one that several services serve is dispatched by the name of the operation. */
function onePerContract(mounts: ReadonlyMap<ServiceName, readonly Mount[]>): Mount[] {
  const isOperations = (it: Mount): boolean => it.service.typeName === OperationService.typeName;
  const operations = [...mounts].flatMap(([name, of]) =>
    of.filter(isOperations).map((it) => [name, it.implementation as ServiceImpl<typeof OperationService>] as const),
  );
  const others = [...mounts.values()].flat().filter((it) => !isOperations(it));
  return [...others, mount(OperationService, operationDispatch(Object.fromEntries(operations)))];
}
