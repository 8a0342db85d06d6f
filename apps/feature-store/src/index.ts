export type { FeatureStoreDependencies } from "./dependencies.ts";
export type { ArtifactFinder, KnownArtifact } from "./domain/load-source.ts";
export { ONLINE_SETTINGS, openOnlineBy } from "./online-store-setting.ts";
export { PRIVACY_SETTINGS, readPrivacyKeys } from "./privacy-keys.ts";
export { filesOf } from "./repositories.ts";
export { createFeatureStoreService } from "./service.ts";
