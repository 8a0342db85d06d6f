import { join } from "node:path";
import { type BlobStore, localFolder, openBlobs } from "@throughline/blobs";
import { type Clock, systemClock, timeOrderedIds } from "@throughline/kernel";
import { openStore, type Store } from "@throughline/store";
import { openTables, type TableEngine } from "@throughline/tables";
import { openSparkProjects, type SparkProjects, type SparkSettings } from "@throughline/tables/spark";

/** Where a process keeps things, and how large its table engine is. */
export interface BaseSettings extends Partial<SparkSettings> {
  /** `sqlite:///path` or `mongodb://…`. */
  readonly store: string;
  /** `file:///path` or `s3://…`. */
  readonly blobs: string;
  /** Folder for caches and local files. */
  readonly dataDir: string;
  readonly tableMemoryMiB: number;
  /** 1 if left out, and so are processes. */
  readonly tableThreads?: number;
  readonly tableProcesses?: number;
}

/** What services stand on, alone in a process or together. */
export interface Base {
  readonly store: Store;
  readonly blobs: BlobStore;
  readonly tables: TableEngine;
  /** Engines of single projects: none, if the settings name none. */
  readonly engines: SparkProjects;
  readonly clock: Clock;
  readonly newId: () => string;
  /** A folder of that name for local files. */
  folder(name: string): string;
  /** Closes everything, what stands on others first. */
  close(): Promise<void>;
}

const NO_SPARK: SparkSettings = { spark: "", sparkProjects: [], sparkExchange: "", sparkPaths: [] };

/** Opens one store, one blob store and one table engine. */
export async function openBase(
  settings: BaseSettings,
  environment: Readonly<Record<string, string | undefined>>,
): Promise<Base> {
  const folder = (name: string): string => join(settings.dataDir, name);
  const cacheDir = folder("blob-cache");
  const store = await openStore(settings.store);
  const blobs = await openBlobs(settings.blobs, { cacheDir, env: environment });
  const tables = await openTables({
    dataDir: folder("tables"),
    memoryLimitMiB: settings.tableMemoryMiB,
    threads: settings.tableThreads ?? 1,
    processes: settings.tableProcesses ?? 1,
  });
  const engines = await openSparkProjects(
    { ...NO_SPARK, ...settings },
    { tables, exchangeDir: folder("spark"), filesDir: localFolder(settings.blobs, { cacheDir }) },
  );
  return {
    store,
    blobs,
    tables,
    engines,
    folder,
    clock: systemClock,
    newId: timeOrderedIds(systemClock),
    async close() {
      await engines.close();
      await tables.close();
      await blobs.close();
      await store.close();
    },
  };
}
