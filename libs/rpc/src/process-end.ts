import { writeSync } from "node:fs";
import { jsonLog } from "@throughline/telemetry";

/** Its lines are out when it returns: nothing is written by a process that is gone. */
const lastLog = jsonLog((line) => void writeSync(2, line));

/**
 * Ends this process with a line in the log, and waits for nobody. `process.exit` waits for threads, and one of them may wait for this one in the midst of
 * a write; nothing that was acknowledged needs more, since it survives SIGKILL. Not SIGABRT, which may leave a file with all that was in memory.
 */
function endBy(event: string, error: unknown): void {
  try {
    lastLog.error({ event }, error);
  } finally {
    process.kill(process.pid, "SIGKILL");
  }
}

/** The last resort: an error that nobody caught ends the process for sure. To be called before anything is opened. */
export function endAtUncaught(): void {
  process.on("uncaughtException", (error) => endBy("uncaught", error));
}

/** Runs `stop` at the first SIGTERM or SIGINT; a second one ends the process at once, by the signal itself, and so does a stop that fails. */
export function onceSignalled(stop: () => Promise<void>): void {
  const handle = (): void => {
    process.off("SIGTERM", handle);
    process.off("SIGINT", handle);
    stop().then(
      () => process.exit(0),
      (error: unknown) => endBy("stop failed", error),
    );
  };
  process.on("SIGTERM", handle);
  process.on("SIGINT", handle);
}
