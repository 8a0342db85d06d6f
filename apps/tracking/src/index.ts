export { createTrackingService, type TrackingDependencies } from "./service.ts";
