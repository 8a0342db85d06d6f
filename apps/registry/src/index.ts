export { webhookOptions } from "./config.ts";
export type { Artifacts, FeatureServices, PinnedFeatureService, SourceFile, SourceFiles } from "./domain/ports.ts";
export { trackingFiles } from "./rpc/tracking-files.ts";
export {
  createRegistryService,
  type ModelCheck,
  type RegistryDeps,
  type WatchOptions,
} from "./service.ts";
