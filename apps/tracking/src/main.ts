import { join } from "node:path";
import { openBlobs } from "@throughline/blobs";
import { pageTokens, systemClock, timeOrderedIds } from "@throughline/kernel";
import { runService } from "@throughline/rpc";
import { openStore } from "@throughline/store";
import { openTables } from "@throughline/tables";
import { parseConfig } from "./config.ts";
import { createTrackingService } from "./service.ts";

const config = parseConfig(process.env);
const store = await openStore(config.store);
const blobs = await openBlobs(config.blobs, { cacheDir: join(config.dataDir, "blob-cache"), env: process.env });
const tables = await openTables({
  dataDir: join(config.dataDir, "tables"),
  memoryLimitMiB: config.tableMemoryMiB,
  threads: config.tableThreads,
  processes: config.tableProcesses,
});
const service = await createTrackingService({
  store,
  blobs,
  datasets: { tables, scratchDir: join(config.dataDir, "datasets") },
  clock: systemClock,
  newId: timeOrderedIds(systemClock),
  pageTokens: pageTokens(config.pageSecret),
});
await runService({
  service,
  config,
  close: async () => {
    await tables.close();
    await store.close();
    await blobs.close();
  },
});
