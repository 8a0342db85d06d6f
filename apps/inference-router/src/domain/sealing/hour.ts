const HOUR_MS = 3_600_000;

/** The beginning of the hour (UTC) in which an instant lies, in milliseconds since 1970. */
export const hourOf = (timeMs: number): number => Math.floor(timeMs / HOUR_MS) * HOUR_MS;
