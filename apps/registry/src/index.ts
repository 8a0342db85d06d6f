export type { Artifacts, FeatureServices, PinnedFeatureService } from "./domain/ports.ts";
export {
  createRegistryService,
  type ModelCheck,
  type RegistryDeps,
  type WatchOptions,
} from "./service.ts";
