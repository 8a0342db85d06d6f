import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { localFolder, openBlobs } from "@throughline/blobs";
import { ONLINE_SETTINGS, PRIVACY_SETTINGS, readPrivacyKeys } from "@throughline/feature-store";
import { METRICS_SETTINGS } from "@throughline/inference-router";
import { pageTokens, readConfig, systemClock, timeOrderedIds } from "@throughline/kernel";
import { openStore } from "@throughline/store";
import { openTables, tableSettings } from "@throughline/tables";
import { openSparkProjects, SPARK_SETTINGS } from "@throughline/tables/spark";
import { STORAGE_SETTINGS } from "@throughline/tracking";
import { pageSecret } from "./page-secret.ts";

/** Where things are kept. */
export interface BaseOptions {
  /** Folder for everything that is not in the store or the blobs. Made if it is missing. */
  readonly dataDir: string;
  /** `sqlite:///path` or `mongodb://…`. */
  readonly store: string;
  /** `file:///path` or `s3://…`. */
  readonly blobs: string;
  /** Credentials of the object store, and settings of services. */
  readonly environment: Readonly<Record<string, string | undefined>>;
}

/** What the services of one process have in common. */
export type PlatformBase = Awaited<ReturnType<typeof openBase>>;

const SETTINGS = {
  ...tableSettings({ memoryMiB: 4_096, processes: 2 }),
  ...SPARK_SETTINGS,
  ...PRIVACY_SETTINGS,
  ...METRICS_SETTINGS,
  ...ONLINE_SETTINGS,
  ...STORAGE_SETTINGS,
};

/** What all services share: one store, one blob store, one table engine. Fails with all that is wrong with the environment. */
export async function openBase({ dataDir, store: storeUrl, blobs: blobsUrl, environment }: BaseOptions) {
  const settings = readConfig(environment, SETTINGS);
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
  const tables = await openTables({
    dataDir: folders.tables,
    memoryLimitMiB: settings.tableMemoryMiB,
    threads: settings.tableThreads,
    processes: settings.tableProcesses,
  });
  const engines = await openSparkProjects(settings, {
    tables,
    exchangeDir: join(dataDir, "spark"),
    filesDir: localFolder(blobsUrl, { cacheDir }),
  });
  return {
    settings,
    privacyKeys: await readPrivacyKeys(settings.privacyKeys, dataDir),
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
