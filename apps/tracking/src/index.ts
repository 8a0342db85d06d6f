export type { TrackingDependencies } from "./open-tracking.ts";
export { createTrackingService } from "./service.ts";
