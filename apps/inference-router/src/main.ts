import { lineageSender, routersAt } from "@throughline/rpc";
import { startService } from "@throughline/startup";
import { jsonLog } from "@throughline/telemetry";
import { parseConfig } from "./config.ts";
import { createInferenceRouter } from "./service.ts";

const config = parseConfig(process.env);
const problems = jsonLog((line) => process.stderr.write(line));
await startService(config, process.env, async ({ shared, tables, folder, reach, token }) =>
  createInferenceRouter({
    ...shared,
    tables,
    logDir: folder("inference"),
    registry: reach(config.registryUrl),
    features: reach(config.featureStoreUrl),
    recordLineage: lineageSender(reach(config.trackingUrl)),
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
  }),
);
