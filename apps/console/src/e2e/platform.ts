import { execFile } from "node:child_process";
import { randomBytes } from "node:crypto";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { promisify } from "node:util";
import { type ServerProcess, startServer } from "@throughline/testing";

const CONSOLE = join(import.meta.dirname, "../..");
const PROGRAM = join(CONSOLE, "../throughline/bin/throughline.mjs");

/**
 * Builds the console, and starts the whole platform with it on a free port and a fresh data folder. `host` is another
 * name that its gateway is reached by.
 */
export async function startBuiltPlatform(host: string): Promise<ServerProcess> {
  // As a child, so that the test runner's environment does not make it another build than the one that users get.
  const vite = join(dirname(createRequire(import.meta.url).resolve("vite/package.json")), "bin/vite.js");
  const env = { ...process.env, NODE_ENV: "production" };
  await promisify(execFile)(process.execPath, [vite, "build", "--logLevel", "warn"], { cwd: CONSOLE, env });
  // Pseudonyms and the records of forgettings need a secret, which must not lie beside the data.
  const keysDir = await mkdtemp(join(tmpdir(), "console-keys-"));
  const keys = join(keysDir, "keys");
  await writeFile(keys, `1 ${randomBytes(32).toString("base64")}\n`, { mode: 0o600 });
  const server = await startServer({
    name: "console",
    env: { THROUGHLINE_PRIVACY_KEYS: keys },
    command: process.execPath,
    args: (port, dir) => [
      PROGRAM,
      "up",
      "--http",
      `127.0.0.1:${port}`,
      "--grpc",
      "127.0.0.1:0",
      "--data",
      dir,
      "--host",
      host,
    ],
    ready: async (port) => (await fetch(`http://127.0.0.1:${port}/readyz`)).ok,
    timeoutMs: 240_000,
  });
  return {
    ...server,
    async stop() {
      await server.stop();
      await rm(keysDir, { recursive: true, force: true });
    },
  };
}
