import { join } from "node:path";
import { openBlobs } from "@throughline/blobs";
import { pageTokens, systemClock, timeOrderedIds } from "@throughline/kernel";
import { grpcTransport, routersAt, runService } from "@throughline/rpc";
import { openStore } from "@throughline/store";
import { openTables } from "@throughline/tables";
import { parseConfig } from "./config.ts";
import { neededByOthers } from "./rpc/other-services.ts";
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
const { registryUrl, featureStoreUrl, validationUrl, inferenceRouterUrl, routerUrls } = config;
const token = config.serviceToken === "" ? undefined : config.serviceToken;
const reached = (url: string) => grpcTransport(url, token);
const routers = routersAt([inferenceRouterUrl, ...routerUrls], token);
const storage = [registryUrl, featureStoreUrl, validationUrl, inferenceRouterUrl].includes("")
  ? undefined
  : {
      others: neededByOthers({
        registry: reached(registryUrl),
        featureStore: reached(featureStoreUrl),
        validation: reached(validationUrl),
        inferenceRouters: async () => (await routers()).values(),
      }),
      graceMs: config.eraseAfterHours * 3_600_000,
    };
const service = await createTrackingService({
  ...(storage && { storage }),
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
