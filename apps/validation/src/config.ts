import { integer, readConfig } from "@throughline/kernel";
import { SERVICE_SETTINGS, serviceUrl } from "@throughline/rpc";
import { SPARK_SETTINGS } from "@throughline/tables/spark";

/** Reads the environment, and reports everything wrong with it at once. README.md has the table. */
export const parseConfig = (env: Readonly<Record<string, string | undefined>>) =>
  readConfig(env, {
    ...SERVICE_SETTINGS,
    trackingUrl: serviceUrl("THROUGHLINE_TRACKING"),
    tableMemoryMiB: { name: "THROUGHLINE_TABLE_MEMORY_MIB", parse: integer(64, 1_048_576), fallback: 1_024 },
    tableThreads: { name: "THROUGHLINE_TABLE_THREADS", parse: integer(1, 256), fallback: 2 },
    tableProcesses: { name: "THROUGHLINE_TABLE_PROCESSES", parse: integer(1, 64), fallback: 1 },
    ...SPARK_SETTINGS,
  });
