import { routersAt } from "@throughline/rpc";
import { startService } from "@throughline/startup";
import { parseConfig } from "./config.ts";
import { neededByOthers } from "./rpc/other-services.ts";
import { createTrackingService } from "./service.ts";

const config = parseConfig(process.env);
const { registryUrl, featureStoreUrl, validationUrl, inferenceRouterUrl, routerUrls } = config;
await startService(config, process.env, async ({ shared, tables, folder, reach, token }) => {
  const routers = routersAt([inferenceRouterUrl, ...routerUrls], token);
  const storage = [registryUrl, featureStoreUrl, validationUrl, inferenceRouterUrl].includes("")
    ? undefined
    : {
        others: neededByOthers({
          registry: reach(registryUrl),
          featureStore: reach(featureStoreUrl),
          validation: reach(validationUrl),
          inferenceRouters: async () => (await routers()).values(),
        }),
        graceMs: config.eraseAfterHours * 3_600_000,
      };
  return createTrackingService({
    ...shared,
    ...(storage && { storage }),
    datasets: { tables, scratchDir: folder("datasets") },
  });
});
