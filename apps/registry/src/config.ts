import { integer, readConfig } from "@throughline/kernel";
import { SERVICE_SETTINGS, serviceUrl } from "@throughline/rpc";
import { MODEL_CHECK } from "./service.ts";

const MIB = 1024 ** 2;

/** Reads the environment, and reports everything wrong with it at once. README.md has the table. */
export const parseConfig = (env: Readonly<Record<string, string | undefined>>) =>
  readConfig(env, {
    ...SERVICE_SETTINGS,
    trackingUrl: serviceUrl("THROUGHLINE_TRACKING"),
    featureStoreUrl: serviceUrl("THROUGHLINE_FEATURE_STORE"),
    modelMiBMax: {
      name: "THROUGHLINE_MODEL_MIB_MAX",
      parse: integer(1, 1_900),
      fallback: MODEL_CHECK.modelBytesMax / MIB,
    },
    checkMemoryMiB: {
      name: "THROUGHLINE_MODEL_CHECK_MEMORY_MIB",
      parse: integer(256, 65_536),
      fallback: MODEL_CHECK.memoryLimitMiB,
    },
    checkTimeoutMs: {
      name: "THROUGHLINE_MODEL_CHECK_TIMEOUT_MS",
      parse: integer(1_000, 55_000),
      fallback: MODEL_CHECK.timeoutMs,
    },
  });
