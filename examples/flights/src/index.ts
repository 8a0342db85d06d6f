export { type DemonstrationOptions, runDemonstration } from "./demonstration.ts";
export { joinFlights } from "./join-flights.ts";
export { lineProgress, type Progress } from "./progress.ts";
export { openPython } from "./python.ts";
