/**
 * Runs one service's program until the process that started it is gone, however that ended: its end of the pipe on
 * standard input closes with it. A service that is started by itself, as in production, knows nothing of this.
 */
import { pathToFileURL } from "node:url";

/** How long a service may take to stop once its parent is gone, in milliseconds. */
const STOP_MS_MAX = 30_000;

const [, , program = ""] = process.argv;

process.stdin.resume();
process.stdin.once("close", () => {
  process.kill(process.pid, "SIGTERM");
  setTimeout(() => process.kill(process.pid, "SIGKILL"), STOP_MS_MAX).unref();
});

await import(pathToFileURL(program).href);
