import { mkdirSync } from "node:fs";
import { onceSignalled } from "@throughline/rpc";
import { jsonLog, type Log } from "@throughline/telemetry";
import type { Command } from "commander";
import {
  DATA_DIR,
  type PlatformFlags,
  type PlatformSettings,
  platformSettings,
  withPlatformFlags,
} from "../options.ts";
import { type Platform, startPlatform } from "../platform.ts";
import { startSplit } from "../split.ts";

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
    const settings = platformSettings(flags);
    const platform = await start(settings, {
      split: flags.split,
      environment,
      log: jsonLog((line) => process.stderr.write(line)),
    });
    process.stdout.write(`${addresses(settings, platform)}\n`);
    onceSignalled(() => platform.stop());
  });
}

export interface StartOptions {
  readonly split: boolean;
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly log: Log;
}

/** Starts the platform in this process, or each service in its own. */
export function start(settings: PlatformSettings, { split, environment, log }: StartOptions): Promise<Platform> {
  mkdirSync(settings.dataDir, { recursive: true });
  if (split) return startSplit(settings, environment);
  return startPlatform({ ...settings, environment, log });
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
