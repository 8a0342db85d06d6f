import { integer, readConfig } from "@throughline/kernel";
import { ROUTERS_SETTING, SERVICE_SETTINGS, serviceUrl } from "@throughline/rpc";

/** When bytes that nobody needs are erased: a week after they were condemned, unless said otherwise. */
export const STORAGE_SETTINGS = {
  eraseAfterHours: { name: "THROUGHLINE_ERASE_AFTER_HOURS", parse: integer(1, 87_600), fallback: 168 },
} as const;

/** Reads the environment, and reports everything wrong with it at once. README.md has the table. */
export const parseConfig = (env: Readonly<Record<string, string | undefined>>) =>
  readConfig(env, {
    ...SERVICE_SETTINGS,
    registryUrl: { ...serviceUrl("THROUGHLINE_REGISTRY"), fallback: "" },
    featureStoreUrl: { ...serviceUrl("THROUGHLINE_FEATURE_STORE"), fallback: "" },
    validationUrl: { ...serviceUrl("THROUGHLINE_VALIDATION"), fallback: "" },
    inferenceRouterUrl: { ...serviceUrl("THROUGHLINE_INFERENCE_ROUTER"), fallback: "" },
    routerUrls: ROUTERS_SETTING,
    ...STORAGE_SETTINGS,
    tableMemoryMiB: { name: "THROUGHLINE_TABLE_MEMORY_MIB", parse: integer(64, 1_048_576), fallback: 1_024 },
    tableThreads: { name: "THROUGHLINE_TABLE_THREADS", parse: integer(1, 256), fallback: 2 },
    tableProcesses: { name: "THROUGHLINE_TABLE_PROCESSES", parse: integer(1, 64), fallback: 1 },
  });
