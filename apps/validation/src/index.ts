export type { ArtifactFinder, KnownArtifact } from "./domain/data-file.ts";
export { createValidationService, type ValidationDeps } from "./service.ts";
