import { integer, readConfig } from "@throughline/kernel";
import { ROUTERS_SETTING, SERVICE_SETTINGS, serviceUrl } from "@throughline/rpc";
import { tableSettings } from "@throughline/tables";

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
    ...tableSettings({ memoryMiB: 1_024, processes: 1 }),
  });
