import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { ONLINE_SETTINGS, PRIVACY_SETTINGS, readPrivacyKeys } from "@throughline/feature-store";
import { METRICS_SETTINGS } from "@throughline/inference-router";
import { pageTokens, readConfig } from "@throughline/kernel";
import { openBase } from "@throughline/startup";
import { tableSettings } from "@throughline/tables";
import { SPARK_SETTINGS } from "@throughline/tables/spark";
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
export type PlatformBase = Awaited<ReturnType<typeof openPlatformBase>>;

const SETTINGS = {
  ...tableSettings({ memoryMiB: 4_096, processes: 2 }),
  ...SPARK_SETTINGS,
  ...PRIVACY_SETTINGS,
  ...METRICS_SETTINGS,
  ...ONLINE_SETTINGS,
  ...STORAGE_SETTINGS,
};

/** What all services share: one store, one blob store, one table engine. Fails with all that is wrong with the environment. */
export async function openPlatformBase({ environment, ...places }: BaseOptions) {
  const { dataDir } = places;
  const settings = readConfig(environment, SETTINGS);
  const folders = {
    online: join(dataDir, "online"),
    log: join(dataDir, "predictions"),
    datasets: join(dataDir, "datasets"),
  };
  for (const it of Object.values(folders)) mkdirSync(it, { recursive: true });
  const { store, blobs, tables, engines, clock, newId, close } = await openBase(
    { ...settings, ...places },
    environment,
  );
  return {
    settings,
    privacyKeys: await readPrivacyKeys(settings.privacyKeys, dataDir),
    shared: { store, blobs, clock, newId, pageTokens: pageTokens(pageSecret(dataDir)) },
    tables,
    engines,
    folders,
    close,
  };
}
