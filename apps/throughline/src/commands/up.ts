import { existsSync, mkdirSync } from "node:fs";
import { flushCompileCache } from "node:module";
import { join } from "node:path";
import { setFlagsFromString } from "node:v8";
import { endAtUncaught, onceSignalled } from "@throughline/rpc";
import { jsonLog, type Log } from "@throughline/telemetry";
import type { Command } from "commander";
import {
  DATA_DIR,
  type PlatformFlags,
  type PlatformSettings,
  platformSettings,
  withPlatformFlags,
} from "../options.ts";
import type { Platform } from "../platform.ts";
import { checkAddress } from "../ports.ts";

interface UpFlags extends PlatformFlags {
  readonly split: boolean;
}

/** `throughline up`: the platform, until a signal ends it. */
export function addUp(program: Command, environment: Readonly<Record<string, string | undefined>>): void {
  const command = program
    .command("up")
    .description("start the platform: all services in one process")
    .option("--split", "each service in a process of its own", false);
  withPlatformFlags(command, DATA_DIR).action(async (flags: UpFlags) => {
    // V8 lets garbage grow to several times what is in use; with this to as much again. Less would cost more in collections than in memory.
    setFlagsFromString("--heap-growing-percent=100");
    endAtUncaught();
    const settings = platformSettings(flags);
    const platform = await start(settings, {
      split: flags.split,
      environment,
      log: jsonLog((line) => process.stderr.write(line)),
    });
    process.stdout.write(`${addresses(settings, platform)}\n`);
    onceSignalled(() => platform.stop());
    // A server may never end by itself.
    flushCompileCache();
  });
}

export interface StartOptions {
  readonly split: boolean;
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly log: Log;
}

/** Starts the platform in this process, or each service in its own. Fails in words that say which flag to change. */
export async function start(settings: PlatformSettings, { split, environment, log }: StartOptions): Promise<Platform> {
  await checkAddress("--http", settings.http);
  await checkAddress("--grpc", settings.grpc);
  checkFolder(settings, split);
  mkdirSync(settings.dataDir, { recursive: true });
  // Only now: the services are most of the program, and neither the other commands nor the split mode needs them here.
  if (split) return (await import("../split.ts")).startSplit(settings, environment, log);
  return (await import("../platform.ts")).startPlatform({ ...settings, environment, log });
}

/** On SQLite the two ways to run keep their metadata in different files, and a platform must not seem empty. */
function checkFolder({ dataDir, store }: PlatformSettings, split: boolean): void {
  if (!store.startsWith("sqlite:")) return;
  const other = join(dataDir, split ? "metadata.db" : "tracking/metadata.db");
  if (!existsSync(other)) return;
  throw new Error(
    `--data ${dataDir} holds what a platform kept that ran ${split ? "without" : "with"} --split, and cannot be read ` +
      `${split ? "with" : "without"} it. ${split ? "Leave --split out" : "Add --split"}, or name another folder.`,
  );
}

/** Where a platform is reached, in words. */
export const addresses = (settings: PlatformSettings, { httpPort, grpcPort }: Platform): string =>
  [
    "Throughline is up.",
    `  console and REST   http://${settings.http.host}:${httpPort}`,
    `  OpenAPI            http://${settings.http.host}:${httpPort}/openapi.json`,
    `  gRPC               ${settings.grpc.host}:${grpcPort}`,
    `  data               ${settings.dataDir}`,
  ].join("\n");
