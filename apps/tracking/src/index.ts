export { STORAGE_SETTINGS } from "./config.ts";
export type { TrackingDependencies } from "./open-tracking.ts";
export { neededByOthers } from "./rpc/other-services.ts";
export { createTrackingService } from "./service.ts";
