import { lineageSender } from "@throughline/rpc";
import { startService } from "@throughline/startup";
import { parseConfig, webhookOptions } from "./config.ts";
import { otherServices } from "./rpc/other-services.ts";
import { createRegistryService } from "./service.ts";

const config = parseConfig(process.env);
const settings = { ...config, tableMemoryMiB: 512 };
await startService(settings, process.env, async ({ shared, tables, reach }) => {
  const tracking = reach(config.trackingUrl);
  const featureStore = reach(config.featureStoreUrl);
  const validation = config.validationUrl === "" ? undefined : reach(config.validationUrl);
  return createRegistryService({
    ...shared,
    tables,
    ...otherServices({ tracking, featureStore, ...(validation && { validation }) }),
    recordLineage: lineageSender(tracking),
    webhooks: webhookOptions(process.env),
    modelCheck: {
      modelBytesMax: config.modelMiBMax * 1024 ** 2,
      memoryLimitMiB: config.checkMemoryMiB,
      timeoutMs: config.checkTimeoutMs,
    },
  });
});
