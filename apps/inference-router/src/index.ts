export { METRICS_SETTINGS } from "./config.ts";
export type { RouterLimits } from "./limits.ts";
export { createInferenceRouter, type RouterDependencies } from "./service.ts";
