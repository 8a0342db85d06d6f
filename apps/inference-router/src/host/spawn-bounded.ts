import { type ChildProcess, spawn } from "node:child_process";

export interface BoundedProcess {
  readonly file: string;
  readonly argument: string;
  /** The folder that it stands in. */
  readonly folder: string;
  readonly memoryBytesMax: number;
}

/**
 * Starts Node with no environment, an empty folder to stand in, a socket for messages as descriptor 3, and a bound on what
 * the system grants it, so that a giant allocation fails at once.
 */
export function spawnBounded({ file, argument, folder, memoryBytesMax }: BoundedProcess): ChildProcess {
  const options = { cwd: folder, env: {}, stdio: ["ignore", "ignore", "ignore", "pipe"] as const };
  const node = ["--no-warnings", "--v8-pool-size=1", file, argument];
  if (process.platform !== "linux") return spawn(process.execPath, node, { ...options, stdio: [...options.stdio] });
  // The runtime's own data come on top of what the model may have: room for the engine's reservations.
  const kibibytes = Math.ceil((memoryBytesMax + RUNTIME_BYTES) / 1024);
  const script = `ulimit -c 0; ulimit -d ${kibibytes}; exec "$0" "$@"`;
  return spawn("/bin/sh", ["-c", script, process.execPath, ...node], { ...options, stdio: [...options.stdio] });
}

/** What an idle process has reserved already: measured at 1.2 GB, mostly address space that is never touched. */
const RUNTIME_BYTES = 1_536 * 1024 * 1024;
