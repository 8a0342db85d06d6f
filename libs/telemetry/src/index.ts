export type { DurationHistogram, DurationSeries } from "./durations.ts";
export { jsonLog, type Log, type LogEvent, silentLog } from "./log.ts";
export { residentBytes } from "./resident-memory.ts";
export {
  openTelemetry,
  readTraceContext,
  type Telemetry,
  type TelemetryOptions,
  writeTraceContext,
} from "./telemetry.ts";
