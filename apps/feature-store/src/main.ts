import { join } from "node:path";
import { localFolder, openBlobs } from "@throughline/blobs";
import { pageTokens, systemClock, timeOrderedIds } from "@throughline/kernel";
import { artifactFinder, grpcTransport, lineageSender, lineageWalker, runService } from "@throughline/rpc";
import { openStore } from "@throughline/store";
import { openTables } from "@throughline/tables";
import { openSparkProjects } from "@throughline/tables/spark";
import { parseConfig } from "./config.ts";
import { openOnlineBy } from "./online-store-setting.ts";
import { readPrivacyKeys } from "./privacy-keys.ts";
import { createFeatureStoreService } from "./service.ts";

const config = parseConfig(process.env);
const token = config.serviceToken === "" ? undefined : config.serviceToken;
const tracking = grpcTransport(config.trackingUrl, token);
const store = await openStore(config.store);
const cacheDir = join(config.dataDir, "blob-cache");
const blobs = await openBlobs(config.blobs, { cacheDir, env: process.env });
const tables = await openTables({
  dataDir: join(config.dataDir, "tables"),
  memoryLimitMiB: config.tableMemoryMiB,
  threads: config.tableThreads,
  processes: config.tableProcesses,
});
const engines = await openSparkProjects(config, {
  tables,
  exchangeDir: join(config.dataDir, "spark"),
  filesDir: localFolder(config.blobs, { cacheDir }),
});
const service = await createFeatureStoreService({
  store,
  blobs,
  tables,
  engines,
  privacyKeys: await readPrivacyKeys(config.privacyKeys, config.dataDir),
  onlineDir: join(config.dataDir, "online"),
  ...openOnlineBy(config.onlineStore),
  clock: systemClock,
  newId: timeOrderedIds(systemClock),
  pageTokens: pageTokens(config.pageSecret),
  artifacts: artifactFinder(tracking),
  ...(config.registryUrl !== "" && { registry: grpcTransport(config.registryUrl, token) }),
  ...(config.inferenceRouterUrl !== "" && { inferenceRouter: grpcTransport(config.inferenceRouterUrl, token) }),
  recordLineage: lineageSender(tracking),
  lineageWalker: lineageWalker(tracking),
});
await runService({
  service,
  config,
  close: async () => {
    await engines.close();
    await tables.close();
    await store.close();
    await blobs.close();
  },
});
