import { artifactFinder, lineageSender, lineageWalker } from "@throughline/rpc";
import { startService } from "@throughline/startup";
import { parseConfig } from "./config.ts";
import { openOnlineBy } from "./online-store-setting.ts";
import { readPrivacyKeys } from "./privacy-keys.ts";
import { createFeatureStoreService } from "./service.ts";

const config = parseConfig(process.env);
await startService(config, process.env, async ({ shared, tables, engines, folder, reach }) => {
  const tracking = reach(config.trackingUrl);
  return createFeatureStoreService({
    ...shared,
    tables,
    engines,
    privacyKeys: await readPrivacyKeys(config.privacyKeys, config.dataDir),
    onlineDir: folder("online"),
    ...openOnlineBy(config.onlineStore),
    artifacts: artifactFinder(tracking),
    ...(config.registryUrl !== "" && { registry: reach(config.registryUrl) }),
    ...(config.inferenceRouterUrl !== "" && { inferenceRouter: reach(config.inferenceRouterUrl) }),
    recordLineage: lineageSender(tracking),
    lineageWalker: lineageWalker(tracking),
  });
});
