import { join } from "node:path";
import { openBlobs } from "@throughline/blobs";
import { pageTokens, systemClock, timeOrderedIds } from "@throughline/kernel";
import { grpcTransport, lineageSender, routersAt, runService } from "@throughline/rpc";
import { openStore } from "@throughline/store";
import { openTables } from "@throughline/tables";
import { jsonLog } from "@throughline/telemetry";
import { parseConfig } from "./config.ts";
import { createInferenceRouter } from "./service.ts";

const config = parseConfig(process.env);
const token = config.serviceToken === "" ? undefined : config.serviceToken;
const problems = jsonLog((line) => process.stderr.write(line));
const store = await openStore(config.store);
const blobs = await openBlobs(config.blobs, { cacheDir: join(config.dataDir, "blob-cache"), env: process.env });
const tablesDir = join(config.dataDir, "tables");
const tables = await openTables({
  dataDir: tablesDir,
  memoryLimitMiB: config.tableMemoryMiB,
  threads: 1,
  processes: 1,
});
const service = await createInferenceRouter({
  store,
  blobs,
  tables,
  clock: systemClock,
  newId: timeOrderedIds(systemClock),
  logDir: join(config.dataDir, "inference"),
  pageTokens: pageTokens(config.pageSecret),
  registry: grpcTransport(config.registryUrl, token),
  features: grpcTransport(config.featureStoreUrl, token),
  recordLineage: lineageSender(grpcTransport(config.trackingUrl, token)),
  onProblem: (subject, error) => problems.error({ event: "problem", subject }, error),
  logSync: config.logSync,
  ...(config.routerUrls.length > 0 && { routers: routersAt(config.routerUrls, token) }),
  ...(config.prometheusUrl !== "" && { prometheusUrl: config.prometheusUrl }),
  executionProviders: config.executionProviders,
  limits: {
    memoryBytesMax: config.modelMemoryMiB * 1024 ** 2,
    modelsBytesMax: config.modelsMemoryMiB * 1024 ** 2,
    runMsMax: config.modelRunMs,
    queueRowsMax: config.queueRows,
    batchRowsMax: config.batchRows,
    requestIdsMax: config.requestIds,
    segmentBytesMax: config.segmentMiB * 1024 ** 2,
    logLocalMs: config.logLocalDays * 24 * 3_600_000,
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
