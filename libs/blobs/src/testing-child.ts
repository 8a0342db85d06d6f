import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import type { Digest } from "@throughline/kernel";

const WRITER = fileURLToPath(new URL("./testing-writer.ts", import.meta.url));

/** A process that puts objects into a store until it is killed. */
export interface Writer {
  /** Resolves once so many objects were acknowledged, or the writer has ended. */
  acknowledged(count: number): Promise<void>;
  /** Ends it with kill -9, and gives what it acknowledged up to then. */
  kill9(): Promise<readonly Digest[]>;
  /** Waits until it ends by itself, and gives the reason that it failed with. */
  failure(): Promise<string>;
}

export interface WriterOptions {
  readonly url: string;
  readonly cacheDir: string;
  /** Bytes of each object. */
  readonly size: number;
  /** KiB that the system lets it write to one file. */
  readonly fileSizeKibMax?: number;
}

export function startWriter({ url, cacheDir, size, fileSizeKibMax }: WriterOptions): Writer {
  const args = [process.execPath, WRITER, url, cacheDir, String(size)];
  const limit = fileSizeKibMax === undefined ? "" : `trap '' XFSZ; ulimit -f ${fileSizeKibMax}; `;
  const child = spawn("bash", ["-c", `${limit}exec "$@"`, "bash", ...args], { stdio: ["ignore", "pipe", "inherit"] });
  const lines: string[] = [];
  const output = createInterface({ input: child.stdout });
  output.on("line", (line) => lines.push(line));
  const acknowledged = () => lines.filter((it) => it.startsWith("acknowledged ")).map((it) => it.slice(13) as Digest);
  const ended = once(output, "close");
  return {
    async acknowledged(count) {
      while (acknowledged().length < count && !hasEnded(child)) await Promise.race([once(output, "line"), ended]);
    },
    async kill9() {
      child.kill("SIGKILL");
      await ended;
      return acknowledged();
    },
    async failure() {
      await ended;
      return lines.find((it) => it.startsWith("failed "))?.slice(7) ?? "none";
    },
  };
}

const hasEnded = (child: ChildProcess): boolean => child.exitCode !== null || child.signalCode !== null;
