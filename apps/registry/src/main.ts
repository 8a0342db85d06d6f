import { join } from "node:path";
import { openBlobs } from "@throughline/blobs";
import { pageTokens, systemClock } from "@throughline/kernel";
import { grpcTransport, lineageSender, runService } from "@throughline/rpc";
import { openStore } from "@throughline/store";
import { openTables } from "@throughline/tables";
import { parseConfig, webhookOptions } from "./config.ts";
import { otherServices } from "./rpc/other-services.ts";
import { createRegistryService } from "./service.ts";

const config = parseConfig(process.env);
const token = config.serviceToken === "" ? undefined : config.serviceToken;
const tracking = grpcTransport(config.trackingUrl, token);
const featureStore = grpcTransport(config.featureStoreUrl, token);
const validation = config.validationUrl === "" ? undefined : grpcTransport(config.validationUrl, token);
const store = await openStore(config.store);
const blobs = await openBlobs(config.blobs, { cacheDir: join(config.dataDir, "blob-cache"), env: process.env });
const tablesDir = join(config.dataDir, "tables");
const tables = await openTables({ dataDir: tablesDir, memoryLimitMiB: 512, threads: 1, processes: 1 });
const service = await createRegistryService({
  store,
  blobs,
  tables,
  clock: systemClock,
  pageTokens: pageTokens(config.pageSecret),
  ...otherServices({ tracking, featureStore, ...(validation && { validation }) }),
  recordLineage: lineageSender(tracking),
  webhooks: webhookOptions(process.env),
  modelCheck: {
    modelBytesMax: config.modelMiBMax * 1024 ** 2,
    memoryLimitMiB: config.checkMemoryMiB,
    timeoutMs: config.checkTimeoutMs,
  },
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
