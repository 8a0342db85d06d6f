export { webhookOptions } from "./config.ts";
export type { Artifacts, FeatureServices, PinnedFeatureService, SourceFile, SourceFiles } from "./domain/ports.ts";
export { otherServices } from "./rpc/other-services.ts";
export { trackingFiles } from "./rpc/tracking-files.ts";
export {
  createRegistryService,
  type ModelCheck,
  type RegistryDeps,
  type WatchOptions,
} from "./service.ts";
