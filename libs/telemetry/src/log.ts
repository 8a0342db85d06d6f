/** One wide event: what happened, and everything that is known about it. */
export type LogEvent = Readonly<Record<string, string | number | boolean | undefined>> & { readonly event: string };

/** Takes events. `error` carries what must never be shown to callers: the cause of an internal error. */
export interface Log {
  info(event: LogEvent): void;
  error(event: LogEvent, cause?: unknown): void;
}

/** Writes each event as one line of JSON. */
export function jsonLog(write: (line: string) => void, now: () => number = Date.now): Log {
  const line = (level: string, event: LogEvent, cause?: unknown): void =>
    write(
      `${JSON.stringify({
        time: new Date(now()).toISOString(),
        level,
        ...event,
        ...(cause === undefined ? {} : { cause: describe(cause) }),
      })}\n`,
    );
  return { info: (event) => line("info", event), error: (event, cause) => line("error", event, cause) };
}

/** Drops every event: for tests and for commands that print their own words. */
export const silentLog: Log = { info: () => {}, error: () => {} };

function describe(cause: unknown): string {
  if (!(cause instanceof Error)) return String(cause);
  const inner = cause.cause === undefined ? "" : ` <- ${describe(cause.cause)}`;
  return `${cause.stack ?? cause.message}${inner}`;
}
