import { flag, integer, readConfig } from "@throughline/kernel";
import { ROUTERS_SETTING, SERVICE_SETTINGS, serviceUrl } from "@throughline/rpc";
import { executionProviders } from "./host/execution-providers.ts";
import { ROUTER_LIMITS } from "./limits.ts";

const MIB = 1024 ** 2;
const DAY_MS = 24 * 3_600_000;

/** Which server of metrics analyses of rollouts may ask. */
export const METRICS_SETTINGS = { prometheusUrl: { ...serviceUrl("THROUGHLINE_PROMETHEUS"), fallback: "" } };

/** Reads the environment, and reports everything wrong with it at once. README.md has the table. */
export const parseConfig = (env: Readonly<Record<string, string | undefined>>) =>
  readConfig(env, {
    ...SERVICE_SETTINGS,
    registryUrl: serviceUrl("THROUGHLINE_REGISTRY"),
    featureStoreUrl: serviceUrl("THROUGHLINE_FEATURE_STORE"),
    trackingUrl: serviceUrl("THROUGHLINE_TRACKING"),
    ...METRICS_SETTINGS,
    routerUrls: ROUTERS_SETTING,
    logSync: { name: "THROUGHLINE_LOG_SYNC", parse: flag, fallback: false },
    modelMemoryMiB: {
      name: "THROUGHLINE_MODEL_MEMORY_MIB",
      parse: integer(256, 1_048_576),
      fallback: ROUTER_LIMITS.memoryBytesMax / MIB,
    },
    modelsMemoryMiB: {
      name: "THROUGHLINE_MODELS_MEMORY_MIB",
      parse: integer(256, 16_777_216),
      fallback: Math.floor(ROUTER_LIMITS.modelsBytesMax / MIB),
    },
    executionProviders: {
      name: "THROUGHLINE_EXECUTION_PROVIDERS",
      parse: executionProviders,
      fallback: ["cpu"] as const,
    },
    modelRunMs: { name: "THROUGHLINE_MODEL_RUN_MS", parse: integer(100, 60_000), fallback: ROUTER_LIMITS.runMsMax },
    queueRows: { name: "THROUGHLINE_QUEUE_ROWS", parse: integer(1, 1_000_000), fallback: ROUTER_LIMITS.queueRowsMax },
    batchRows: { name: "THROUGHLINE_BATCH_ROWS", parse: integer(1, 1_024), fallback: ROUTER_LIMITS.batchRowsMax },
    requestIds: {
      name: "THROUGHLINE_REQUEST_IDS",
      parse: integer(1_000, 100_000_000),
      fallback: ROUTER_LIMITS.requestIdsMax,
    },
    segmentMiB: {
      name: "THROUGHLINE_LOG_SEGMENT_MIB",
      parse: integer(1, 1_024),
      fallback: ROUTER_LIMITS.segmentBytesMax / MIB,
    },
    logLocalDays: {
      name: "THROUGHLINE_LOG_LOCAL_DAYS",
      parse: integer(1, 36_500),
      fallback: ROUTER_LIMITS.logLocalMs / DAY_MS,
    },
    tableMemoryMiB: { name: "THROUGHLINE_TABLE_MEMORY_MIB", parse: integer(64, 1_048_576), fallback: 512 },
  });
