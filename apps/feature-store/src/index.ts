export type { ArtifactFinder, KnownArtifact } from "./domain/load-source.ts";
export { createFeatureStoreService, type FeatureStoreDependencies } from "./service.ts";
