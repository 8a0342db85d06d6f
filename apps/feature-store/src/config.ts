import { readConfig } from "@throughline/kernel";
import { SERVICE_SETTINGS, serviceUrl } from "@throughline/rpc";
import { tableSettings } from "@throughline/tables";
import { SPARK_SETTINGS } from "@throughline/tables/spark";
import { ONLINE_SETTINGS } from "./online-store-setting.ts";
import { PRIVACY_SETTINGS } from "./privacy-keys.ts";

/** Reads the environment, and reports everything wrong with it at once. README.md has the table. */
export const parseConfig = (env: Readonly<Record<string, string | undefined>>) =>
  readConfig(env, {
    ...SERVICE_SETTINGS,
    trackingUrl: serviceUrl("THROUGHLINE_TRACKING"),
    registryUrl: { ...serviceUrl("THROUGHLINE_REGISTRY"), fallback: "" },
    inferenceRouterUrl: { ...serviceUrl("THROUGHLINE_INFERENCE_ROUTER"), fallback: "" },
    ...ONLINE_SETTINGS,
    ...tableSettings({ memoryMiB: 1_024, processes: 2 }),
    ...SPARK_SETTINGS,
    ...PRIVACY_SETTINGS,
  });
