import { workerData } from "node:worker_threads";

/**
 * Ends a model's process when its router is gone. It runs beside the main thread, which may be within an endless model
 * and would never see its pipe close.
 */
const { parentPid } = workerData as { readonly parentPid: number };
const sleeper = new Int32Array(new SharedArrayBuffer(4));
for (;;) {
  Atomics.wait(sleeper, 0, 0, 1_000);
  if (process.ppid !== parentPid) process.kill(process.pid, "SIGKILL");
}
