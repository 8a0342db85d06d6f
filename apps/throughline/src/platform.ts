import { setTimeout as delay } from "node:timers/promises";
import type { ServiceImpl, Transport } from "@connectrpc/connect";
import { type ServiceName, servicesOf } from "@throughline/contracts";
import { OperationService } from "@throughline/contracts/throughline/type/v1/operation_pb";
import { createFeatureStoreService, openOnlineBy } from "@throughline/feature-store";
import { serveGateway } from "@throughline/gateway";
import { createInferenceRouter } from "@throughline/inference-router";
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
import { type Log, openTelemetry } from "@throughline/telemetry";
import { createTrackingService, neededByOthers } from "@throughline/tracking";
import { createValidationService } from "@throughline/validation";
import { lateTransport } from "./late-transport.ts";
import { CONSOLE_DIR } from "./locations.ts";
import { type BaseOptions, openPlatformBase, type PlatformBase } from "./platform-base.ts";

export interface PlatformOptions extends BaseOptions {
  readonly http: Address;
  readonly grpc: Address;
  readonly authenticate: Authenticate;
  /** Names besides the machine's own that the gateway is reached by. */
  readonly hosts: readonly string[];
  readonly log: Log;
  readonly logCalls: boolean;
  /** Where spans are sent. Empty: nowhere. */
  readonly tracesUrl: string;
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
  const base = await openPlatformBase(options);
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

interface Opening {
  readonly log: Log;
  readonly webhooks: ReturnType<typeof webhookOptions>;
  readonly guarded: (service: Service, authenticate: Authenticate) => Mount[];
}

/** Opens the services in the order in which they need each other. Among themselves they need no tokens. */
async function openServices(
  { shared, tables, engines, folders, privacyKeys, settings }: PlatformBase,
  { log, webhooks, guarded }: Opening,
): Promise<readonly Service[]> {
  const { prometheusUrl, onlineStore, eraseAfterHours } = settings;
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
      ...openOnlineBy(onlineStore),
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
