export { type DemonstrationOptions, runDemonstration } from "./demonstration.ts";
export { lineProgress, type Progress } from "./progress.ts";
