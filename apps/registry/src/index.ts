export type { Artifacts, FeatureServices, PinnedFeatureService } from "./domain/ports.ts";
export {
  createRegistryService,
  MODEL_CHECK,
  type ModelCheck,
  type RegistryDeps,
  type WatchOptions,
} from "./service.ts";
