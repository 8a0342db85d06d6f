import { join } from "node:path";
import { openBlobs } from "@throughline/blobs";
import { pageTokens, systemClock, timeOrderedIds } from "@throughline/kernel";
import { artifactFinder, grpcTransport, lineageSender, runService } from "@throughline/rpc";
import { openStore } from "@throughline/store";
import { openTables } from "@throughline/tables";
import { parseConfig } from "./config.ts";
import { createFeatureStoreService } from "./service.ts";
import { openMongodbOnlineStore } from "./store/mongodb-online-store.ts";

const config = parseConfig(process.env);
const token = config.serviceToken === "" ? undefined : config.serviceToken;
const { onlineStore } = config;
const tracking = grpcTransport(config.trackingUrl, token);
const store = await openStore(config.store);
const blobs = await openBlobs(config.blobs, { cacheDir: join(config.dataDir, "blob-cache"), env: process.env });
const tables = await openTables({
  dataDir: join(config.dataDir, "tables"),
  memoryLimitMiB: config.tableMemoryMiB,
  threads: config.tableThreads,
  processes: config.tableProcesses,
});
const service = await createFeatureStoreService({
  store,
  blobs,
  tables,
  onlineDir: join(config.dataDir, "online"),
  ...(onlineStore !== "embedded" && { openOnline: () => openMongodbOnlineStore(onlineStore) }),
  clock: systemClock,
  newId: timeOrderedIds(systemClock),
  pageTokens: pageTokens(config.pageSecret),
  artifacts: artifactFinder(tracking),
  recordLineage: lineageSender(tracking),
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
