import { readConfig } from "@throughline/kernel";
import { SERVICE_SETTINGS, serviceUrl } from "@throughline/rpc";
import { tableSettings } from "@throughline/tables";
import { SPARK_SETTINGS } from "@throughline/tables/spark";

/** Reads the environment, and reports everything wrong with it at once. README.md has the table. */
export const parseConfig = (env: Readonly<Record<string, string | undefined>>) =>
  readConfig(env, {
    ...SERVICE_SETTINGS,
    trackingUrl: serviceUrl("THROUGHLINE_TRACKING"),
    ...tableSettings({ memoryMiB: 1_024, processes: 1 }),
    ...SPARK_SETTINGS,
  });
