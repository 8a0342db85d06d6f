import { artifactFinder, lineageSender } from "@throughline/rpc";
import { startService } from "@throughline/startup";
import { parseConfig } from "./config.ts";
import { createValidationService } from "./service.ts";

const config = parseConfig(process.env);
await startService(config, process.env, async ({ shared, tables, engines, reach }) => {
  const tracking = reach(config.trackingUrl);
  return createValidationService({
    ...shared,
    tables,
    engines,
    artifacts: artifactFinder(tracking),
    recordLineage: lineageSender(tracking),
  });
});
