import { createWriteStream, mkdirSync, rmSync } from "node:fs";
import { dirname, join } from "node:path";
import { endAtUncaught, onceSignalled } from "@throughline/rpc";
import { jsonLog, type Log } from "@throughline/telemetry";
import type { Command } from "commander";
import { type PlatformFlags, platformSettings, withPlatformFlags } from "../options.ts";
import { addresses, start } from "./up.ts";

interface DemoFlags extends PlatformFlags {
  readonly split: boolean;
  readonly exit: boolean;
  readonly keep: boolean;
}

/** Writes the platform's log to a file. */
function fileLog(path: string): Log {
  mkdirSync(dirname(path), { recursive: true });
  const file = createWriteStream(path, { flags: "a" });
  return jsonLog((line) => file.write(line));
}

/** Where the demonstration keeps its platform, apart from the user's own. */
const DEMO_DIR = join(process.cwd(), ".throughline/demo");

/** `throughline demo`: the platform, and one real model all the way through it. */
export function addDemo(program: Command, environment: Readonly<Record<string, string | undefined>>): void {
  const command = program
    .command("demo")
    .description("start the platform and take a year of flights from source rows to a served model")
    .option("--split", "each service in a process of its own", false)
    .option("--exit", "end afterwards, instead of leaving the platform running", false)
    .option("--keep", "keep what an earlier demonstration left in the data folder", false);
  withPlatformFlags(command, DEMO_DIR).action(async (flags: DemoFlags) => {
    endAtUncaught();
    const settings = platformSettings(flags);
    // Only what a demonstration made is removed: another folder is the user's own.
    if (settings.dataDir === DEMO_DIR && !flags.keep) rmSync(DEMO_DIR, { recursive: true, force: true });
    // The page belongs to the demonstration's own words.
    const log = fileLog(join(settings.dataDir, "platform.log"));
    const platform = await start(settings, { split: flags.split, environment, log });
    const { lineProgress, runDemonstration } = await import("@throughline/flights");
    const write = (text: string): void => void process.stdout.write(text);
    const started = performance.now();
    try {
      await runDemonstration({
        grpcTarget: `${settings.grpc.host}:${platform.grpcPort}`,
        httpUrl: `http://${settings.http.host}:${platform.httpPort}`,
        workDir: join(settings.dataDir, "work"),
        pythonDir: join(dirname(DEMO_DIR), "python"),
        environment,
        progress: lineProgress(write),
      });
    } catch (error) {
      await platform.stop();
      throw error;
    }
    write(`\nThe demonstration took ${((performance.now() - started) / 1_000).toFixed(0)} s.\n`);
    if (flags.exit) return platform.stop();
    write(`\n${addresses(settings, platform)}\n\nEnd it with Ctrl-C.\n`);
    onceSignalled(() => platform.stop());
  });
}
